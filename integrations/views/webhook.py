"""Settings → Integrations → Zendesk → Webhook: our URL, its signature, and how to set it up in Zendesk."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Sum
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters

from integrations.endpoints import rotate, set_signing_secret
from integrations.forms import RotateForm, RotateSunshineForm, SigningForm
from integrations.models import WebhookEndpoint, WebhookEvent, ZendeskConnection
from integrations.provisioning.runs import find_moving
from integrations.provisioning.secret import FETCHED_BY
from integrations.standing import stale_endpoint, webhook_standing
from integrations.sunshine_webhook import read_sunshine_webhook, rotate_sunshine, set_sunshine_secret
from integrations.tasks import advance_run
from integrations.views.hub import zendesk_tabs
from integrations.views.rotation import is_provisioned, list_behind, read_rotation
from opencx_admin.crypto import DOTS
from opencx_admin.orgs.access import PageRequest, page
from opencx_admin.orgs.models import Role

STOP_POLLING = 286


@page(read=Role.VIEWER, write=Role.ADMIN)
@sensitive_post_parameters("signing_secret", "sunshine_webhook_secret")
def webhook(request: PageRequest) -> HttpResponse:
    """/settings/integrations/zendesk/webhook/: `action` is rotate, rotate_sunshine or save.

    Only admins see the URLs: they are secrets.
    """
    if request.method != "POST":
        if request.htmx and request.htmx.target == "rotation":
            return _show_rotation(request)
        return _show(request, RotateForm(), SigningForm())
    action = request.POST.get("action")
    if action == "rotate":
        return _rotate(request)
    if action == "rotate_sunshine":
        return _rotate_sunshine(request)
    if action == "save":
        return _save(request)
    return _show(request, RotateForm(), SigningForm(), status=422)


def _rotate(request: PageRequest) -> HttpResponse:
    form = RotateForm({"overlap_hours": request.POST.get("overlap_hours") or "24"})
    if not form.is_valid():
        return _show(request, form, SigningForm(), status=422)
    hours = form.cleaned_data["overlap_hours"]
    rotate(request.org, hours, request=request)
    run = find_moving(request.org)
    if run is not None:
        advance_run.delay(run.pk)
    if is_provisioned(request.org):
        text = _("The URL is new, and Zendesk is told it now. You need not copy anything.")
    elif hours:
        text = ngettext(
            "The URL is new. Copy it into Zendesk within %(n)s hour; the old one is answered until then.",
            "The URL is new. Copy it into Zendesk within %(n)s hours; the old one is answered until then.",
            hours,
        ) % {"n": hours}
    else:
        text = _("The URL is new. The old one is refused from now on: copy the new one into Zendesk now.")
    messages.success(request, text)
    return redirect("zendesk-webhook")


def _show_rotation(request: PageRequest) -> HttpResponse:
    """How telling Zendesk goes; at its end the whole page is read anew, since its proof is another by then."""
    box = read_rotation(request.org)
    if box and box.is_moving:
        return render(request, "integrations/_rotation.html", {"rotation": box})
    response = HttpResponse(status=STOP_POLLING)
    response["HX-Refresh"] = "true"
    return response


def _rotate_sunshine(request: PageRequest) -> HttpResponse:
    form = RotateSunshineForm(request.POST)
    if not form.is_valid():
        return _show(request, RotateForm(), SigningForm(), status=422, sunshine_form=form)
    problem = rotate_sunshine(request.org, form.hours, request=request)
    if problem:
        words = {"why": problem}
        messages.error(request, _("The URL is new, and Sunshine still calls the old one: %(why)s") % words)
    else:
        messages.success(request, _("The URL is new, and Sunshine’s webhook already calls it."))
    return redirect("zendesk-webhook")


def _save(request: PageRequest) -> HttpResponse:
    form = SigningForm(request.POST)
    if not form.is_valid():
        return _show(request, RotateForm(), form, status=422)
    key = form.cleaned_data["sunshine_webhook_secret"]
    if key:
        set_sunshine_secret(request.org, key, request=request)
        messages.success(request, _("From now on only Sunshine’s calls with this secret are taken."))
        if not form.cleaned_data["signing_secret"] and not form.cleaned_data["remove_signing_secret"]:
            return redirect("zendesk-webhook")
    endpoint = WebhookEndpoint.current(request.org)
    secret = form.cleaned_data["signing_secret"]
    if secret:
        set_signing_secret(endpoint, secret, request=request)
        messages.success(request, _("From now on only calls signed with this secret are taken."))
    elif form.cleaned_data["remove_signing_secret"] and endpoint.signing_secret:
        set_signing_secret(endpoint, "", request=request)
        messages.success(request, _("The secret is forgotten. Calls are taken unsigned."))
    else:
        messages.info(request, _("Nothing was entered, nothing changed."))
    return redirect("zendesk-webhook")


def _show(
    request: PageRequest,
    rotate_form: RotateForm,
    signing_form: SigningForm,
    status: int = 200,
    sunshine_form: RotateSunshineForm | None = None,
) -> HttpResponse:
    endpoint = WebhookEndpoint.current(request.org)
    connection = ZendeskConnection.objects.filter(organization=request.org).first()
    may_change = request.role.allows(Role.ADMIN)
    stale = stale_endpoint(request.org)
    mine = WebhookEndpoint.objects.filter(organization=request.org, kind=endpoint.kind)
    context: dict[str, Any] = {
        "endpoint": endpoint,
        "url": endpoint.url if may_change else endpoint.url[: -len(endpoint.token.reveal())] + DOTS,
        "connection": connection,
        "rotate_form": rotate_form,
        "signing_form": signing_form,
        "standing": webhook_standing(endpoint, stale),
        "stale": stale,
        "overlapping": mine.filter(is_current=False).exclude(expires_at=None).order_by("-expires_at").first(),
        "refused": mine.aggregate(n=Sum("calls_refused"))["n"] or 0,
        "last_refused": mine.exclude(last_refused_at=None).order_by("-last_refused_at").first(),
        "last_call": WebhookEvent.objects.filter(organization=request.org, kind=endpoint.kind).order_by("-pk").first(),
        "sunshine": read_sunshine_webhook(request.org, is_admin=may_change),
        "sunshine_form": sunshine_form or RotateSunshineForm(),
        "tabs": zendesk_tabs("zendesk-webhook"),
        "may_change": may_change,
        "rotation": read_rotation(request.org),
        "is_provisioned": is_provisioned(request.org),
        "is_fetched": endpoint.secret_set_by == FETCHED_BY,
        "behind": list_behind(request.org),
        "admin": f"{connection.base_url}/admin" if connection else "",
    }
    return render(request, "integrations/webhook.html", context, status=status)
