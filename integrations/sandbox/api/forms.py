"""``/ticket_forms``: every account has one, with all its active fields."""

from django.http import HttpResponse

from integrations.sandbox.api.answers import Json, not_found, ok
from integrations.sandbox.api.gate import Call
from integrations.sandbox.models import TicketField
from integrations.sandbox.store import stamp

FIRST_ID = 20_000_000_000_000


def list_forms(call: Call) -> HttpResponse:
    """GET /ticket_forms[?active=]."""
    call.need(call.caller.rights.reads_tickets)
    forms = [] if call.arg("active") == "false" else [show_form(call)]
    if any(name.startswith("page[") for name in call.request.GET):
        meta = {"has_more": False, "after_cursor": None, "before_cursor": None}
        return ok({"ticket_forms": forms, "meta": meta, "links": {"prev": None, "next": None}})
    return ok({"ticket_forms": forms, "count": len(forms), "next_page": None, "previous_page": None})


def read_form(call: Call, form_id: int) -> HttpResponse:
    """GET /ticket_forms/{id}."""
    call.need(call.caller.rights.reads_tickets)
    if form_id != FIRST_ID + call.account.pk:
        raise not_found()
    return ok({"ticket_form": show_form(call)})


def show_form(call: Call) -> Json:
    """The default form."""
    form_id = FIRST_ID + call.account.pk
    rows = TicketField.objects.filter(account=call.account, is_active=True).order_by("position", "pk")
    return {
        "id": form_id,
        "url": call.url(f"ticket_forms/{form_id}.json"),
        "name": "Default Ticket Form",
        "raw_name": "Default Ticket Form",
        "display_name": "Default Ticket Form",
        "raw_display_name": "Default Ticket Form",
        "end_user_visible": True,
        "position": 1,
        "active": True,
        "default": True,
        "in_all_brands": True,
        "restricted_brand_ids": [],
        "ticket_field_ids": list(rows.values_list("number", flat=True)),
        "end_user_conditions": [],
        "agent_conditions": [],
        "created_at": stamp(call.account.created_at),
        "updated_at": stamp(call.account.created_at),
    }
