"""The kinds of values the platform sends, each with its check and its sentence."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, WithJsonSchema

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
LONGEST_ID = 255
ID_PATTERN = r"^[^\x00-\x1f\x7f-\x9f]+$"
# Every time zone can show the times between these.
DAY = dt.timedelta(days=1)
EARLIEST, LATEST = dt.datetime.min.replace(tzinfo=dt.UTC) + DAY, dt.datetime.max.replace(tzinfo=dt.UTC) - DAY


def read_time(value: Any) -> dt.datetime:
    """An ISO 8601 time with offset, in UTC. Raises `ValueError` with a sentence."""
    if isinstance(value, dt.datetime):
        return value
    if not isinstance(value, str):
        raise ValueError(_("This must be an ISO 8601 time as text."))  # noqa: TRY004 - pydantic takes ValueError
    try:
        time = dt.datetime.fromisoformat(value.strip().upper())
    except ValueError as error:
        raise ValueError(_("This is no ISO 8601 time.")) from error
    if time.tzinfo is None:
        raise ValueError(_("This time needs an offset, such as Z or +02:00."))
    if not EARLIEST <= time <= LATEST:
        raise ValueError(_("This time is one that not every time zone can show."))
    return time.astimezone(dt.UTC)


def check_email(text: str) -> str:
    """An email address. Raises `ValueError` with a sentence."""
    try:
        validate_email(text)
    except ValidationError as error:
        raise ValueError(_("This is no email address.")) from error
    if CONTROL.search(text):
        raise ValueError(_("This is no email address."))
    return text


def check_web_address(text: str) -> str:
    """An http or https address. Raises `ValueError` with a sentence."""
    try:
        parts = urlsplit(text)
        has_host = bool(parts.hostname)
        parts.port  # noqa: B018 - reading it checks it
    except ValueError:
        has_host = False
    if not has_host or parts.scheme not in ("http", "https") or CONTROL.search(text) or text.strip() != text:
        raise ValueError(_("This must be an http or https address."))
    return text


def read_whole(value: Any) -> Any:
    """A whole number, also when it is spelt 7.0, which JSON counts as one."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Id = Annotated[
    str,
    StringConstraints(min_length=1, max_length=LONGEST_ID, pattern=ID_PATTERN),
    Field(description="The platform's own id; any text but control characters."),
]
Time = Annotated[
    dt.datetime,
    BeforeValidator(read_time),
    WithJsonSchema({"type": "string", "format": "date-time", "description": "ISO 8601 with offset."}),
]
Email = Annotated[
    str,
    StringConstraints(max_length=254),
    AfterValidator(check_email),
    WithJsonSchema({"type": "string", "format": "email", "maxLength": 254}),
]
WebAddress = Annotated[
    str,
    StringConstraints(max_length=4096),
    AfterValidator(check_web_address),
    WithJsonSchema({"type": "string", "format": "uri", "pattern": "^https?://", "maxLength": 4096}),
]
Size = Annotated[int, Field(ge=0, le=2**53), BeforeValidator(read_whole)]
