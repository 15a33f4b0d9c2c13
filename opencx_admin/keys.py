"""Keys for local use: made once under `VAR_DIR`, so that `make run` needs no set-up."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path


def local_key(path: Path, make: Callable[[], str]) -> str:
    """The key in the file at `path`; made there, readable by its owner only, when it is missing.

    Two processes that start at once agree: the file is written aside and linked into place.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = path.with_name(f".{path.name}.{os.getpid()}")
        aside.write_text(make())
        aside.chmod(0o600)
        try:
            os.link(aside, path)
        except FileExistsError:
            pass
        finally:
            aside.unlink()
    return path.read_text().strip()
