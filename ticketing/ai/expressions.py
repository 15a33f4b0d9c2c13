"""A field's own expression, as Zendesk keeps it, over text that anybody may have written: bounded in time."""

from __future__ import annotations

from typing import Any

import regex

# One text against one expression. Some expressions double their work with each letter.
MATCH_SECONDS = 0.1


class Unreadable(Exception):
    """The expression cannot be read here; the message says why."""


def read_expression(pattern: str) -> Any:
    """The compiled expression, to be asked with a `timeout`. Raises `Unreadable`."""
    try:
        return regex.compile(_ours(pattern))
    except (regex.error, RecursionError) as error:
        raise Unreadable(str(error)) from error


def fits(pattern: str, text: str, seconds: float = MATCH_SECONDS) -> bool:
    """Whether the expression matches the whole text. Raises `Unreadable`, and `TimeoutError` after `seconds`."""
    return read_expression(pattern).fullmatch(text, timeout=seconds) is not None


def _ours(pattern: str) -> str:
    """Ruby's ends of a text, and the slashes around an expression, in Python's words."""
    inner = pattern[1:-1] if len(pattern) > 1 and pattern.startswith("/") and pattern.endswith("/") else pattern
    return inner.replace("\\z", "\\Z").replace("\\h", "[0-9a-fA-F]")
