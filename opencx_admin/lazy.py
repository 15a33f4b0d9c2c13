"""Modules that load at their first use: the numeric ones weigh 130 MB, and most processes never need them."""

from __future__ import annotations

import importlib
from typing import Any


class Lazy:
    """Stands for a module until one of its names is asked for; safe with threads, as the import itself is.

    Name it at the top of a file, where a reader looks for imports::

        if TYPE_CHECKING:
            import numpy as np
        else:
            np = Lazy("numpy")
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        value = self.__dict__[attribute] = getattr(importlib.import_module(self._name), attribute)
        return value
