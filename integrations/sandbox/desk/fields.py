"""Custom fields: what a ticket accepts in them."""

import re
from datetime import date
from typing import Any

from integrations.sandbox.api.answers import RefusedError, invalid_record
from integrations.sandbox.models import Account, Ticket, TicketField

SYSTEM = [
    ("subject", "Subject"), ("description", "Description"), ("status", "Status"), ("tickettype", "Type"),
    ("priority", "Priority"), ("group", "Group"), ("assignee", "Assignee"),
]  # fmt: skip


def set_values(ticket: Ticket, said: Any) -> dict[str, tuple[Any, Any]]:
    """Puts ``custom_fields`` onto the ticket, with their tags; what changed as {id: (before, after)}.

    Fields the account does not have are left out. Raises 422 on a value the field cannot hold.
    """
    if isinstance(said, dict):
        said = [{"id": key, "value": value} for key, value in said.items()]
    changed: dict[str, tuple[Any, Any]] = {}
    for item in said if isinstance(said, list) else []:
        if not isinstance(item, dict):
            continue
        field = find_field(ticket.account, item.get("id"))
        if field is None or field.is_system:
            continue
        before, after = ticket.values.get(str(field.number)), check_value(field, item.get("value"))
        if before != after:
            ticket.values = {**ticket.values, str(field.number): after}
            ticket.tags = swap_tags(ticket.tags, tags_for(field, before), tags_for(field, after))
            changed[str(field.number)] = (before, after)
    return changed


def find_field(account: Account, field_id: Any) -> TicketField | None:
    """The account's field of that id, given as a number or its text."""
    text = str(field_id)
    return TicketField.objects.filter(account=account, number=int(text)).first() if text.isdigit() else None


def check_value(field: TicketField, value: Any) -> Any:
    """The value as the ticket keeps it. Raises 422."""
    if value is None or value == "":
        return None
    checker = CHECKERS.get(field.kind, lambda f, v: str(v))
    return checker(field, value)


def refuse_value(field: TicketField, value: Any) -> RefusedError:
    """422 that names the field."""
    return invalid_record("base", f"{field.title}: {value} is not valid", "InvalidValue", ticket_field_id=field.number)


def check_option(field: TicketField, value: Any) -> Any:
    """An option's value, never its name."""
    if str(value) not in {option["value"] for option in field.options}:
        raise refuse_value(field, value)
    return str(value)


def check_options(field: TicketField, value: Any) -> Any:
    """Several options."""
    return [check_option(field, one) for one in (value if isinstance(value, list) else [value])]


def check_number(field: TicketField, value: Any) -> Any:
    """A whole or decimal number, or its text."""
    pattern = r"-?\d+" if field.kind == "integer" else r"-?\d+(\.\d+)?"
    if isinstance(value, bool) or not re.fullmatch(pattern, str(value)):
        raise refuse_value(field, value)
    return int(value) if field.kind == "integer" else str(value)


def check_date(field: TicketField, value: Any) -> Any:
    """``YYYY-MM-DD``."""
    try:
        return date.fromisoformat(str(value)[:10]).isoformat()
    except ValueError:
        raise refuse_value(field, value) from None


def check_checkbox(field: TicketField, value: Any) -> Any:
    """True or false, or the words."""
    words = {"true": True, "false": False, "1": True, "0": False}
    if str(value).lower() not in words:
        raise refuse_value(field, value)
    return words[str(value).lower()]


def check_pattern(field: TicketField, value: Any) -> Any:
    """Must match the field's own pattern."""
    if not re.fullmatch(field.pattern or ".*", str(value)):
        raise refuse_value(field, value)
    return str(value)


CHECKERS = {
    "tagger": check_option,
    "multiselect": check_options,
    "integer": check_number,
    "decimal": check_number,
    "date": check_date,
    "checkbox": check_checkbox,
    "regexp": check_pattern,
}


def tags_for(field: TicketField, value: Any) -> list[str]:
    """The tags that a value puts on its ticket."""
    if field.kind == "tagger":
        return [value] if value else []
    if field.kind == "multiselect":
        return list(value or [])
    return [field.tag] if field.kind == "checkbox" and value and field.tag else []


def swap_tags(tags: list[str], gone: list[str], come: list[str]) -> list[str]:
    """Sorted, each once, as Zendesk shows them."""
    return sorted((set(tags) - set(gone)) | set(come))


def drop_values_without_tag(ticket: Ticket) -> None:
    """Dropdown values live in the tags: replaced tags clear them."""
    for field in TicketField.objects.filter(account=ticket.account, kind__in=["tagger", "multiselect"]):
        value = ticket.values.get(str(field.number))
        if value and not set(tags_for(field, value)) <= set(ticket.tags):
            ticket.values = {**ticket.values, str(field.number): None}


def missing_to_solve(ticket: Ticket) -> TicketField | None:
    """The first field required to solve that is still empty."""
    for field in TicketField.objects.filter(account=ticket.account, is_required=True, is_active=True, is_system=False):
        if ticket.values.get(str(field.number)) in (None, "", []):
            return field
    return None
