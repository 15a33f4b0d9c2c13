"""Where things get stuck: one function per stage, each naming its causes from the rows as they are now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator

from django.db.models import Count
from django.utils import timezone

from integrations.models import (
    EndpointKind,
    EventResult,
    ObjectKind,
    ProvisionedObject,
    ProvisioningRun,
    SunshineConnection,
    WebhookEndpoint,
    WebhookEvent,
    ZendeskConnection,
)
from integrations.standing import find_stale
from opencx_admin.orgs.models import Organization
from ticketing.canary.runs import find_last
from ticketing.fields import schema
from ticketing.knowledge.showing import warn
from ticketing.models import (
    AIFieldMapping,
    CanaryRun,
    Handoff,
    KnowledgeSource,
    SessionStatus,
)
from ticketing.models.handoffs import OWNERS, Owner, owner_of_cause
from ticketing.problems.findings import Finding, find_groups, find_one, group_rows
from ticketing.problems.rows import (
    failed_drafts,
    failed_events,
    fallen_back,
    healed_replies,
    lost_calls,
    missing_messages,
    refused_replies,
    stuck_handoffs,
    unsent_replies,
    waiting_events,
)

DAY = dt.timedelta(days=1)
# Zendesk stops calling at 70 % errors in five minutes; half of them is near, of ten calls at least.
BREAKER, BREAKER_SHARE, BREAKER_FEWEST = dt.timedelta(minutes=5), 0.5, 10
Find = Callable[[Organization], Iterator[Finding]]


def find_handoffs(org: Organization) -> Iterator[Finding]:
    """Handoffs without a ticket, by their cause; one that only retries heals by itself."""
    rows = stuck_handoffs(org)
    failed = Handoff.Status.FAILED
    counted = dict(rows.filter(status=failed).order_by().values_list("reason_code").annotate(n=Count("pk")))
    for group in group_rows(rows, "reason_code", "created_at"):
        has_failed = bool(counted.get(group.code))
        owner = owner_of_cause(group.code, has_failed=has_failed)
        yield Finding(
            "handoff", group.code, owner, group.first, group.last, group.count,
            is_healing=not has_failed, hours=group.hours,
        )  # fmt: skip


def find_replies(org: Organization) -> Iterator[Finding]:
    """Agents' replies that did not reach their contact."""
    kinds = (
        ("undelivered", unsent_replies(org), Owner.YOU_HERE),
        ("refused", refused_replies(org).filter(session__status=SessionStatus.OPEN), Owner.YOU_ZENDESK),
    )
    for code, rows, owner in kinds:
        for group in group_rows(rows, "organization", "commented_at"):
            yield Finding("reply", code, owner, group.first, group.last, group.count, hours=group.hours)


def find_messages(org: Organization) -> Iterator[Finding]:
    """What should stand in a ticket and does not, by its cause."""
    yield from find_groups("message", missing_messages(org), by="reason_code", at="created_at", owner=Owner.YOU_HERE)


def find_events(org: Organization) -> Iterator[Finding]:
    """What OpenCX should know and does not."""
    for code, rows in (("failed", failed_events(org)), ("no_url", waiting_events(org))):
        for group in group_rows(rows, "organization", "created_at"):
            yield Finding("event", code, Owner.YOU_HERE, group.first, group.last, group.count, hours=group.hours)


def find_calls(org: Organization) -> Iterator[Finding]:
    """Calls that came to nothing: by what the body lacks, else by how they ended."""
    rows = lost_calls(org)
    bodies = rows.filter(result=EventResult.INCOMPLETE)
    yield from find_groups("call", bodies, by="reason", at="received_at", owner=Owner.YOU_ZENDESK)
    others = rows.exclude(result=EventResult.INCOMPLETE)
    yield from find_groups("call", others, by="result", at="received_at", owner=Owner.YOU_HERE)


def find_credentials(org: Organization) -> Iterator[Finding]:
    """Credentials that Zendesk refuses, and a webhook of Messaging's that could not be registered."""
    connection = ZendeskConnection.objects.filter(organization=org).first()
    if connection and connection.refused_at:
        yield find_one(
            "credentials", "zendesk", Owner.YOU_HERE, connection.refused_at, detail=connection.refused_reason
        )
    chats = SunshineConnection.objects.filter(organization=org).first()
    if chats and chats.refused_at:
        yield find_one("credentials", "sunshine", Owner.YOU_HERE, chats.refused_at, detail=chats.refused_reason)
    elif chats and chats.webhook_problem:
        yield find_one("credentials", "sunshine_webhook", Owner.YOU_HERE, chats.saved_at, detail=chats.webhook_problem)


def find_objects(org: Organization) -> Iterator[Finding]:
    """Objects in Zendesk that are not as they should be, and an act on them that stopped halfway."""
    rows = list(ProvisionedObject.objects.filter(organization=org).exclude(drift=[], is_gone=False))
    if any(row.kind == ObjectKind.WEBHOOK and row.is_gone for row in rows):
        # A trigger that only names the deleted webhook comes back with it: no cause of its own.
        rows = [row for row in rows if [one.get("field") for one in row.drift] != ["actions.webhook"]]
    for row in rows:
        at, code = row.changed_at or row.drift_found_at, "gone" if row.is_gone else "changed"
        yield find_one("object", code, Owner.YOU_HERE, at, object=row.kind)
    run = ProvisioningRun.objects.filter(organization=org).order_by("-pk").first()
    if run is not None and run.status == ProvisioningRun.Status.FAILED and not rows:
        yield find_one("object", "stopped", Owner.YOU_HERE, run.finished_at or run.created_at, detail=run.problem)


def find_canary(org: Organization) -> Iterator[Finding]:
    """The last test of the round trip failed, at this hop."""
    run = find_last(org)
    if run is not None and run.status == CanaryRun.Status.FAILED:
        hop = run.failed_hop or {}
        owner = Owner(run.owner) if run.owner in Owner.values else Owner.US
        at = run.finished_at or run.created_at
        yield find_one("canary", str(hop.get("name") or ""), owner, at, detail=run.problem)


def find_fallbacks(org: Organization) -> Iterator[Finding]:
    """Chats that became tickets though Messaging is connected; those from before its last Verify are mended."""
    connection = SunshineConnection.objects.filter(organization=org).first()
    if connection is None or connection.refused_at:
        return
    rows = fallen_back(org)
    if connection.verified_at:
        rows = rows.filter(created_at__gt=connection.verified_at)
    last = rows.order_by("-created_at").first()
    for group in group_rows(rows, "organization", "created_at"):
        detail = last.fell_back if last else ""
        yield Finding(
            "fallback", "chat", Owner.YOU_ZENDESK, group.first, group.last, group.count,
            detail=detail, hours=group.hours,
        )  # fmt: skip


def find_healed(org: Organization) -> Iterator[Finding]:
    """Replies that reached their contact only because the hourly reading found them: nobody rang."""
    for group in group_rows(healed_replies(org), "organization", "found_at"):
        yield Finding(
            "recovered", "replies", Owner.YOU_ZENDESK, group.first, group.last, group.count, hours=group.hours
        )


def find_addresses(org: Organization) -> Iterator[Finding]:
    """Calls that were turned away at the door, or that come to an address that was replaced."""
    endpoints = list(WebhookEndpoint.objects.filter(organization=org))
    for row in endpoints:
        if row.last_refused_at and row.last_refused_at > timezone.now() - DAY:
            yield find_one("address", "refused", Owner.YOU_ZENDESK, row.last_refused_at, object=row.kind)
    drifted = ProvisionedObject.objects.filter(organization=org, kind=ObjectKind.WEBHOOK).exclude(drift=[])
    for kind in EndpointKind:
        stale = find_stale(row for row in endpoints if row.kind == kind)
        if stale is not None and not (kind == EndpointKind.ZENDESK and drifted.exists()):
            yield find_one("address", "old_url", Owner.YOU_ZENDESK, stale.last_called_at, object=kind)


def find_breaker(org: Organization) -> Iterator[Finding]:
    """Half of our answers of the last minutes were errors: Zendesk may stop calling."""
    rows = WebhookEvent.objects.filter(
        organization=org, kind=EndpointKind.ZENDESK, received_at__gte=timezone.now() - BREAKER
    )
    bad = rows.filter(http_status__gte=500)
    total = rows.count()
    if total >= BREAKER_FEWEST and bad.count() >= total * BREAKER_SHARE:
        for group in group_rows(bad, "organization", "received_at"):
            yield Finding(
                "breaker", "near", Owner.YOU_ZENDESK, group.first, group.last, group.count,
                detail=f"{group.count}/{total}", hours=group.hours,
            )  # fmt: skip


def find_fields(org: Organization) -> Iterator[Finding]:
    """AI fields that are gone, changed or refused in Zendesk."""
    rows = AIFieldMapping.objects.filter(organization=org, is_enabled=True).select_related("field")
    for row in rows:
        name = str(row.field.zendesk_id)
        if not row.field.is_usable:
            yield find_one(
                "ai_field", "gone", Owner.YOU_HERE, row.field.gone_at or row.field.seen_at,
                object=name, detail=row.field.title,
            )  # fmt: skip
        elif row.refused_at is not None:
            detail = f"{row.field.title}: {row.refused_detail}"
            yield find_one("ai_field", "refused", Owner.YOU_ZENDESK, row.refused_at, object=name, detail=detail)
    for change in schema.open_changes(org) if rows else []:
        if change.field.is_usable:
            yield find_one(
                "ai_field", "changed", Owner.YOU_HERE, change.found_at,
                object=str(change.field.zendesk_id), detail=schema.say_change(change),
            )  # fmt: skip


def find_knowledge(org: Organization) -> Iterator[Finding]:
    """A Help Center that cannot be read, or that asks what became of missing articles."""
    for source in KnowledgeSource.objects.filter(organization=org):
        banner = warn(source, may_act=True)
        if banner is not None:
            code = "failed" if source.state == KnowledgeSource.State.FAILED else "asks"
            owner = Owner(banner.owner) if banner.owner in Owner.values else Owner.YOU_HERE
            yield find_one(
                "knowledge", code, owner, source.synced_at or source.created_at,
                object=str(source.pk), detail=source.last_error,
            )  # fmt: skip


def find_assist(org: Organization) -> Iterator[Finding]:
    """Tickets that Assist could not answer, by the reason."""
    codes = {str(code): owner for code, owner in OWNERS.items()}

    def owner_of(reason: str) -> Owner:
        return codes.get(reason, Owner.US)

    yield from find_groups("assist", failed_drafts(org), by="reason", at="created_at", owner=owner_of)


# In the order of harm: contacts who wait, then what makes them wait, then what may.
STAGES: dict[str, Find] = {
    "credentials": find_credentials,
    "reply": find_replies,
    "handoff": find_handoffs,
    "message": find_messages,
    "event": find_events,
    "object": find_objects,
    "call": find_calls,
    "breaker": find_breaker,
    "canary": find_canary,
    "recovered": find_healed,
    "address": find_addresses,
    "fallback": find_fallbacks,
    "ai_field": find_fields,
    "knowledge": find_knowledge,
    "assist": find_assist,
}
