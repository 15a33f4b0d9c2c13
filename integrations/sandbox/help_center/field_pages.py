"""The admin's pages of ticket fields, at the addresses that Zendesk's Admin Center gives them."""

from collections.abc import Iterable

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods

from integrations.sandbox.api.answers import Json
from integrations.sandbox.models import TicketField
from integrations.sandbox.pages.common import count_objects, find_account, show
from integrations.sandbox.store import new_id, now, writing

KINDS = {
    "tagger": lazy("Dropdown"),
    "multiselect": lazy("Multi-select"),
    "checkbox": lazy("Checkbox"),
    "date": lazy("Date"),
    "integer": lazy("Number"),
    "decimal": lazy("Decimal"),
    "text": lazy("Text"),
    "textarea": lazy("Multi-line"),
    "regexp": lazy("Regular expression"),
    "partialcreditcard": lazy("Credit card"),
    "lookup": lazy("Lookup"),
}
WITH_OPTIONS = ("tagger", "multiselect")
EMPTY_LINES = 2


@require_http_methods(["GET", "POST"])
def fields(request: HttpRequest, subdomain: str) -> HttpResponse:
    """``/<sub>/admin/objects-rules/tickets/ticket-fields``; a POST makes one."""
    account = find_account(subdomain)
    trouble = ""
    if request.method == "POST":
        row = TicketField(account=account, kind=request.POST.get("kind", ""), position=100)
        row.title = request.POST.get("title", "").strip()
        if row.title and row.kind in KINDS:
            with writing():
                row.save()
            return HttpResponseRedirect(reverse("admin-field", args=[subdomain, row.number]))
        trouble = _("A field needs a title and a type.")
    rows = TicketField.objects.filter(account=account).order_by("-is_system", "position", "pk")
    return show(
        request,
        "help_center/fields.html",
        account=account,
        place="admin",
        tab="fields",
        counts=count_objects(account),
        trouble=trouble,
        rows=[(row, KINDS.get(row.kind, row.kind)) for row in rows if not row.is_system],
        system=[row for row in rows if row.is_system],
        kinds=KINDS.items(),
    )


@require_http_methods(["GET", "POST"])
def field(request: HttpRequest, subdomain: str, number: int) -> HttpResponse:
    """``…/ticket-fields/<id>``: title, options, active, required; delete."""
    account = find_account(subdomain)
    row = TicketField.objects.filter(account=account, number=number, is_system=False).first()
    if row is None:
        raise Http404(_("There is no such field."))
    trouble = ""
    if request.method == "POST" and request.POST.get("action") == "delete":
        with writing():
            row.delete()
        return HttpResponseRedirect(reverse("admin-fields", args=[subdomain]))
    if request.method == "POST":
        trouble = change_field(row, request)
        if not trouble:
            return HttpResponseRedirect(request.path)
    blank: list[Json] = [{"id": "", "name": "", "value": ""}] * EMPTY_LINES
    return show(
        request,
        "help_center/field.html",
        account=account,
        place="admin",
        tab="fields",
        counts=count_objects(account),
        trouble=trouble,
        row=row,
        kind=KINDS.get(row.kind, row.kind),
        options=[*row.options, *blank] if row.kind in WITH_OPTIONS else [],
    )


def change_field(row: TicketField, request: HttpRequest) -> str:
    """Puts the form onto the field and saves it; why not, else nothing."""
    said = request.POST
    row.title, row.description = said.get("title", "").strip(), said.get("description", "").strip()
    row.is_active, row.is_required = "active" in said, "required" in said
    if row.kind == "checkbox":
        row.tag = said.get("tag", "").strip() or None
    if row.kind == "regexp":
        row.pattern = said.get("pattern", "").strip() or None
    if row.kind in WITH_OPTIONS:
        row.options = read_options(
            zip(said.getlist("option_id"), said.getlist("name"), said.getlist("value"), strict=False)
        )
    if not row.title:
        return _("The title is missing.")
    values = [one["value"] for one in row.options]
    if len(values) != len(set(values)):
        return _("Two options have the same tag.")
    row.updated_at = now()
    with writing():
        row.save()
    return ""


def read_options(lines: Iterable[tuple[str, str, str]]) -> list[Json]:
    """Options of the form; a line without a name is gone, a missing tag is made from the name."""
    return [
        {
            "id": int(option_id) if option_id.isdigit() else new_id(),
            "name": name.strip(),
            "value": value.strip() or name.strip().lower().replace(" ", "_"),
        }
        for option_id, name, value in lines
        if name.strip()
    ]
