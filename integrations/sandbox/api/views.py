"""``/views`` and the tickets in them."""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpResponse

from integrations.sandbox.api.answers import Json, not_found, nothing, ok
from integrations.sandbox.api.gate import Call
from integrations.sandbox.api.limits import spend_view_read
from integrations.sandbox.api.paging import paginate
from integrations.sandbox.api.show import show_ticket
from integrations.sandbox.hooks import rules
from integrations.sandbox.hooks.triggers import Happening, holds
from integrations.sandbox.models import Ticket, View

SHARED = Q(restriction__isnull=True) | Q(restriction__type="Group")
SEEN_AS = Happening(is_new=False, channel="")


def show(call: Call, row: View) -> Json:
    """A view with its address."""
    return {"url": call.url(f"views/{row.pk}.json"), **rules.show_view(row)}


def visible(call: Call) -> QuerySet[View]:
    """Shared views, and the caller's own. Raises 403 for nobody of the staff."""
    call.need(call.caller.rights.reads_tickets)
    own = Q(restriction__type="User", restriction__id__in=[call.caller.person.pk, str(call.caller.person.pk)])
    return View.objects.filter(own | SHARED, account=call.account)


def find_view(call: Call, view_id: int) -> View:
    """A view that the caller sees. Raises 403, 404."""
    row = visible(call).filter(pk=view_id).first()
    if row is None:
        raise not_found()
    return row


def listing(call: Call, *, only_active: bool = False) -> HttpResponse:
    """GET /views[?active=&access=&sort_by=]."""
    rows = visible(call)
    if only_active or call.arg("active") in ("true", "false"):
        rows = rows.filter(is_active=only_active or call.arg("active") == "true")
    access = {"personal": ~SHARED, "shared": SHARED}.get(call.arg("access"))
    if access is not None:
        rows = rows.filter(access)
    page = paginate(call, rows, "views.json")
    return ok({"views": [show(call, row) for row in page.rows], **page.envelope})


def list_active(call: Call) -> HttpResponse:
    """GET /views/active."""
    return listing(call, only_active=True)


def search(call: Call) -> HttpResponse:
    """GET /views/search?query=: by title."""
    rows = visible(call).filter(title__icontains=call.arg("query"))
    page = paginate(call, rows, "views/search.json")
    return ok({"views": [show(call, row) for row in page.rows], **page.envelope})


def read(call: Call, view_id: int) -> HttpResponse:
    """GET /views/{id}."""
    return ok({"view": show(call, find_view(call, view_id))})


def create(call: Call) -> HttpResponse:
    """POST /views; 200, as Zendesk's specification has it. Raises 403 for a shared one without the right, 422."""
    said = call.part("view")
    need_right(call, said.get("restriction"))
    row = rules.make_view(call.account, call.caller.person, said)
    return ok({"view": show(call, row)}, Location=call.url(f"views/{row.pk}.json"))


def update(call: Call, view_id: int) -> HttpResponse:
    """PUT /views/{id}; a list of conditions that is sent replaces that list."""
    row = find_view(call, view_id)
    said = call.part("view")
    need_right(call, row.restriction)
    need_right(call, said.get("restriction", row.restriction))
    rules.change_view(row, call.caller.person, said)
    return ok({"view": show(call, row)})


def delete(call: Call, view_id: int) -> HttpResponse:
    """DELETE /views/{id}."""
    row = find_view(call, view_id)
    need_right(call, row.restriction)
    rules.remove_view(row, call.caller.person)
    return nothing()


def need_right(call: Call, restriction: Any) -> None:
    """Everyone of the staff has views of their own; shared ones need the right. Raises 403."""
    is_own = (
        isinstance(restriction, dict)
        and restriction.get("type") == "User"
        and str(restriction.get("id")) == str(call.caller.person.pk)
    )
    call.need(call.caller.rights.reads_tickets if is_own else call.caller.rights.manages_rules)


# -- tickets of a view -------------------------------------------------------------------------------


def matching(row: View) -> list[Ticket]:
    """The tickets whose properties meet the conditions, in the view's order."""
    tickets = Ticket.objects.select_related("requester", "submitter", "assignee", "account").filter(
        account=row.account, deleted_at=None
    )
    found = [one for one in tickets.order_by("pk") if holds(row.conditions, one, None, SEEN_AS)]
    column = {"updated": "updated_at", "nice_id": "number", "status": "status", "subject": "subject"}.get(
        str(row.output.get("sort_by")), "created_at"
    )
    return sorted(found, key=lambda one: getattr(one, column), reverse=row.output.get("sort_order", "desc") != "asc")


def read_tickets(call: Call, row: View) -> list[Ticket]:
    """The tickets, counted against the limit. Raises 429."""
    call.headers.update(spend_view_read(call.account, call.caller.person.pk, row.pk))
    return matching(row)


def count(call: Call, view_id: int) -> HttpResponse:
    """GET /views/{id}/count."""
    row = find_view(call, view_id)
    value = len(read_tickets(call, row))
    said = {"view_id": row.pk, "url": call.url(f"views/{row.pk}/count.json"), "value": value, "pretty": str(value)}
    return ok({"view_count": {**said, "fresh": True, "active": row.is_active}})


def list_tickets(call: Call, view_id: int) -> HttpResponse:
    """GET /views/{id}/tickets."""
    chosen = page_of(call, read_tickets(call, find_view(call, view_id)), f"views/{view_id}/tickets.json")
    return ok({"tickets": [show_ticket(call, one) for one in chosen[0]], **chosen[1]})


def execute(call: Call, view_id: int) -> HttpResponse:
    """GET /views/{id}/execute: rows of the view's columns."""
    row = find_view(call, view_id)
    shown, envelope = page_of(call, read_tickets(call, row), f"views/{view_id}/execute.json")
    columns = rules.show_view(row)["execution"]["columns"]
    rows = [show_row(call, one, [column["id"] for column in columns]) for one in shown]
    return ok({"columns": columns, "groups": [], "rows": rows, "view": show(call, row), **envelope})


def show_row(call: Call, ticket: Ticket, columns: list[str]) -> Json:
    """One ticket in a view: its columns, and a part of itself."""
    whole = show_ticket(call, ticket)
    known = {"requester": "requester_id", "assignee": "assignee_id", "created": "created_at", "updated": "updated_at",
             "nice_id": "id", "group": "group_id"}  # fmt: skip
    partial = {name: whole[name] for name in ("id", "subject", "description", "status", "type", "priority", "url")}
    return {**{name: whole.get(known.get(name, name)) for name in columns}, "ticket_id": ticket.number,
            "ticket": partial}  # fmt: skip


def page_of(call: Call, found: list[Ticket], path: str) -> tuple[list[Ticket], Json]:
    """One page of a list already sorted, with its envelope."""
    size = call.number("per_page", 100, 100)
    if "page[size]" in call.request.GET:
        size = call.number("page[size]", 100, 100)
    after = call.arg("page[after]")
    start = int(after) if after.isdigit() else (call.number("page", 1) - 1) * size
    end = start + size
    if "page[size]" in call.request.GET:
        more = f"{call.url(path)}?page[size]={size}&page[after]={end}"
        meta = {"has_more": end < len(found), "after_cursor": str(end), "before_cursor": str(start)}
        return found[start:end], {"meta": meta, "links": {"prev": None, "next": more}}
    following = f"{call.url(path)}?page={start // size + 2}&per_page={size}" if end < len(found) else None
    previous = f"{call.url(path)}?page={start // size}&per_page={size}" if start else None
    return found[start:end], {"count": len(found), "next_page": following, "previous_page": previous}
