"""``/triggers`` and ``/ticket_fields``."""

from django.http import HttpResponse

from integrations.sandbox.api.answers import Json, invalid_record, not_found, nothing, ok
from integrations.sandbox.api.gate import Call
from integrations.sandbox.api.paging import paginate
from integrations.sandbox.api.show import show_field
from integrations.sandbox.hooks import rules
from integrations.sandbox.models import TicketField, Trigger
from integrations.sandbox.store import new_id, now

FIELD_COLUMNS = {
    "title": "title",
    "description": "description",
    "active": "is_active",
    "tag": "tag",
    "required": "is_required",
    "regexp_for_validation": "pattern",
    "position": "position",
}


def find_trigger(call: Call, trigger_id: int) -> Trigger:
    """The account's trigger. Raises 403, 404."""
    call.need(call.caller.rights.manages_rules)
    row = Trigger.objects.filter(account=call.account, pk=trigger_id).first()
    if row is None:
        raise not_found()
    return row


def list_triggers(call: Call, *, only_active: bool = False) -> HttpResponse:
    """GET /triggers[?active=]."""
    call.need(call.caller.rights.manages_rules)
    rows = Trigger.objects.filter(account=call.account)
    if only_active or call.arg("active") in ("true", "false"):
        rows = rows.filter(is_active=only_active or call.arg("active") == "true")
    page = paginate(call, rows, "triggers.json")
    return ok({"triggers": [show_trigger(call, row) for row in page.rows], **page.envelope})


def list_active_triggers(call: Call) -> HttpResponse:
    """GET /triggers/active."""
    return list_triggers(call, only_active=True)


def search_triggers(call: Call) -> HttpResponse:
    """GET /triggers/search?query=."""
    call.need(call.caller.rights.manages_rules)
    rows = Trigger.objects.filter(account=call.account, title__icontains=call.arg("query"))
    page = paginate(call, rows, "triggers/search.json")
    return ok({"triggers": [show_trigger(call, row) for row in page.rows], **page.envelope})


def read_trigger(call: Call, trigger_id: int) -> HttpResponse:
    """GET /triggers/{id}."""
    return ok({"trigger": show_trigger(call, find_trigger(call, trigger_id))})


def create_trigger(call: Call) -> HttpResponse:
    """POST /triggers. Raises 422 without title or actions."""
    call.need(call.caller.rights.manages_rules)
    row = rules.make_trigger(call.account, call.caller.person, call.part("trigger"))
    return ok({"trigger": show_trigger(call, row)}, 201, Location=call.url(f"triggers/{row.pk}.json"))


def update_trigger(call: Call, trigger_id: int) -> HttpResponse:
    """PUT /triggers/{id}; what is not sent stays."""
    row = find_trigger(call, trigger_id)
    rules.change_trigger(row, call.caller.person, call.part("trigger"))
    return ok({"trigger": show_trigger(call, row)})


def delete_trigger(call: Call, trigger_id: int) -> HttpResponse:
    """DELETE /triggers/{id}."""
    rules.remove_trigger(find_trigger(call, trigger_id), call.caller.person)
    return nothing()


def show_trigger(call: Call, row: Trigger) -> Json:
    """A trigger with its address."""
    return {"url": call.url(f"triggers/{row.pk}.json"), **rules.show_trigger(row)}


def list_fields(call: Call) -> HttpResponse:
    """GET /ticket_fields."""
    call.need(call.caller.rights.reads_tickets)
    rows = TicketField.objects.filter(account=call.account)
    page = paginate(call, rows, "ticket_fields.json")
    return ok({"ticket_fields": [show_field(call, row) for row in page.rows], **page.envelope})


def find_field(call: Call, field_id: int) -> TicketField:
    """The account's field. Raises 404."""
    call.need(call.caller.rights.reads_tickets)
    row = TicketField.objects.filter(account=call.account, number=field_id).first()
    if row is None:
        raise not_found()
    return row


def read_field(call: Call, field_id: int) -> HttpResponse:
    """GET /ticket_fields/{id}."""
    return ok({"ticket_field": show_field(call, find_field(call, field_id))})


def create_field(call: Call) -> HttpResponse:
    """POST /ticket_fields."""
    call.need(call.caller.rights.manages_rules)
    said = call.part("ticket_field")
    if not said.get("title") or not said.get("type"):
        raise invalid_record("title", "Title: cannot be blank", "BlankValue")
    row = TicketField(account=call.account, kind=said["type"])
    change_field(row, said)
    row.save(force_insert=True)
    return ok({"ticket_field": show_field(call, row)}, 201, Location=call.url(f"ticket_fields/{row.number}.json"))


def update_field(call: Call, field_id: int) -> HttpResponse:
    """PUT /ticket_fields/{id}."""
    row = find_field(call, field_id)
    call.need(call.caller.rights.manages_rules)
    change_field(row, call.part("ticket_field"))
    row.save()
    return ok({"ticket_field": show_field(call, row)})


def delete_field(call: Call, field_id: int) -> HttpResponse:
    """DELETE /ticket_fields/{id}."""
    call.need(call.caller.rights.manages_rules)
    find_field(call, field_id).delete()
    return nothing()


def change_field(row: TicketField, said: Json) -> None:
    """Puts what was said onto the field."""
    row.updated_at = now()
    for name, column in FIELD_COLUMNS.items():
        if name in said:
            setattr(row, column, said[name])
    if isinstance(said.get("custom_field_options"), list):
        row.options = [
            {"id": one.get("id") or new_id(), "name": one["name"], "value": one["value"]}
            for one in said["custom_field_options"]
        ]
