"""Do our events reach the platform?"""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from integrations.doctor.finding import HERE, Finding, ok, problem, skipped, unknown
from integrations.doctor.registry import Check, Context
from integrations.doctor.repair_calls import RETRY_EVENTS
from integrations.models import EventType, PlatformConnection, PlatformEvent
from opencx_admin.net import ForbiddenAddress, check_url
from opencx_admin.orgs.times import moment_text

FAMILY = "replies"


def _connection(context: Context) -> PlatformConnection | None:
    rows = PlatformConnection.objects.filter(organization=context.organization).exclude(events_url="")
    return context.recall("platform", rows.first)


def _url(context: Context) -> Finding:
    connection = _connection(context)
    fix = _("Save one under Settings › Integrations › OpenCX.")
    if connection is None:
        return problem(_("No events URL is saved."), HERE, fix)
    try:
        check_url(connection.events_url, settings.OUTBOUND_ALLOW_HOSTS)
    except (ForbiddenAddress, ValueError):
        evidence = _("%(url)s is on a private network.") % {"url": connection.events_url}
        return problem(evidence, HERE, _("Name its host in OUTBOUND_ALLOW_HOSTS."))
    return ok(connection.events_url)


def _last(context: Context) -> Finding:
    if _connection(context) is None:
        return skipped(_("not asked: there is no events URL"))
    rows = PlatformEvent.objects.filter(organization=context.organization).exclude(event=EventType.TEST)
    event = rows.order_by("-pk").first()
    if event is None:
        return unknown(_("No event was made yet."))
    evidence = f"{event.get_status_display()}, {moment_text(event.created_at)}"
    if event.status == PlatformEvent.Status.DELIVERED:
        return ok(f"{evidence} · {event.last_status}")
    if event.status == PlatformEvent.Status.FAILED:
        link = reverse("webhook-event", args=[event.pk])
        return problem(f"{evidence} · {event.last_error}", HERE, _("Retry it."), link=link, repair=_("Send again"))
    return unknown(" · ".join(part for part in (evidence, event.last_error) if part))


def _failed(context: Context) -> Finding:
    rows = PlatformEvent.objects.filter(organization=context.organization, status=PlatformEvent.Status.FAILED)
    number = rows.exclude(event=EventType.TEST).count()
    if not number:
        return ok(_("No event failed."))
    evidence = ngettext(
        "%(n)s event failed and is not tried again.", "%(n)s events failed and are not tried again.", number
    )
    label = ngettext("Send %(n)s", "Send %(n)s", number) % {"n": number}
    fix = _("Retry them under Webhook activity.")
    return problem(evidence % {"n": number}, HERE, fix, repair=label)


CHECKS = (
    Check(
        "events.url",
        FAMILY,
        gettext_lazy("Is there an events URL that we may call?"),
        gettext_lazy("Agents’ replies are found and stay here."),
        gettext_lazy("No URL of the platform is saved, or it is on a private network that we may not call."),
        gettext_lazy("Save the URL. Replies that waited for it then go out by themselves."),
        _url,
        rows=(4,),
        place=lambda: reverse("opencx"),
    ),
    Check(
        "events.last",
        FAMILY,
        gettext_lazy("Did the platform take the last event?"),
        gettext_lazy("Agents’ replies are found and do not reach the contact."),
        gettext_lazy("The platform refused the event, or did not answer within 15 seconds."),
        gettext_lazy("Mend it on the side of the platform, then send the events again."),
        _last,
        rows=(4, 11),
        repair=RETRY_EVENTS,
        place=lambda: f"{reverse('webhooks')}?view=events",
    ),
    Check(
        "events.failed",
        FAMILY,
        gettext_lazy("Did every event get there?"),
        gettext_lazy("Some replies never reached their contacts."),
        gettext_lazy("After 24 hours of trying an event waits for a person."),
        gettext_lazy("Send them again: each keeps its id, so the platform takes none twice."),
        _failed,
        rows=(4, 11),
        repair=RETRY_EVENTS,
        place=lambda: f"{reverse('webhooks')}?view=events&status=failed",
    ),
)
