"""Reading Zendesk's side of a session now: the audits of its tickets, and the calls it made for them."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace

from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.budget import Lane
from integrations.clients.errors import ProviderError
from integrations.clients.zendesk import ZendeskClient
from integrations.clients.zendesk_audits import Audit, AuditEvent, list_audits
from integrations.connect import open_zendesk
from integrations.invocations import read_record, webhook_ids
from integrations.models import EndpointKind, ObjectKind, ProvisionedObject, WebhookEvent, ZendeskConnection
from integrations.verify import IN_A_PAGE
from opencx_admin.crypto import Undecryptable
from opencx_admin.orgs.models import Organization
from ticketing.reading.joined import Person, Side
from ticketing.reading.timeline import Story

# A page waits no longer than this; what was not read by then is named.
LONGEST = 12.0  # s
MOST_TICKETS = 3
MOST_PEOPLE = 100
MOST_AUDITS = 150
# Fields whose values are told; of the others only that they changed.
TOLD_FIELDS = ("status", "priority", "type", "tags")
TRIGGERS = (ObjectKind.REPLY_TRIGGER, ObjectKind.STATUS_TRIGGER, ObjectKind.ASSIST_TRIGGER)


def ask_zendesk(story: Story) -> Side:
    """Zendesk's side of the story. Never raises a failure of Zendesk: what could not be read stands in the notes."""
    organization, now = story.session.organization, timezone.now()
    deadline = time.monotonic() + LONGEST
    connection = ZendeskConnection.objects.select_related("organization").filter(organization=organization).first()
    if connection is None:
        return Side(now, notes=(_("No Zendesk account is connected."),))
    subject = f"timeline:{story.session.pk}"
    client = open_zendesk(connection, lane=Lane.ASSIST, subject=subject, timeouts=IN_A_PAGE)
    tickets = list(dict.fromkeys(link.ticket_id for link in story.links if link.ticket_id))[-MOST_TICKETS:]
    arrived = list_arrived(story)
    webhooks = webhook_ids(organization, arrived)
    side = Side(now, own=(*_own(organization), *webhooks), us=connection.user_id)
    try:
        side = _read_audits(client, side, tickets)
        rang = [ring.at for ring in side.rings] + [event.received_at for event in arrived]
        names = [str(ticket) for ticket in tickets]
        if not webhooks:
            note = _("No webhook of ours is known there, so Zendesk’s calls cannot be told.")
            return replace(side, notes=(*side.notes, note))
        record = read_record(client, organization, names, rang, webhooks, now=now, deadline=deadline)
    except Undecryptable:
        return replace(side, notes=(_("The stored secret cannot be opened with the present keys."),))
    return replace(side, record=record)


def list_arrived(story: Story) -> list[WebhookEvent]:
    """The calls of Zendesk's triggers that arrived, oldest first."""
    return [event for event in story.webhooks if event.kind == EndpointKind.ZENDESK]


def _own(organization: Organization) -> list[str]:
    rows = ProvisionedObject.objects.filter(organization=organization, kind__in=TRIGGERS)
    return [name for name in rows.values_list("external_id", flat=True) if name]


def _read_audits(client: ZendeskClient, side: Side, tickets: Iterable[int]) -> Side:
    found: list[Audit] = []
    notes: list[str] = []
    people: dict[int, Person] = {}
    for ticket in tickets:
        try:
            audits, is_whole = list_audits(client, ticket)
        except ProviderError as error:
            words = {"n": ticket, "why": error.sentence}
            notes.append(_("What happened in ticket #%(n)s could not be read. %(why)s") % words)
            continue
        found += audits
        if not is_whole:
            notes.append(_("Only the newest updates of ticket #%(n)s were read.") % {"n": ticket})
    found.sort(key=lambda audit: (audit.at, audit.id))
    if len(found) > MOST_AUDITS:
        notes.append(_("Only the last %(n)s updates are told.") % {"n": MOST_AUDITS})
    found = [_slim(audit) for audit in found[-MOST_AUDITS:]]
    authors = sorted({audit.author_id for audit in found if audit.author_id and audit.author_id > 0})
    if authors:
        try:
            named = client.users(authors[:MOST_PEOPLE])
            people = {number: Person(one.name or one.email, one.is_agent) for number, one in named.items()}
        except ProviderError as error:
            notes.append(_("The people could not be read. %(why)s") % {"why": error.sentence})
    return replace(side, audits=tuple(found), people=people, notes=tuple(notes))


def _slim(audit: Audit) -> Audit:
    """Without values that are not told: they may be a contact's."""
    return replace(audit, events=tuple(_slim_event(event) for event in audit.events))


def _slim_event(event: AuditEvent) -> AuditEvent:
    if event.kind in ("Change", "Create") and event.field in TOLD_FIELDS:
        return event
    return replace(event, before=None, after=None)
