"""Comments, tags, and what hangs on a ticket."""

from django.http import HttpResponse

from integrations.sandbox.api.answers import Json, ok
from integrations.sandbox.api.gate import Call
from integrations.sandbox.api.limits import spend_ticket_update
from integrations.sandbox.api.paging import paginate
from integrations.sandbox.api.show import show_comment, show_user
from integrations.sandbox.api.tickets import find_ticket, metadata
from integrations.sandbox.desk import tickets
from integrations.sandbox.models import Comment, Person


def listing(call: Call, number: int) -> HttpResponse:
    """GET /tickets/{id}/comments, by cursor or offset, with ``include=users``."""
    ticket = find_ticket(call, number)
    rows = Comment.objects.select_related("author", "audit").filter(ticket=ticket)
    is_descending = call.arg("sort").startswith("-") or call.arg("sort_order") == "desc"
    page = paginate(call, rows, f"tickets/{number}/comments.json", is_descending=is_descending)
    body: Json = {"comments": [show_comment(call, row, row.audit) for row in page.rows], **page.envelope}
    if "users" in call.arg("include"):
        authors = {row.author.pk for row in page.rows}
        body["users"] = [show_user(call, person) for person in Person.objects.filter(pk__in=authors)]
    return ok(body)


def count(call: Call, number: int) -> HttpResponse:
    """GET /tickets/{id}/comments/count."""
    ticket = find_ticket(call, number)
    return ok({"count": {"value": Comment.objects.filter(ticket=ticket).count(), "refreshed_at": None}})


def show_tags(call: Call, number: int) -> HttpResponse:
    """GET /tickets/{id}/tags."""
    return ok({"tags": find_ticket(call, number).tags})


def add_tags(call: Call, number: int) -> HttpResponse:
    """PUT /tickets/{id}/tags adds, with ``safe_update`` and ``updated_stamp`` when sent."""
    return change_tags(call, number, "additional_tags")


def set_tags(call: Call, number: int) -> HttpResponse:
    """POST /tickets/{id}/tags replaces them all."""
    response = change_tags(call, number, "tags")
    response.status_code = 201
    return response


def remove_tags(call: Call, number: int) -> HttpResponse:
    """DELETE /tickets/{id}/tags removes those sent."""
    return change_tags(call, number, "remove_tags")


def change_tags(call: Call, number: int, how: str) -> HttpResponse:
    """The tags afterwards. Raises 422 on a closed ticket."""
    ticket = find_ticket(call, number)
    call.need(call.caller.rights.writes_tickets)
    call.headers.update(spend_ticket_update(call.account, call.caller.person.pk, number))
    sent = call.body()
    said: Json = {how: sent.get("tags", [])}
    if str(sent.get("safe_update", "")).lower() == "true":
        said |= {"safe_update": True, "updated_stamp": sent.get("updated_stamp")}
    tickets.update_ticket(ticket, call.caller.person, said, "api", metadata(call, {}))
    return ok({"tags": ticket.tags})
