"""Settings → Integrations → OpenCX: where our events go, their signing secret, and the platform's API keys.

A secret is shown in the very answer to the POST that made it. Only the first save answers with a redirect:
the person's session keeps the secret's fingerprint, and the next page shows the secret that fits it, once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from integrations import platform
from integrations.forms import EventsUrlForm
from integrations.hooks import leave_out
from integrations.models import PlatformConnection, PlatformEvent
from integrations.platform_events import retry, send_test_event
from integrations.standing import platform_standing
from integrations.tasks import deliver_event
from opencx_admin.crypto import fingerprint
from opencx_admin.orgs import audit
from opencx_admin.orgs.access import PageRequest, page
from opencx_admin.orgs.components import Action, Confirm
from opencx_admin.orgs.models import ApiKey, Role

RECENT = 10
UNSHOWN = "unshown_secret"
TEMPLATE = "integrations/opencx.html"


@dataclass(frozen=True)
class Shown:
    """A secret that is shown this once."""

    kind: str
    text: str


@page(read=Role.VIEWER, write=Role.LEAD)
def opencx(request: PageRequest) -> HttpResponse:
    """/settings/integrations/opencx/: save, rotate_secret, new_api_key, revoke_api_key, send_test; retry for leads."""
    if request.method != "POST":
        return _ask(request) or _show(request, _form(request), _take_unshown(request))
    action = request.POST.get("action", "")
    if action == "retry":
        return _retry(request)
    if not request.role.allows(Role.ADMIN):
        return _show(request, _form(request), status=403)
    act = {
        "save": _save,
        "rotate_secret": _rotate,
        "new_api_key": _new_key,
        "revoke_api_key": _revoke,
        "send_test": _send_test,
    }.get(action)
    return act(request) if act else _show(request, _form(request), status=422)


def _save(request: PageRequest) -> HttpResponse:
    form = EventsUrlForm(request.POST)
    if not form.is_valid():
        return _show(request, form, status=422)
    text = platform.save_events_url(request.org, form.cleaned_data["events_url"], request=request)
    messages.success(request, _("Saved. Send a test event to prove it."))
    if form.unresolved:
        words = {"host": form.unresolved}
        messages.warning(
            request, _("The name %(host)s does not resolve now. Events to it are retried for 24 hours.") % words
        )
    if request.htmx:
        return _show(request, _form(request), Shown("secret", text) if text else None)
    if text:
        request.session[UNSHOWN] = {str(request.org.pk): fingerprint(text)}
    return redirect("opencx")


def _take_unshown(request: PageRequest) -> Shown | None:
    """The secret that the first save made, for the one page after it; None when it was replaced meanwhile."""
    org = str(request.org.pk)
    if request.method != "GET" or org not in request.session.get(UNSHOWN, {}):
        return None
    wanted = request.session.pop(UNSHOWN)[org]
    connection = PlatformConnection.objects.filter(organization=request.org).first()
    text = connection.signing_secret.reveal() if connection and request.role.allows(Role.ADMIN) else ""
    return Shown("secret", text) if text and fingerprint(text) == wanted else None


def _rotate(request: PageRequest) -> HttpResponse:
    text = platform.renew_secret(request.org, request=request)
    return _show(request, _form(request), Shown("secret", text))


def _ask(request: PageRequest) -> HttpResponse | None:
    """The question before an act that cannot be undone: ?ask=rotate_secret, ?ask=revoke_api_key&key=."""
    asked = request.GET.get("ask")
    if asked not in ("rotate_secret", "revoke_api_key") or not request.role.allows(Role.ADMIN):
        return None
    confirm = _ask_rotate() if asked == "rotate_secret" else _ask_revoke(_live_key(request, request.GET.get("key")))
    return render(request, "integrations/opencx_confirm.html", {"confirm": confirm})


def _live_key(request: PageRequest, text: str | None) -> ApiKey:
    return get_object_or_404(ApiKey, organization=request.org, revoked_at=None, pk=_number(text))


def _ask_rotate() -> Confirm:
    here = reverse("opencx")
    return Confirm(
        title=_("Replace the signing secret?"),
        parts=[
            ("", _("Every event from now on is signed with the new secret, those that are retried too.")),
            ("", _("The platform refuses them until it knows the new secret; we retry for 24 hours.")),
        ],
        note=_("The old secret cannot be brought back."),
        action=Action(_("Replace the secret"), here, value="rotate_secret"),
        back_url=here,
        is_final=True,
    )


def _new_key(request: PageRequest) -> HttpResponse:
    text = platform.issue_key(request.org, request.POST.get("name", "").strip(), request=request)
    return _show(request, _form(request), Shown("key", text))


def _revoke(request: PageRequest) -> HttpResponse:
    key = _live_key(request, request.POST.get("key"))
    platform.revoke_key(key, request=request)
    messages.success(request, _("The key %(key)s is revoked. Calls with it get 401.") % {"key": key})
    return redirect("opencx")


def _ask_revoke(key: ApiKey) -> Confirm:
    here = reverse("opencx")
    return Confirm(
        title=_("Revoke the key %(key)s?") % {"key": key},
        parts=[("", _("Calls of the platform with this key get 401 at once.")), ("", _("The other keys stay."))],
        note=_("A revoked key cannot be brought back."),
        action=Action(_("Revoke the key"), here, value="revoke_api_key"),
        back_url=here,
        is_final=True,
        hidden={"key": str(key.pk)},
    )


def _send_test(request: PageRequest) -> HttpResponse:
    connection = PlatformConnection.objects.filter(organization=request.org).exclude(events_url="").first()
    if connection is None:
        form = EventsUrlForm({"events_url": ""})
        return _show(request, form, status=422)
    event = send_test_event(connection)
    audit.record(
        request.org, "platform.send_test", request=request, object_label=platform.OBJECT, after={"result": event.status}
    )
    return _show(request, _form(request), tested=event)


def _retry(request: PageRequest) -> HttpResponse:
    event = get_object_or_404(PlatformEvent, organization=request.org, pk=_number(request.POST.get("event")))
    retry_event(request, event)
    return redirect("opencx")


def retry_event(request: PageRequest, event: PlatformEvent) -> None:
    """Queue an event again, with the audit entry, the ring and the words for the person."""
    before = event.status
    if retry(event):
        audit.record(
            request.org,
            "event.retry",
            request=request,
            object_label=event.webhook_id,
            object_url=reverse("webhook-event", args=[event.pk]),
            before={"status": before},
            after={"status": PlatformEvent.Status.QUEUED.value},
        )
        deliver_event.delay(event.pk)
        messages.success(request, _("Queued: it is sent within seconds."))
    else:
        messages.error(request, _("Not queued: it is neither failed nor retrying. Nothing changed."))


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 19 else 0


def _form(request: PageRequest) -> EventsUrlForm:
    connection = PlatformConnection.objects.filter(organization=request.org).first()
    return EventsUrlForm(initial={"events_url": connection.events_url if connection else ""})


def _show(
    request: PageRequest,
    form: EventsUrlForm,
    shown: Shown | None = None,
    tested: PlatformEvent | None = None,
    status: int = 200,
) -> HttpResponse:
    connection = PlatformConnection.objects.filter(organization=request.org).first()
    context: dict[str, Any] = {
        "connection": connection,
        "form": form,
        "shown": shown,
        "tested": tested,
        "standing": platform_standing(request.org, connection),
        "keys": ApiKey.objects.filter(organization=request.org).order_by("revoked_at", "-created_at", "-pk")[:50],
        "events": leave_out(PlatformEvent.objects.filter(organization=request.org), request.org).order_by(
            "-created_at", "-pk"
        )[:RECENT],
        "may_change": request.role.allows(Role.ADMIN),
        "may_retry": request.role.allows(Role.LEAD),
        "api_url": f"{settings.PUBLIC_URL}/api/v1/",
        "openapi": reverse("api-description"),
    }
    template = f"{TEMPLATE}#panel" if request.htmx else TEMPLATE
    return render(request, template, context, status=status)
