"""The admin's page of Sunshine's custom integrations and their webhooks."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from integrations.sandbox.api.answers import RefusedError
from integrations.sandbox.models import Account, SunshineApp, SunshineHook, SunshineIntegration
from integrations.sandbox.pages.common import count_objects, explain, find_account, show
from integrations.sandbox.store import writing
from integrations.sandbox.sunshine.events import TRIGGERS
from integrations.sandbox.sunshine.integrations import add_hook, read_hook

CUSTOM = "custom"
USUAL = ("conversation:message", "switchboard:passControl:failure", "switchboard:releaseControl")


@require_http_methods(["GET", "POST"])
def listing(request: HttpRequest, subdomain: str) -> HttpResponse:
    """Every custom integration with its webhooks; a POST changes, deletes or makes one."""
    account = find_account(subdomain)
    trouble = ""
    if request.method == "POST":
        try:
            with writing():
                trouble = act(request, account)
        except RefusedError as refusal:
            trouble = explain(refusal)
        if not trouble:
            return HttpResponseRedirect(request.path)
    hooks = SunshineHook.objects.select_related("integration").filter(integration__app__account=account)
    integrations = SunshineIntegration.objects.filter(app__account=account, kind=CUSTOM).order_by("pk")
    return show(
        request,
        "messaging.html",
        account=account,
        place="admin",
        tab="messaging",
        trouble=trouble,
        counts=count_objects(account),
        integrations=[
            (row, [(one, sorted(TRIGGERS - set(one.triggers))) for one in hooks.filter(integration=row).order_by("pk")])
            for row in integrations
        ],
        has_app=SunshineApp.objects.filter(account=account).exists(),
    )


def act(request: HttpRequest, account: Account) -> str:
    """Does what the form asks; why it could not be done, else nothing. Raises ``RefusedError``."""
    said = request.POST
    action = said.get("action", "")
    if action == "make":
        return make(request, account)
    found = SunshineIntegration.objects.filter(app__account=account, uid=said.get("integration", "")).first()
    hook = SunshineHook.objects.filter(integration=found, uid=said.get("webhook", "")).first()
    if found is None or (hook is None and action != "delete_integration"):
        return _("It is not there any more.")
    if action == "delete_integration":
        found.delete()
    elif action == "delete_webhook" and hook is not None:
        hook.delete()
    elif action == "save" and hook is not None:
        triggers = [*said.getlist("triggers"), *filter(None, [said.get("add")])]
        for column, value in read_hook({"target": said.get("target", "").strip(), "triggers": triggers}).items():
            setattr(hook, column, value)
        hook.save()
        found.display_name = said.get("name", "").strip()[:100] or None
        found.save(update_fields=["display_name"])
    return ""


def make(request: HttpRequest, account: Account) -> str:
    """A custom integration with its one webhook, as an admin makes it."""
    app = SunshineApp.objects.filter(account=account).first()
    if app is None:
        return _("The account has no Sunshine app.")
    name = request.POST.get("name", "").strip()[:100] or None
    row = SunshineIntegration.objects.create(app=app, kind=CUSTOM, display_name=name)
    add_hook(row, {"target": request.POST.get("target", "").strip(), "triggers": list(USUAL)})
    return ""
