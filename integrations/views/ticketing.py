"""Settings → Integrations → Zendesk → Ticketing: the credentials, Verify, and Verify & Save."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from integrations.credentials import disconnect, keep_proof, save_credentials, watch_calls
from integrations.default_agent import refuse_agent
from integrations.forms import ZendeskForm
from integrations.models import ZendeskConnection
from integrations.report import Report, read_checks
from integrations.standing import ending_text, zendesk_standing
from integrations.verify import refuse, verify
from integrations.views.hub import zendesk_tabs
from opencx_admin.orgs.access import PageRequest, page
from opencx_admin.orgs.components import Action, Confirm, Evidence
from opencx_admin.orgs.models import Role

TEMPLATE = "integrations/ticketing.html"
# What is wrong in these stands at the field; it says nothing of the credentials.
NO_CREDENTIALS = ("auth_method", "default_agent_id", "first_comment_public")


@page(read=Role.VIEWER, write=Role.ADMIN)
@sensitive_post_parameters("api_token", "client_secret")
def ticketing(request: PageRequest) -> HttpResponse:
    """/settings/integrations/zendesk/ticketing/: `action` is verify, save or disconnect."""
    connection = ZendeskConnection.objects.filter(organization=request.org).first()
    if request.method != "POST":
        if request.GET.get("ask") == "disconnect" and connection and request.role.allows(Role.ADMIN):
            context = {"confirm": _question(connection), "tabs": zendesk_tabs("zendesk-ticketing")}
            return render(request, "integrations/disconnect.html", context)
        return _show(request, connection, ZendeskForm.shown(connection))
    action = request.POST.get("action")
    if action == "disconnect" and connection is not None:
        return _disconnect(request, connection)
    tried = try_credentials(request, connection)
    if tried.saved is None:
        return _show(request, connection, tried.form, tried.report, tried.status)
    text = _("Saved. %(user)s at %(account)s passed every required check.") % {
        "user": tried.saved.user_name,
        "account": tried.saved.subdomain,
    }
    if request.htmx:
        return _show(request, tried.saved, ZendeskForm.shown(tried.saved), tried.report, saved=text)
    messages.success(request, text)
    return redirect("zendesk-ticketing")


@dataclass(frozen=True)
class Tried:
    """What came of a posted form: the form, what Verify found, the status of the answer, and what was saved."""

    form: ZendeskForm
    report: Report | None
    status: int = 200
    saved: ZendeskConnection | None = None


def try_credentials(request: PageRequest, connection: ZendeskConnection | None) -> Tried:
    """Verify what was posted, and with `action=save` keep it when every required check passed."""
    action = request.POST.get("action")
    form = ZendeskForm(request.POST, connection=connection)
    if action not in ("verify", "save"):
        return Tried(form, refuse("subdomain", _("unknown button"), _("Nothing was sent.")), 422)
    if not form.is_valid():
        return Tried(form, _refuse_form(form), 422)
    return _verify(request, connection, form, is_saving=action == "save")


def _verify(request: PageRequest, connection: ZendeskConnection | None, form: ZendeskForm, *, is_saving: bool) -> Tried:
    observe, agent_id = watch_calls(request.org, form.account_url), form.cleaned_data["default_agent_id"]
    report = verify(form.candidate(), observe)
    no_agent = refuse_agent(form.candidate(), report, agent_id, observe) if report.passed and agent_id else ""
    is_saving = is_saving and report.passed and not no_agent
    if connection is not None and form.signs_in_as_saved() and not is_saving:
        keep_proof(connection, report, request=request)
        connection.refresh_from_db()
    if no_agent:
        form.add_error("default_agent_id", no_agent)
    if no_agent or not report.passed:
        return Tried(form, report, 422)
    if not is_saving:
        return Tried(form, report)
    saved = save_credentials(request.org, form.credentials(report.subdomain), report, request=request)
    return Tried(form, report, saved=saved)


def _refuse_form(form: ZendeskForm) -> Report | None:
    """The report when a credential stops us before anything is sent; None when only other fields need a change."""
    names = {"subdomain": "subdomain"}
    for name, found in form.errors.items():
        if name in NO_CREDENTIALS:
            continue
        label = form.fields[name].label if name in form.fields else ""
        code = names.get(name, "authenticated")
        failure = _("%(field)s needs a change") % {"field": str(label).lower() if name != "api_token" else label}
        return refuse(code, failure, " ".join(str(text) for text in found))
    return None


def _show(
    request: PageRequest,
    connection: ZendeskConnection | None,
    form: ZendeskForm,
    report: Report | None = None,
    status: int = 200,
    saved: str = "",
) -> HttpResponse:
    context = describe_form(request, connection, form, report) | {
        "tabs": zendesk_tabs("zendesk-ticketing"),
        "saved": saved,
    }
    template = f"{TEMPLATE}#panel" if request.htmx else TEMPLATE
    return render(request, template, context, status=status)


def describe_form(
    request: PageRequest, connection: ZendeskConnection | None, form: ZendeskForm, report: Report | None = None
) -> dict[str, Any]:
    """What the form and its evidence need to be shown, here and on the first run's page."""
    return {
        "connection": connection,
        "form": form,
        "report": report,
        "failed": report.problem if report else None,
        "rows": _rows(connection, report),
        "standing": zendesk_standing(connection),
        "may_change": request.role.allows(Role.ADMIN),
        "token_end": ending_text(),
        "host": _host(connection),
        "after": _after(),
    }


def _rows(connection: ZendeskConnection | None, report: Report | None) -> list[Evidence]:
    checks = report.checks if report else read_checks(connection.evidence if connection else [])
    return [
        Evidence(
            check.code,
            check.verdict,
            check.claim,
            check.answer,
            check.call if check.verdict != "problem" else "",
            check.facts if check.verdict == "problem" else (),
        )
        for check in checks
    ]


def _after() -> str:
    """What stands after the subdomain field: `.zendesk.com`, or nothing when the template is another."""
    template = str(settings.ZENDESK_URL)
    return template.rsplit("{subdomain}", 1)[-1] if "//{subdomain}" in template else ""


def _host(connection: ZendeskConnection | None) -> str:
    return connection.base_url.split("://", 1)[-1] if connection else ""


def _disconnect(request: PageRequest, connection: ZendeskConnection) -> HttpResponse:
    disconnect(connection, request=request)
    messages.success(request, _("Disconnected from %(account)s.") % {"account": connection.subdomain})
    return redirect("integrations")


def _question(connection: ZendeskConnection) -> Confirm:
    here = reverse("zendesk-ticketing")
    return Confirm(
        title=_("Disconnect %(account)s?") % {"account": connection.subdomain},
        parts=[
            ("", _("New handoffs fail with “not connected” until an account is connected again.")),
            ("", _("Agents’ replies in tickets that are open now no longer reach their contacts.")),
            ("", _("A ticket that is solved or reopened no longer closes or reopens its session.")),
            ("", _("Email, identifiers, token and secrets are deleted here. Zendesk keeps its tickets.")),
            ("", _("Sessions, tickets’ links, the webhook URL and the audit log stay.")),
        ],
        note=_("The secrets cannot be brought back; enter them again to connect."),
        action=Action(_("Disconnect"), here, value="disconnect"),
        back_url=here,
        is_final=True,
    )
