"""Settings → Integrations → Zendesk → Messaging: the App key, Verify, Verify & Save, and the webhook's registration."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from integrations.connect import record_calls
from integrations.credentials import watch_calls
from integrations.forms_messaging import MessagingForm
from integrations.messaging_credentials import disconnect_messaging, keep_messaging_proof, register, save_messaging
from integrations.messaging_refusals import APP_KEY, KEYS_PAGE, MULTI_PAGE, is_app_key, multi_path, wrong_key_text
from integrations.models import SunshineConnection, ZendeskConnection
from integrations.report import Check, read_checks
from integrations.standing import messaging_standing
from integrations.verify_messaging import CODES, MessagingReport, refuse, refuse_key, verify_messaging
from integrations.views.hub import zendesk_tabs
from opencx_admin.orgs.access import PageRequest, page
from opencx_admin.orgs.components import Action, Confirm, Evidence
from opencx_admin.orgs.models import Role

TEMPLATE = "integrations/messaging.html"
FIELD_CODES = {"key_id": "key_id", "app_id": "app"} | dict.fromkeys(
    ("auth_method", "email", "api_token", "client_id", "client_secret"), "support_api"
)


@page(read=Role.VIEWER, write=Role.ADMIN)
@sensitive_post_parameters("secret", "api_token", "client_secret")
def messaging(request: PageRequest) -> HttpResponse:
    """/settings/integrations/zendesk/messaging/: `action` is verify, save, register, disconnect or check_key."""
    connection = SunshineConnection.objects.select_related("organization").filter(organization=request.org).first()
    ticketing = ZendeskConnection.objects.filter(organization=request.org).first()
    if request.method != "POST":
        if request.GET.get("ask") == "disconnect" and connection and request.role.allows(Role.ADMIN):
            context = {"confirm": _question(connection), "tabs": zendesk_tabs("zendesk-messaging")}
            return render(request, "integrations/disconnect.html", context)
        return _show(request, connection, MessagingForm.shown(connection, ticketing))
    action = request.POST.get("action")
    if action == "check_key":
        return _check_key(request)
    if connection is not None and action == "register":
        return _register(request, connection)
    if connection is not None and action == "disconnect":
        disconnect_messaging(connection, request=request)
        messages.success(request, _("Disconnected from Messaging at %(account)s.") % {"account": connection.subdomain})
        return redirect("integrations")
    form = MessagingForm(request.POST, connection=connection, ticketing=ticketing)
    if action not in ("verify", "save"):
        report = refuse("key_id", _("unknown button"), _("Nothing was sent."))
        return _show(request, connection, form, report, 422)
    if not form.is_valid():
        return _show(request, connection, form, _refuse_form(form), 422)
    return _verify(request, connection, form, is_saving=action == "save")


def _verify(
    request: PageRequest, connection: SunshineConnection | None, form: MessagingForm, *, is_saving: bool
) -> HttpResponse:
    account_url = ZendeskConnection(subdomain=form.account).base_url
    observe = record_calls(request.org, "sunshine", "verify")
    report = verify_messaging(form.candidate(), observe, watch_calls(request.org, account_url))
    if connection is not None and form.signs_in_as_saved() and not (is_saving and report.passed):
        keep_messaging_proof(connection, report, request=request)
        connection.refresh_from_db()
    if not report.passed:
        return _show(request, connection, form, report, 422)
    if not is_saving:
        return _show(request, connection, form, report)
    connection = save_messaging(request.org, form.credentials(report.subdomain), report, request=request)
    register(connection, request=request)
    text = _("Saved. Chats at %(account)s go to the Agent Workspace from now on.") % {"account": connection.subdomain}
    if request.htmx:
        shown = MessagingForm.shown(connection, form.ticketing)
        return _show(request, connection, shown, report, saved=text)
    messages.success(request, text)
    return redirect("zendesk-messaging")


def _check_key(request: PageRequest) -> HttpResponse:
    """While the Key ID is typed: a sentence as soon as it cannot become one of an App key."""
    typed = request.POST.get("key_id", "").strip()
    is_wrong = not is_app_key(typed) and not APP_KEY.startswith(typed)
    return render(request, "integrations/_key_said.html", {"said": wrong_key_text() if is_wrong else ""})


def _register(request: PageRequest, connection: SunshineConnection) -> HttpResponse:
    problem = register(connection, request=request)
    if problem:
        messages.error(request, _("The webhook is not registered: %(why)s") % {"why": problem})
    else:
        messages.success(request, _("The webhook is registered. Agents’ messages come here."))
    return redirect("zendesk-messaging")


def _refuse_form(form: MessagingForm) -> MessagingReport:
    """The report when a field stops us before anything is sent; the first check comes first."""
    if form.has_error("key_id", "integration_key"):
        return refuse_key(str(form.cleaned_data.get("subdomain", "")))
    codes = {name: FIELD_CODES.get(name, "authenticated") for name in form.errors}
    name = min(codes, key=lambda one: CODES.index(codes[one]))
    label = str(form.fields[name].label)
    shown = label if label.isupper() or " ID" in label or "API" in label else label.lower()
    said = " ".join(str(text) for text in form.errors[name])
    return refuse(codes[name], _("%(field)s needs a change") % {"field": shown}, said)


def _show(
    request: PageRequest,
    connection: SunshineConnection | None,
    form: MessagingForm,
    report: MessagingReport | None = None,
    status: int = 200,
    saved: str = "",
) -> HttpResponse:
    account = connection or form.ticketing
    account_url = ZendeskConnection(subdomain=account.subdomain).base_url if account else ""
    checks = report.checks if report else read_checks(connection.evidence if connection else [])
    context: dict[str, Any] = {
        "connection": connection,
        "form": form,
        "report": report,
        "failed": report.problem if report else None,
        "rows": [_row(check) for check in checks],
        "standing": messaging_standing(connection),
        "tabs": zendesk_tabs("zendesk-messaging"),
        "may_change": request.role.allows(Role.ADMIN),
        "ticketing": form.ticketing,
        "after": _after(),
        "host": connection.base_url.split("://", 1)[-1] if connection else "",
        "keys_url": f"{account_url}{KEYS_PAGE}" if account_url else "",
        "multi_url": f"{account_url}{MULTI_PAGE}" if account_url else "",
        "multi_path": multi_path(),
        "saved": saved,
    }
    template = f"{TEMPLATE}#panel" if request.htmx else TEMPLATE
    return render(request, template, context, status=status)


def _row(check: Check) -> Evidence:
    is_problem = check.verdict == "problem"
    answer = check.answer
    if check.verdict == "warning" and check.fix:
        answer = _("%(answer)s Fix: %(path)s.") % {"answer": answer, "path": check.fix}
    call, facts = ("", check.facts) if is_problem else (check.call, ())
    return Evidence(check.code, check.verdict, check.claim, answer, call, facts)


def _after() -> str:
    """What stands after the subdomain field: `.zendesk.com`, or nothing when the template is another."""
    template = str(settings.ZENDESK_URL)
    return template.rsplit("{subdomain}", 1)[-1] if "//{subdomain}" in template else ""


def _question(connection: SunshineConnection) -> Confirm:
    here = reverse("zendesk-messaging")
    return Confirm(
        title=_("Disconnect Messaging at %(account)s?") % {"account": connection.subdomain},
        parts=[
            ("", _("New chats become tickets from then on.")),
            ("", _("Contacts’ messages no longer get into conversations that are open now.")),
            ("", _("Agents’ messages still come while Zendesk calls our webhook; delete its integration there.")),
            ("", _("App ID, Key ID and secrets are deleted here. Zendesk keeps its conversations.")),
            ("", _("Sessions, links, the webhook URL and the audit log stay.")),
        ],
        note=_("The secrets cannot be brought back; enter them again to connect."),
        action=Action(_("Disconnect Messaging"), here, value="disconnect"),
        back_url=here,
        is_final=True,
    )
