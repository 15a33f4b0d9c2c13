"""The account's ticket fields: read into rows, and what somebody changed about them found before a handoff meets it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.clients import errors
from integrations.clients.zendesk_fields import Field
from opencx_admin.orgs.models import Organization
from ticketing.models import FieldChange, TicketField

Kind = FieldChange.Kind
SHOWN = 5


def take_fields(organization: Organization, fields: list[Field]) -> list[FieldChange]:
    """Bring our rows to what Zendesk told. Returns what changed about fields we knew.

    Raises `BadResponse` for an answer without a single field, which no account gives: nothing is taken as removed.
    """
    if not fields:
        raise errors.BadResponse(_("Zendesk told no ticket fields."), status=200)
    now = timezone.now()
    with transaction.atomic():
        Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
        known = {row.zendesk_id: row for row in TicketField.objects.filter(organization=organization)}
        changes: list[FieldChange] = []
        for field in fields:
            row = known.pop(field.id, None)
            wanted = _columns(field)
            if row is None:
                TicketField.objects.create(organization=organization, zendesk_id=field.id, seen_at=now, **wanted)
                continue
            if row.gone_at is not None:
                _close(FieldChange.objects.filter(field=row, kind=Kind.REMOVED))
            changes += _compare(row, wanted)
            _take(row, wanted)
        TicketField.objects.filter(organization=organization).exclude(zendesk_id__in=known).update(seen_at=now)
        for row in known.values():
            if row.gone_at is None:
                row.gone_at = now
                row.save(update_fields=["gone_at"])
                changes.append(_change(row, Kind.REMOVED, row.title, ""))
        FieldChange.objects.bulk_create(changes)
    return changes


def _take(row: TicketField, wanted: dict[str, Any]) -> None:
    """Save what is different."""
    changed = [name for name, value in {**wanted, "gone_at": None}.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, wanted.get(name))
    if changed:
        row.save(update_fields=changed)


def _columns(field: Field) -> dict[str, Any]:
    return {
        "type": field.type,
        "title": field.title,
        "options": [{"value": value, "name": name} for value, name in field.options],
        "pattern": field.pattern,
        "is_active": field.is_active,
        "is_required": field.is_required,
        "is_custom": field.is_custom,
    }


def _change(row: TicketField, kind: str, before: str, after: str) -> FieldChange:
    return FieldChange(organization_id=row.organization_id, field=row, kind=kind, before=before, after=after)


def _compare(row: TicketField, wanted: dict[str, Any]) -> list[FieldChange]:
    """What is different from what we knew."""
    found = []
    if wanted["title"] != row.title:
        found.append(_change(row, Kind.RENAMED, row.title, wanted["title"]))
    if wanted["type"] != row.type:
        found.append(_change(row, Kind.RETYPED, row.type, wanted["type"]))
    if wanted["is_required"] and not row.is_required:
        found.append(_change(row, Kind.REQUIRED, "", ""))
    if row.is_active and not wanted["is_active"]:
        found.append(_change(row, Kind.SWITCHED_OFF, "", ""))
    if wanted["is_active"] and not row.is_active:
        _close(FieldChange.objects.filter(field=row, kind=Kind.SWITCHED_OFF))
    if wanted["type"] == row.type:
        found += _compare_options(row, wanted["options"])
    return found


def _compare_options(row: TicketField, options: list[dict[str, str]]) -> Iterator[FieldChange]:
    old, new = row.names, {option["value"]: option["name"] for option in options}
    gone = [old[value] for value in old if value not in new]
    come = [new[value] for value in new if value not in old]
    renamed = [value for value in old if value in new and old[value] != new[value]]
    if gone:
        yield _change(row, Kind.OPTIONS_REMOVED, _list(gone), "")
    if renamed:
        yield _change(row, Kind.OPTIONS_RENAMED, _list([old[v] for v in renamed]), _list([new[v] for v in renamed]))
    if come:
        yield _change(row, Kind.OPTIONS_ADDED, "", _list(come))


def _list(names: list[str]) -> str:
    shown = ", ".join(names[:SHOWN])
    return shown if len(names) <= SHOWN else _("%(names)s and %(n)s more") % {"names": shown, "n": len(names) - SHOWN}


def _close(rows: Any, by: str = "") -> int:
    return int(rows.filter(closed_at=None).update(closed_at=timezone.now(), closed_by=by))


def close_changes(organization: Organization, fields: list[int], by: str) -> int:
    """A person has seen what changed about these fields (their row ids)."""
    return _close(FieldChange.objects.filter(organization=organization, field__in=fields), by)


def open_changes(organization: Organization) -> list[FieldChange]:
    """What a person should look at: changes of fields that the AI is to fill, newest first.

    A new option is only worth a word where options are described one by one.
    """
    rows = FieldChange.objects.filter(organization=organization, closed_at=None, field__mapping__is_enabled=True)
    return list(rows.select_related("field", "field__mapping"))


def say_change(change: FieldChange) -> str:
    """The change as a sentence."""
    words = {"title": change.field.title, "before": change.before, "after": change.after}
    sentences = {
        Kind.REMOVED: _("“%(title)s” was removed in Zendesk: it stays blank on every ticket."),
        Kind.SWITCHED_OFF: _("“%(title)s” was switched off in Zendesk: it stays blank on every ticket."),
        Kind.RENAMED: _("“%(before)s” is now called “%(after)s” in Zendesk."),
        Kind.RETYPED: _("“%(title)s” was of the type %(before)s and is %(after)s now."),
        Kind.REQUIRED: _("Agents cannot solve a ticket without “%(title)s” any more."),
        Kind.OPTIONS_REMOVED: _("“%(title)s” lost options: %(before)s."),
        Kind.OPTIONS_RENAMED: _("“%(title)s”: %(before)s are now called %(after)s."),
        Kind.OPTIONS_ADDED: _("“%(title)s” has new options: %(after)s."),
    }
    return sentences[Kind(change.kind)] % words
