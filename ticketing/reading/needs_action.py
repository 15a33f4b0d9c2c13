"""What waits for a person, grouped by cause and ordered by harm: contacts who wait, then risks, then what heals."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.db.models import Count, Min, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from integrations.models import (
    EndpointKind,
    EventResult,
    EventType,
    ObjectKind,
    PlatformEvent,
    WebhookEndpoint,
    WebhookEvent,
)
from integrations.standing import find_stale
from opencx_admin.orgs.components import Action, ActRow, Mark
from opencx_admin.orgs.models import Organization
from opencx_admin.orgs.times import clock_text, moment_text, span_text
from ticketing.canary.apart import handoffs_of, leave_out_calls
from ticketing.models import Handoff, ReasonCode
from ticketing.models.handoffs import Owner, owner_of_cause
from ticketing.reading.ai_fields import list_field_actions
from ticketing.reading.canary import list_failed
from ticketing.reading.handoff_list import LOST_MESSAGE, LOST_REPLY, lost_messages, lost_replies
from ticketing.reading.knowledge import list_knowledge_actions
from ticketing.reading.proof import Proof
from ticketing.reading.reader import Reader
from ticketing.reading.zendesk_objects import list_object_actions
from ticketing.reason_rules import fallen_back

RECENT = dt.timedelta(days=7)
DAY = dt.timedelta(days=1)


def list_actions(proof: Proof, reader: Reader) -> list[ActRow]:
    """The rows of "Needs action", worst first."""
    org = proof.org
    return [
        *_credentials(proof),
        *_messaging(proof),
        *list_object_actions(proof, reader),
        *list_failed(org),
        *_replies(org, reader),
        *_failed_handoffs(org),
        *_messages(org),
        *_events(org),
        *_webhook_calls(org),
        *_endpoint(proof),
        *list_field_actions(org),
        *list_knowledge_actions(org),
        *_fallbacks(proof),
        *_retrying_handoffs(org),
    ]


def heals(row: ActRow) -> bool:
    """True when nobody has to act on the row: it heals, or offers what may be left as it is."""
    return row.mark.value in ("retrying", "not_set_up")


def _since(at: dt.datetime) -> str:
    return _("since %(time)s") % {"time": clock_text(at, seconds=False)}


def _show(number: int, url: str, label: str = "") -> Action:
    return Action(label or ngettext("Show it", "Show the %(n)s", number) % {"n": number}, url)


def _fell_back_url() -> str:
    return f"{reverse('handoffs')}?fell_back=yes&when=1d"


def _credentials(proof: Proof) -> Iterator[ActRow]:
    connection = proof.zendesk
    if connection and connection.refused_at:
        url = reverse("zendesk-ticketing")
        yield ActRow(
            Mark("failed"),
            _("Zendesk refuses our credentials"),
            url,
            " · ".join(part for part in (_since(connection.refused_at), connection.refused_reason) if part),
            Owner.YOU_HERE,
            Action(_("Check them"), url),
        )


def _messaging(proof: Proof) -> Iterator[ActRow]:
    """Chats that become tickets, and agents' messages that have no way back."""
    connection, url = proof.sunshine, reverse("zendesk-messaging")
    if connection and connection.refused_at:
        number = proof.fallbacks_of_day
        fell_back = ngettext("%(n)s chat in 24 h", "%(n)s chats in 24 h", number) % {"n": number} if number else ""
        parts = (_since(connection.refused_at), fell_back, connection.refused_reason)
        yield ActRow(
            Mark("failed"),
            _("Messaging is not active: chats become tickets"),
            _fell_back_url() if number else url,
            " · ".join(part for part in parts if part),
            Owner.YOU_HERE,
            Action(_("Check the key"), url),
        )
    elif connection and connection.webhook_problem:
        title = _("Agents’ chat messages do not arrive: the webhook is not registered")
        yield ActRow(
            Mark("failed"), title, url, connection.webhook_problem, Owner.YOU_HERE, Action(_("Register it"), url)
        )


def _replies(org: Organization, reader: Reader) -> Iterator[ActRow]:
    """Replies that never left, then those that the contact's channel refused."""
    lost = lost_replies(org).select_related("session__contact").order_by("commented_at")
    counts = lost.order_by().aggregate(
        left=Count("pk", filter=~Q(event__status=PlatformEvent.Status.FAILED)),
        never=Count("pk", filter=Q(event__status=PlatformEvent.Status.FAILED)),
    )
    url = f"{reverse('handoffs')}?lost={LOST_REPLY}"
    titles = {
        "never": ngettext(
            "A reply never reached its contact", "%(n)s replies never reached their contacts", counts["never"]
        ),
        "left": ngettext("A channel refused a reply", "Channels refused %(n)s replies", counts["left"]),
    }
    owners = {"never": Owner.YOU_HERE, "left": Owner.YOU_ZENDESK}
    status = Q(event__status=PlatformEvent.Status.FAILED)
    for kind, condition in (("never", status), ("left", ~status)):
        number = counts[kind]
        first = lost.filter(condition).first() if number else None
        if first is None:
            continue
        waits = span_text((timezone.now() - first.commented_at).total_seconds())
        meta = _("the first one waits %(time)s") % {"time": waits}
        if number == 1:
            words = {"ticket": first.ticket_id, "name": reader.name(first.session.contact), "time": waits}
            meta = (
                _("Ticket #%(ticket)s, %(name)s · waits %(time)s")
                if first.ticket_id
                else _("%(name)s · waits %(time)s")
            ) % words
        yield ActRow(Mark("failed"), titles[kind] % {"n": number}, url, meta, owners[kind], _show(number, url))


def _failed_handoffs(org: Organization) -> Iterator[ActRow]:
    """One row for each cause, the most frequent first."""
    rows = handoffs_of(org).filter(status=Handoff.Status.FAILED).order_by().values("reason_code")
    for row in rows.annotate(n=Count("pk"), first=Min("created_at")).order_by("-n", "reason_code"):
        code, number = row["reason_code"], row["n"]
        url = f"{reverse('handoffs')}?status=failed" + (f"&reason={code}" if code else "")
        meta = ngettext("%(n)s handoff has no ticket", "%(n)s handoffs have no ticket", number) % {"n": number}
        label = ngettext("Enter it", "Enter them", number) if code == ReasonCode.CONTACT_HAS_NO_EMAIL else ""
        title = ReasonCode(code).label if code else _("Handoffs without a ticket")
        yield ActRow(
            Mark("failed"),
            title,
            url,
            f"{meta} · {_since(row['first'])}",
            owner_of_cause(code, has_failed=True),
            _show(number, url, label),
        )


def _messages(org: Organization) -> Iterator[ActRow]:
    found = lost_messages(org).aggregate(n=Count("pk"), first=Min("created_at"))
    if found["n"]:
        url = f"{reverse('handoffs')}?lost={LOST_MESSAGE}"
        title = ngettext(
            "A contact’s message is not in its ticket",
            "%(n)s messages of contacts are not in their tickets",
            found["n"],
        )
        yield ActRow(Mark("failed"), title % found, url, _since(found["first"]), Owner.YOU_HERE, _show(found["n"], url))


def _events(org: Organization) -> Iterator[ActRow]:
    """What OpenCX should know and does not; replies have a row of their own."""
    url = reverse("opencx")
    rows = leave_out_calls(PlatformEvent.objects.filter(organization=org), org)
    failed = rows.filter(status=PlatformEvent.Status.FAILED).exclude(
        event__in=(EventType.AGENT_RESPONSE, EventType.TEST)
    )
    found = failed.aggregate(n=Count("pk"), first=Min("created_at"))
    if found["n"]:
        title = ngettext("OpenCX did not take an event", "OpenCX did not take %(n)s events", found["n"]) % found
        yield ActRow(
            Mark("failed"), title, url, _since(found["first"]), Owner.YOU_HERE, Action(_("Check the address"), url)
        )
    waiting = rows.filter(status=PlatformEvent.Status.QUEUED, next_attempt_at=None)
    found = waiting.aggregate(n=Count("pk"), first=Min("created_at"))
    if found["n"]:
        title = ngettext("An event waits for an events URL", "%(n)s events wait for an events URL", found["n"]) % found
        yield ActRow(
            Mark("failed"), title, url, _since(found["first"]), Owner.YOU_HERE, Action(_("Enter the URL"), url)
        )


def _webhook_calls(org: Organization) -> Iterator[ActRow]:
    titles = {
        EventResult.NO_MATCH: _("Zendesk’s calls match no session"),
        EventResult.INCOMPLETE: _("Zendesk’s calls lack the ids we need"),
        EventResult.FAILED: _("Zendesk’s calls could not be processed"),
    }
    owners = {EventResult.INCOMPLETE: Owner.YOU_ZENDESK}
    rows = WebhookEvent.objects.filter(
        organization=org, result__in=list(titles), received_at__gte=timezone.now() - RECENT
    )
    for row in rows.order_by().values("result").annotate(n=Count("pk"), first=Min("received_at")).order_by("-n"):
        url = f"{reverse('webhooks')}?result={row['result']}"
        meta = ngettext("%(n)s call in 7 days", "%(n)s calls in 7 days", row["n"]) % row
        result = EventResult(row["result"])
        yield ActRow(
            Mark("failed"),
            titles[result],
            url,
            f"{meta} · {_since(row['first'])}",
            owners.get(result, Owner.YOU_HERE),
            _show(row["n"], url),
        )


def _endpoint(proof: Proof) -> Iterator[ActRow]:
    """Calls that were turned away at the door, or came to an address that was rotated."""
    url, yesterday = reverse("zendesk-webhook"), timezone.now() - DAY
    show = Action(_("Show the URL"), url)
    endpoints = list(WebhookEndpoint.objects.filter(organization=proof.org))
    for endpoint in endpoints:
        if endpoint.last_refused_at is None or endpoint.last_refused_at < yesterday:
            continue
        title = (
            _("Sunshine’s calls with a wrong X-API-Key were refused; it does not repeat them")
            if endpoint.kind == EndpointKind.SUNSHINE
            else _("Calls with a wrong signature were refused")
        )
        meta = _("last %(time)s") % {"time": moment_text(endpoint.last_refused_at)}
        yield ActRow(Mark("warning"), title, url, meta, Owner.YOU_ZENDESK, show)
    is_known = any(row.kind == ObjectKind.WEBHOOK for row in proof.drifted)
    for kind in EndpointKind:
        stale = find_stale(endpoint for endpoint in endpoints if endpoint.kind == kind)
        if stale is None or (kind == EndpointKind.ZENDESK and is_known):
            continue
        meta = _("last %(time)s") % {"time": moment_text(stale.last_called_at or yesterday)}
        yield ActRow(Mark("warning"), _("Zendesk still calls the old URL"), url, meta, Owner.YOU_ZENDESK, show)


def _fallbacks(proof: Proof) -> Iterator[ActRow]:
    """Chats that became tickets though Messaging works, or because it was never connected.

    While its key is refused `_messaging` counts them; those from before the last Verify are mended.
    """
    connection, number = proof.sunshine, proof.fallbacks_of_day
    if not number or (connection and connection.refused_at):
        return
    url = _fell_back_url()
    title = ngettext(
        "A chat became a ticket in the last 24 h", "%(n)s chats became tickets in the last 24 h", number
    ) % {"n": number}
    if connection is None:
        text = _("Messaging is not connected. Once it is, chats reach agents live.")
        action = Action(_("Connect Messaging"), reverse("zendesk-messaging"))
        yield ActRow(Mark("not_set_up"), title, url, text, Owner.YOU_HERE, action)
        return
    last = fallen_back(handoffs_of(proof.org)).order_by("-created_at").first()
    if last is None or (connection.verified_at and last.created_at < connection.verified_at):
        return
    meta = _("the last one: %(why)s") % {"why": last.fell_back}
    yield ActRow(Mark("warning"), title, url, meta, Owner.YOU_ZENDESK, _show(number, url))


def _retrying_handoffs(org: Organization) -> Iterator[ActRow]:
    rows = handoffs_of(org).filter(status=Handoff.Status.RETRYING).order_by().values("reason_code")
    for row in rows.annotate(n=Count("pk"), next=Min("next_attempt_at")).order_by("-n", "reason_code"):
        code, number = row["reason_code"], row["n"]
        url = f"{reverse('handoffs')}?status=retrying" + (f"&reason={code}" if code else "")
        meta = ngettext("%(n)s handoff retries by itself", "%(n)s handoffs retry by themselves", number) % {"n": number}
        if row["next"]:
            meta += " · " + _("next %(when)s") % {"when": moment_text(max(row["next"], timezone.now()))}
        title = ReasonCode(code).label if code else _("Handoffs are retried")
        yield ActRow(Mark("retrying"), title, url, meta, owner_of_cause(code, has_failed=False), _show(number, url))
