"""Reading a request's body: its size, its type, its JSON, its texts. Nothing hostile gets past here."""

from __future__ import annotations

import json
import math
from collections import Counter
from typing import Any

from django.http import HttpRequest
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from opencx_admin.bodies import MOST_BYTES, read_raw
from ticketing.api import errors

DEEPEST = 64
LONGEST_KEY = 100


def read_body(request: HttpRequest) -> dict[str, Any]:
    """The request's JSON object. Raises `ApiError` 413, 415, 400 or 422, in this order."""
    raw = read_raw(request)
    if raw is None:
        raise errors.too_large(MOST_BYTES)
    if request.content_type != "application/json":
        raise errors.wrong_type()
    value = parse_json(raw)
    if not isinstance(value, dict):
        raise errors.not_valid({"": _("This must be an object.")})
    return value


def parse_json(raw: bytes) -> Any:
    """JSON as strict as the standard: UTF-8, no NaN, no key twice, at most `DEEPEST` levels.

    Raises `ApiError` 400; 422 for texts that no database stores (NUL, half a surrogate pair).
    """
    try:
        text = raw.decode("utf-8")
        value = json.loads(text, object_pairs_hook=_object, parse_float=_float, parse_constant=_constant)
    except UnicodeDecodeError as error:
        raise errors.malformed(_("it is not UTF-8.")) from error
    except RecursionError as error:
        raise errors.malformed(_("it is nested too deeply.")) from error
    except json.JSONDecodeError as error:
        where = {"line": error.lineno, "column": error.colno}
        raise errors.malformed(_("broken at line %(line)s, column %(column)s.") % where) from error
    except ValueError as error:  # Python reads no whole number of more than 4300 digits
        raise errors.malformed(_("it holds a number that is too large.")) from error
    if "\\u" in text or text.count("[") + text.count("{") > DEEPEST:
        _check_values(value)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = next(key for key, times in Counter(key for key, _value in pairs).items() if times > 1)
        words = {"key": Truncator(_printable(twice)).chars(LONGEST_KEY)}
        raise errors.malformed(_("the key “%(key)s” stands twice.") % words)
    return found


def _float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise errors.malformed(_("it holds a number that is too large."))
    return number


def _constant(name: str) -> float:
    raise errors.malformed(_("it holds NaN or Infinity."))


def _check_values(value: Any) -> None:
    fields: dict[str, str] = {}
    waiting: list[tuple[Any, str, int]] = [(value, "", 0)]
    while waiting:
        item, path, depth = waiting.pop()
        if depth > DEEPEST:
            raise errors.malformed(_("it is nested too deeply."))
        if isinstance(item, str):
            if not _is_storable(item):
                fields[path] = _("This holds a character that is none: NUL, or half of a surrogate pair.")
        elif isinstance(item, list):
            waiting.extend((part, f"{path}.{number}", depth + 1) for number, part in enumerate(item))
        elif isinstance(item, dict):
            for key, part in item.items():
                if not _is_storable(key):
                    fields[path] = _("A key of this holds a character that is none.")
                waiting.append((part, f"{path}.{key}", depth + 1))
    if fields:
        shown = list(fields.items())[: errors.MOST_FIELDS]
        raise errors.not_valid({_printable(path.lstrip(".")): sentence for path, sentence in shown})


def _is_storable(text: str) -> bool:
    if "\x00" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _printable(text: str) -> str:
    return text.encode("utf-8", "replace").decode().replace("\x00", "?")
