"""Do our events reach the platform?"""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import gettext as _

from integrations.doctor.finding import OK, PROBLEM, SKIPPED, UNKNOWN, Finding
from integrations.models import EventType, PlatformConnection, PlatformEvent
from opencx_admin.net import ForbiddenAddress, check_url
from opencx_admin.orgs.models import Organization
from opencx_admin.orgs.times import moment_text


def examine(organization: Organization) -> list[Finding]:
    """The events URL, the last event, and those that failed."""
    connection = PlatformConnection.objects.filter(organization=organization).exclude(events_url="").first()
    events = PlatformEvent.objects.filter(organization=organization).exclude(event=EventType.TEST)
    failed = events.filter(status=PlatformEvent.Status.FAILED).count()
    asked = ("events.failed", _("Did every event get there?"))
    if failed:
        evidence = _("%(n)s events failed and are not tried again.") % {"n": failed}
        rest = Finding(*asked, PROBLEM, evidence, "you_here", _("Retry them under Webhook activity."))
    else:
        rest = Finding(*asked, OK, _("No event failed."))
    return [_url(connection), _last(connection, events.order_by("-pk").first()), rest]


def _url(connection: PlatformConnection | None) -> Finding:
    asked = ("events.url", _("Is there an events URL that we may call?"))
    fix = _("Save one under Settings › Integrations › OpenCX.")
    if connection is None:
        return Finding(*asked, PROBLEM, _("No events URL is saved."), "you_here", fix)
    try:
        check_url(connection.events_url, settings.OUTBOUND_ALLOW_HOSTS)
    except (ForbiddenAddress, ValueError):
        evidence = _("%(url)s is on a private network.") % {"url": connection.events_url}
        return Finding(*asked, PROBLEM, evidence, "you_here", _("Name its host in OUTBOUND_ALLOW_HOSTS."))
    return Finding(*asked, OK, connection.events_url)


def _last(connection: PlatformConnection | None, event: PlatformEvent | None) -> Finding:
    asked = ("events.last", _("Did the platform take the last event?"))
    if connection is None:
        return Finding(*asked, SKIPPED, _("not asked: there is no events URL"))
    if event is None:
        return Finding(*asked, UNKNOWN, _("No event was made yet."))
    evidence = f"{event.get_status_display()}, {moment_text(event.created_at)}"
    if event.status == PlatformEvent.Status.DELIVERED:
        return Finding(*asked, OK, f"{evidence} · {event.last_status}")
    if event.status == PlatformEvent.Status.FAILED:
        return Finding(*asked, PROBLEM, f"{evidence} · {event.last_error}", "you_here", _("Retry it."))
    return Finding(*asked, UNKNOWN, " · ".join(part for part in (evidence, event.last_error) if part))
