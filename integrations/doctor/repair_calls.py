"""Sending failed events again and replaying calls that need a person."""

from __future__ import annotations

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from integrations import platform_events
from integrations.activity import NEEDS_PERSON
from integrations.doctor.registry import CALL, Context, Done, Preview, Repair
from integrations.models import EndpointKind, EventType, PlatformEvent, WebhookEndpoint, WebhookEvent
from integrations.webhooks import inbox
from opencx_admin.orgs import audit
from opencx_admin.orgs.models import Organization, Role

AT_ONCE = 200
# How calls that match nothing were answered when the question was read.
PARKING, REFUSING = "parking", "refusing"


def _failed_events(context: Context) -> QuerySet[PlatformEvent]:
    rows = PlatformEvent.objects.filter(organization=context.organization, status=PlatformEvent.Status.FAILED)
    return rows.exclude(event=EventType.TEST).order_by("pk")


def _preview_events(context: Context) -> Preview:
    number = min(_failed_events(context).count(), AT_ONCE)
    return Preview(
        title=ngettext("Send %(n)s failed event again?", "Send %(n)s failed events again?", number) % {"n": number},
        parts=(
            (number, _("go to the platform now, each under its old id: none is taken twice.")),
            ("", _("Events of one session keep their order.")),
        ),
        is_empty=not number,
    )


def _retry_events(context: Context, request: HttpRequest, seen: str) -> Done:
    done = 0
    for event in _failed_events(context)[:AT_ONCE]:
        with transaction.atomic():
            if not platform_events.retry(event):
                continue
            _write_down(context, request, "event.retry", event.session_ref, reverse("webhook-event", args=[event.pk]))
        done += 1
    return _told(done)


def _calls(context: Context) -> QuerySet[WebhookEvent]:
    rows = WebhookEvent.objects.filter(organization=context.organization, result__in=NEEDS_PERSON)
    if context.subject.kind == CALL:
        number = context.subject.ref
        rows = rows.filter(pk=int(number)) if number.isdecimal() and len(number) < 19 else rows.none()
    return rows.select_related("organization").order_by("pk")


def _preview_calls(context: Context) -> Preview:
    rows = list(_calls(context)[:AT_ONCE])
    able = sum(inbox.may_replay(row) for row in rows)
    left = len(rows) - able
    parts: list[tuple[int | str, str]] = [
        (able, _("are read again: what changed in their tickets is asked of Zendesk now.")),
        ("", _("What was delivered already is not delivered again.")),
    ]
    if left:
        parts.append((left, _("name no ticket and stay as they are.")))
    title = ngettext("Replay %(n)s call?", "Replay %(n)s calls?", able) % {"n": able}
    return Preview(title=title, parts=tuple(parts), is_empty=not able)


def _replay_calls(context: Context, request: HttpRequest, seen: str) -> Done:
    done = 0
    for event in _calls(context)[:AT_ONCE]:
        before = event.result
        with transaction.atomic():
            if not inbox.replay(event):
                continue
            url = reverse("webhook", args=[event.pk])
            _write_down(context, request, "webhook.replay", f"#{event.pk}", url, before)
        done += 1
    return _told(done)


def _told(done: int) -> Done:
    if not done:
        return Done(ok=False, text=_("Nothing changed: nothing waits any more."))
    return Done(ok=True, text=ngettext("%(n)s queued. It goes now.", "%(n)s queued. They go now.", done) % {"n": done})


def _write_down(
    context: Context, request: HttpRequest, action: str, label: str, url: str, before: str = "failed"
) -> None:
    audit.record(
        context.organization,
        action,
        request=request,
        object_label=label,
        object_url=url,
        before={"result": before},
        after={"result": "queued"},
    )


def parking_endpoints(context: Context) -> QuerySet[WebhookEndpoint]:
    """The present address and those whose overlap is not over."""
    return WebhookEndpoint.objects.filter(organization=context.organization, kind=EndpointKind.ZENDESK)


def _preview_park(context: Context) -> Preview:
    if parking_endpoints(context).exclude(parks_since=None).exists():
        return Preview(
            title=_("Answer calls that match nothing with 500 again?"),
            parts=(
                ("", _("Zendesk’s own activity then shows them as failed.")),
                ("", _("What was kept meanwhile stays here, and can be matched and replayed.")),
            ),
            button=_("Stop parking"),
            seen=PARKING,
        )
    return Preview(
        title=_("Accept and park what cannot be matched?"),
        parts=(
            ("", _("Such calls are answered 200 and kept, so that Zendesk goes on calling for all other tickets.")),
            ("", _("They still stand under Webhook activity › Needs a person; matching and replay stay.")),
            ("", _("Zendesk’s own activity no longer shows them as failed, until this is turned off.")),
        ),
        seen=REFUSING,
    )


def _park(context: Context, request: HttpRequest, seen: str) -> Done:
    WebhookEndpoint.current(context.organization)
    rows = parking_endpoints(context)
    with transaction.atomic():
        Organization.objects.select_for_update().get(pk=context.organization.pk)
        was_on = rows.exclude(parks_since=None).exists()
        if seen != (PARKING if was_on else REFUSING):  # somebody else pressed it: a second press must not undo that
            return Done(ok=False, text=_("Nothing changed: somebody did that already. This is how it stands."))
        rows.update(parks_since=None if was_on else timezone.now())
        audit.record(
            context.organization,
            "webhook.park",
            request=request,
            object_label=_("Webhook URL"),
            object_url=reverse("zendesk-webhook"),
            before={"parks": was_on},
            after={"parks": not was_on},
        )
    if was_on:
        return Done(ok=True, text=_("Turned off. Calls that match nothing are answered 500 again."))
    return Done(ok=True, text=_("Turned on. Calls that match nothing are kept and answered 200."))


PARK = Repair(gettext_lazy("Accept and park"), _preview_park, _park)
RETRY_EVENTS = Repair(gettext_lazy("Send again"), _preview_events, _retry_events, role=Role.LEAD)
REPLAY_CALLS = Repair(gettext_lazy("Replay"), _preview_calls, _replay_calls, role=Role.LEAD)
