"""Finding and making users."""

import re
from typing import Any

from integrations.sandbox.api.answers import Json, invalid_record
from integrations.sandbox.models import Account, Person
from integrations.sandbox.store import now

EMAIL = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+\.[^@\s<>,;]+")
KEPT = {"alias", "details", "notes", "locale", "locale_id", "time_zone", "tags", "user_fields", "signature"}
KNOWN = KEPT | {
    "name", "email", "phone", "external_id", "role", "custom_role_id", "suspended", "verified", "identities",
    "skip_verify_email", "organization_id", "organization", "default_group_id", "remote_photo_url",
    "moderator", "ticket_restriction", "only_private_comments", "restricted_agent", "shared_phone_number",
}  # fmt: skip


def find_by_email(account: Account, email: str) -> Person | None:
    """The user of that address; letter case aside."""
    return Person.objects.filter(account=account, email__iexact=email, is_active=True).first()


def find_by_external_id(account: Account, external_id: str) -> Person | None:
    """The user of that external id; letter case aside."""
    return Person.objects.filter(account=account, external_id__iexact=external_id, is_active=True).first()


def find_match(account: Account, said: Json) -> Person | None:
    """Whom ``create_or_update`` means: by external id, else by email."""
    if said.get("external_id"):
        found = find_by_external_id(account, str(said["external_id"]))
        if found is not None:
            return found
    return find_by_email(account, str(said["email"])) if said.get("email") else None


def create_person(account: Account, said: Json) -> Person:
    """A new user. Raises 422 as Zendesk does."""
    name = text_of(said.get("name"))
    if not name:
        raise invalid_record("name", "Name: is too short (minimum one character)", "BlankValue")
    person = Person(account=account, name=name, role=str(said.get("role") or "end-user"))
    change_person(person, said)
    person.save(force_insert=True)
    return person


def change_person(person: Person, said: Json) -> None:
    """Puts what was said onto the person; the caller saves. Raises 422."""
    if "name" in said:
        if not text_of(said["name"]):
            raise invalid_record("name", "Name: is too short (minimum one character)", "BlankValue")
        person.name = text_of(said["name"])[:255]
    if said.get("email"):
        set_email(person, text_of(said["email"]))
    if said.get("external_id"):
        set_external_id(person, text_of(said["external_id"]))
    set_role(person, said)
    person.phone = text_of(said["phone"])[:60] or None if "phone" in said else person.phone
    person.extra = {**person.extra, **{key: said[key] for key in KEPT & said.keys()}}
    person.updated_at = now()


def set_role(person: Person, said: Json) -> None:
    """Role, custom role, suspension. Raises 422."""
    if "role" in said:
        if said["role"] not in ("end-user", "agent", "admin"):
            raise invalid_record("role", f"Role {said['role']} is not known")
        person.role = said["role"]
    for key, column in (("suspended", "is_suspended"), ("verified", "is_verified")):
        if key in said:
            setattr(person, column, bool(said[key]))
    if "custom_role_id" in said:
        person.custom_role_id = said["custom_role_id"]


def set_email(person: Person, email: str) -> None:
    """The first address becomes the primary one; a later one is secondary and changes nothing here."""
    if not EMAIL.fullmatch(email):
        raise invalid_record("email", f"Email:  {email} is not properly formatted", "InvalidFormat")
    other = find_by_email(person.account, email)
    if other is not None and other.pk != person.pk:
        raise invalid_record("email", f"Email: {email} is already being used by another user", "DuplicateValue")
    person.email = person.email or email


def set_external_id(person: Person, external_id: str) -> None:
    """Unique in the account."""
    other = find_by_external_id(person.account, external_id)
    if other is not None and other.pk != person.pk:
        raise invalid_record("external_id", "External: has already been taken", "DuplicateValue")
    person.external_id = external_id[:255]


def text_of(value: Any) -> str:
    """The text of a value that should be one."""
    return str(value).strip() if isinstance(value, (str, int, float)) else ""


def unknown_keys(said: Json, known: set[str], prefix: str) -> list[str]:
    """Keys that Zendesk drops, as its warning names them."""
    return [f"{prefix}.{key}" for key in said if key not in known]
