"""What Sunshine takes in a message, in metadata, in a profile."""

import json
import mimetypes
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from integrations.sandbox.api.answers import Json
from integrations.sandbox.sunshine.answers import bad_request

MOST_METADATA = 4096
LONGEST_TEXT = 4096
LONGEST_ALT = 128
MOST_ITEMS = 10
PROFILE = {"givenName": 128, "surname": 128, "email": 128, "avatarUrl": 2048, "locale": 64}


def read_metadata(value: Any, *, may_be_null: bool = True) -> Json:
    """A flat object of strings, numbers and booleans up to 4 KB. Raises 400."""
    if value is None and may_be_null:
        return {}
    if not isinstance(value, dict):
        raise bad_request("metadata should be object")
    for name, one in value.items():
        if not isinstance(one, (str, int, float, bool)):
            raise bad_request(f"metadata.{name} should be string, number or boolean")
    if len(json.dumps(value, ensure_ascii=False).encode()) > MOST_METADATA:
        raise bad_request("metadata is limited to 4096 bytes in size.")
    return value


def merge_metadata(before: Json, said: Any) -> Json:
    """An update's metadata: named keys are set, a null one goes. Raises 400."""
    if not isinstance(said, dict):
        return read_metadata(said)
    gone = {name for name, one in said.items() if one is None}
    kept = {name: one for name, one in before.items() if name not in gone}
    return read_metadata({**kept, **{name: one for name, one in said.items() if one is not None}})


def read_profile(value: Any) -> Json:
    """Known keys of the right length. Raises 400."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise bad_request("profile should be object")
    kept: Json = {}
    for name, most in PROFILE.items():
        one = value.get(name)
        if one is None:
            continue
        if not isinstance(one, str) or not 1 <= len(one) <= most:
            raise bad_request(f"profile.{name} should NOT be shorter than 1 or longer than {most} characters")
        if name == "email" and "@" not in one:
            raise bad_request('profile.email should match format "email"')
        kept[name] = one
    return kept


def units(text: str) -> int:
    """The length as JavaScript counts it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def read_content(value: Any) -> Json:
    """The content of a message, with what Sunshine adds to it. Raises 400."""
    if not isinstance(value, dict):
        raise bad_request("should have required property 'content'")
    reader = READERS.get(str(value.get("type")))
    if reader is None:
        raise bad_request("content.type should be equal to one of the allowed values")
    text = value.get("text")
    if text is not None and not isinstance(text, str):
        raise bad_request("content.text should be string")
    if text is not None and units(text) > LONGEST_TEXT:
        raise bad_request(f"content.text should NOT be longer than {LONGEST_TEXT} characters")
    return reader(value)


def read_text(value: Json) -> Json:
    """Text, or one of its richer kinds."""
    if not any(value.get(name) for name in ("text", "htmlText", "markdownText", "actions")):
        raise bad_request("content should have required property 'text'")
    return value


def read_media(value: Json) -> Json:
    """An image or a file by its URL."""
    url = value.get("mediaUrl")
    if not isinstance(url, str) or urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).netloc:
        raise bad_request('content.mediaUrl should match format "uri"')
    name = urlsplit(url).path.rsplit("/", 1)[-1]
    alt = value.get("altText", name)
    if not isinstance(alt, str) or len(alt) > LONGEST_ALT:
        raise bad_request(f"content.altText should NOT be longer than {LONGEST_ALT} characters")
    guess = mimetypes.guess_type(name)[0] or ("image/jpeg" if value["type"] == "image" else "application/octet-stream")
    return {**value, "altText": alt, "mediaType": guess, "mediaSize": 1024}


def read_items(value: Json) -> Json:
    """A carousel or a list, with the text for channels that know neither."""
    items = value.get("items")
    if not isinstance(items, list) or not 1 <= len(items) <= MOST_ITEMS:
        raise bad_request("content.items should NOT have fewer than 1 or more than 10 items")
    lines: list[str] = []
    for number, one in enumerate(items, 1):
        if not isinstance(one, dict) or not one.get("title") or not one.get("actions"):
            raise bad_request(f"content.items[{number - 1}] should have required properties 'title' and 'actions'")
        lines.append(f"{number}. {one['title']}")
        lines += [str(one["description"])] if one.get("description") else []
    return {**value, "text": "\n".join(lines)}


def read_location(value: Json) -> Json:
    """A place on earth."""
    where = value.get("coordinates")
    if not isinstance(where, dict) or not isinstance(where.get("lat"), (int, float)):
        raise bad_request("content should have required property 'coordinates'")
    return {**value, "text": f"Location shared:\nhttps://maps.google.com/maps?q={where.get('lat')},{where.get('long')}"}


def read_form(value: Json) -> Json:
    """A form to fill in."""
    if not isinstance(value.get("fields"), list) or not value["fields"]:
        raise bad_request("content should have required property 'fields'")
    return {"submitted": False, **value}


def read_template(value: Json) -> Json:
    """A WhatsApp template."""
    if not isinstance(value.get("template"), dict):
        raise bad_request("content should have required property 'template'")
    return value


READERS: dict[str, Callable[[Json], Json]] = {
    "text": read_text,
    "image": read_media,
    "file": read_media,
    "carousel": read_items,
    "list": read_items,
    "location": read_location,
    "form": read_form,
    "template": read_template,
}
