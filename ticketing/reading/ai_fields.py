"""What pages say of AI fields: the sentence their page opens with, what needs a person, what one handoff got."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from integrations.models import ZendeskConnection
from opencx_admin.orgs.components import Action, ActRow, Empty, Mark, Verdict
from opencx_admin.orgs.models import Organization
from opencx_admin.orgs.times import moment_text
from ticketing.ai.engine import BlankReason, Source
from ticketing.fields import schema
from ticketing.fields.standing import Standing
from ticketing.fields.values import show_value
from ticketing.models import AIFieldMapping, AIFieldResult, FieldReading, TicketField
from ticketing.models.handoffs import Owner
from ticketing.reading.reader import Reader
from ticketing.reading.timeline import Story


def tell_verdict(organization: Organization, rows: Sequence[Standing]) -> Verdict:
    """The sentence that the page opens with."""
    on = [row for row in rows if row.is_on]
    if on and not ZendeskConnection.objects.filter(organization=organization).exists():
        return Verdict("problem", _("Zendesk is not connected: no ticket gets a value"), _("Connect it first."))
    blocked = [row for row in on if row.is_blocked or (row.mapping and row.mapping.refused_at)]
    reading = FieldReading.objects.filter(organization=organization, kind=FieldReading.Kind.FIELDS).first()
    at = reading.read_at if reading else None
    fields = ngettext("%(n)s ticket field", "%(n)s ticket fields", len(on)) % {"n": len(on)}
    if blocked:
        title = ngettext(
            "%(n)s AI field stays blank until you act", "%(n)s AI fields stay blank until you act", len(blocked)
        ) % {"n": len(blocked)}
        return Verdict("problem", title, _("The AI is to fill %(fields)s at each handoff.") % {"fields": fields}, at)
    if not on:
        text = _("Turn one on, and agents find it filled when they open the ticket.")
        return Verdict("unknown", _("The AI fills no ticket field yet"), text, at)
    asked, filled = sum(row.asked for row in on), sum(row.filled for row in on)
    words = {"n": filled, "all": asked, "rate": round(100 * filled / asked) if asked else 0}
    text = (
        _("In 7 days it filled %(n)s of %(all)s, %(rate)s %%. What stays blank says why.") % words
        if asked
        else _("No handoff has met them yet.")
    )
    vague = sum(row.is_vague for row in on)
    title = _("The AI fills %(fields)s at each handoff") % {"fields": fields}
    if vague:
        text += " " + ngettext("%(n)s description is vague.", "%(n)s descriptions are vague.", vague) % {"n": vague}
    return Verdict("warning" if vague else "ok", title, text, at)


def say_empty(organization: Organization) -> Empty:
    """Why there is no field to show."""
    if not ZendeskConnection.objects.filter(organization=organization).exists():
        action = Action(_("Connect Zendesk"), reverse("zendesk-ticketing"))
        return Empty("unset", _("Zendesk is not connected"), _("AI fields are ticket fields of your account."), action)
    reading = FieldReading.objects.filter(organization=organization, kind=FieldReading.Kind.FIELDS).first()
    if reading is not None and reading.last_error:
        return Empty("unset", _("The ticket fields could not be read"), reading.last_error)
    text = _("Make one in Zendesk: Admin Center › Objects and rules › Tickets › Fields.")
    return Empty("unset", _("This account has no ticket field that can be filled"), text)


def list_field_actions(organization: Organization) -> Iterator[ActRow]:
    """Rows of "Needs action": AI fields that no ticket takes any more, changes in Zendesk, values refused there."""
    rows = AIFieldMapping.objects.filter(organization=organization, is_enabled=True)
    mappings = list(rows.select_related("field"))
    blocked = [mapping for mapping in mappings if not mapping.field.is_usable]
    for mapping in blocked:
        title = _("The AI field “%(title)s” is gone in Zendesk: it stays blank") % {"title": mapping.field.title}
        at = mapping.field.gone_at
        meta = _("found %(when)s") % {"when": moment_text(at)} if at else _("it is switched off there")
        yield _row(title, meta, mapping.field)
    names = {mapping.field_id for mapping in blocked}
    changes = schema.open_changes(organization) if mappings else []
    changes = [change for change in changes if change.field_id not in names]
    if changes:
        title = ngettext(
            "An AI field changed in Zendesk", "AI fields changed in Zendesk in %(n)s places", len(changes)
        ) % {"n": len(changes)}
        yield _row(title, schema.say_change(changes[0]), None)
    for mapping in mappings:
        if mapping.refused_at is not None and mapping not in blocked:
            title = _("Zendesk refuses values for the AI field “%(title)s”") % {"title": mapping.field.title}
            yield _row(title, mapping.refused_detail, mapping.field)


def _row(title: str, meta: str, field: TicketField | None) -> ActRow:
    """A row that leads to a field's page, or to the list."""
    url = reverse("ai-fields") + (f"?field={field.zendesk_id}" if field else "")
    label = _("Show it") if field else _("Show them")
    return ActRow(Mark("warning"), title, url, meta, Owner.YOU_HERE, Action(label, url))


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One AI field of a handoff, as the rail shows it. `blank` is why it has no value."""

    title: str
    url: str
    value: str
    blank: str
    detail: str
    evidence: str
    source: str
    sure: int
    agents: str
    agreement: Mark | None


def read_rows(story: Story, reader: Reader) -> list[FieldRow]:
    """What the AI put into each field of the handoff that counts, or why it stayed blank; masked for viewers."""
    if story.handoff is None:
        return []
    rows = AIFieldResult.objects.filter(handoff=story.handoff).select_related("field")
    return [_read_row(row, story, reader) for row in rows]


def _read_row(row: AIFieldResult, story: Story, reader: Reader) -> FieldRow:
    contact = story.session.contact
    blank = (
        "" if row.is_filled else str(BlankReason(row.reason).label if row.reason in BlankReason.values else row.reason)
    )
    agreement = None
    if row.agrees is not None:
        agreement = Mark("ok", _("Agents kept it")) if row.agrees else Mark("warning", _("Agents changed it"))
    return FieldRow(
        title=row.field.title,
        url=f"{reverse('ai-fields')}?field={row.field.zendesk_id}",
        value=reader.words(show_value(row.field, row.value), contact) if row.is_filled else "",
        blank=blank,
        detail=reader.words(row.detail, contact),
        # A number that was found is its own evidence.
        evidence="" if row.evidence == str(row.value) else reader.words(row.evidence, contact),
        source=str(Source(row.source).label) if row.source in Source.values else "",
        sure=round(100 * row.confidence),
        agents=reader.words(show_value(row.field, row.agent_value), contact) if row.compared_at else "",
        agreement=agreement,
    )
