"""What the demo must remember between runs."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

BY = "make run"


@dataclass
class Notes:
    """What the demo must remember between runs, in a file that only its owner reads."""

    path: Path
    said: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path) -> Notes:
        path = folder / "demo.json"
        return cls(path, json.loads(path.read_text()) if path.exists() else {})

    def write(self) -> None:
        self.path.touch(mode=0o600)
        self.path.write_text(json.dumps(self.said, indent=2))
