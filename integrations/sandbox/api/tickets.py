"""``/tickets``: list, create, show, update, delete."""

import hashlib
import json
from datetime import timedelta

from django.http import HttpResponse

from integrations.sandbox.api.answers import Json, bad_request, not_found, nothing, ok, refuse
from integrations.sandbox.api.gate import Call
from integrations.sandbox.api.limits import spend_ticket_update
from integrations.sandbox.api.paging import paginate
from integrations.sandbox.api.show import show_audit, show_ticket, show_tickets, show_user
from integrations.sandbox.desk import tickets
from integrations.sandbox.desk.people import unknown_keys
from integrations.sandbox.models import Audit, IdempotentAnswer, Person, Ticket
from integrations.sandbox.store import now

LONGEST_KEY = 255
# Closed tickets are archived after that time: read one by one and exported, but in no list.
ARCHIVED_AFTER = timedelta(days=120)
COMMENT_KEYS = {"body", "html_body", "public", "author_id", "uploads", "value", "via", "channel_back", "type"}
REQUESTER_KEYS = {"name", "email", "locale_id", "locale", "phone"}


def find_ticket(call: Call, number: int) -> Ticket:
    """The account's ticket. Raises 403, and 404 also when it is deleted."""
    call.need(call.caller.rights.reads_tickets)
    row = (
        Ticket.objects.select_related("requester", "submitter", "assignee", "account")
        .filter(account=call.account, number=number, deleted_at=None)
        .first()
    )
    if row is None:
        raise not_found()
    return row


def show(call: Call, number: int) -> HttpResponse:
    """GET /tickets/{id}."""
    ticket = find_ticket(call, number)
    return ok({"ticket": show_ticket(call, ticket), **sideload(call, [ticket])})


def listing(call: Call) -> HttpResponse:
    """GET /tickets, with ``external_id`` as a filter; archived tickets are left out."""
    call.need(call.caller.rights.reads_tickets)
    rows = Ticket.objects.select_related("requester", "submitter", "assignee", "account")
    rows = rows.filter(account=call.account, deleted_at=None)
    rows = rows.exclude(status="closed", updated_at__lt=now() - ARCHIVED_AFTER)
    if "external_id" in call.request.GET:
        rows = rows.filter(external_id=call.arg("external_id"))
    is_descending = call.arg("sort").startswith("-") or call.arg("sort_order") == "desc"
    page = paginate(call, rows, "tickets.json", key="number", is_descending=is_descending)
    shown = show_tickets(call, page.rows)
    return ok({"tickets": shown, **page.envelope, **sideload(call, page.rows)})


def show_many(call: Call) -> HttpResponse:
    """GET /tickets/show_many?ids=1,2."""
    call.need(call.caller.rights.reads_tickets)
    ids = [int(one) for one in call.arg("ids").split(",") if one.isdigit()]
    if len(ids) > 100:
        raise refuse(
            400, {"error": "TooManyValues", "description": "Parameter ids accepts up to 100", "max_count": 100}
        )
    rows = Ticket.objects.filter(account=call.account, number__in=ids, deleted_at=None).order_by("number")
    shown = [show_ticket(call, row) for row in rows]
    return ok({"tickets": shown, "next_page": None, "previous_page": None, "count": len(shown)})


def sideload(call: Call, rows: list[Ticket]) -> Json:
    """``include=users``: the people named on these tickets."""
    if "users" not in call.arg("include"):
        return {}
    ids = {person.pk for row in rows for person in (row.requester, row.submitter, row.assignee) if person}
    return {"users": [show_user(call, person) for person in Person.objects.filter(pk__in=ids)]}


def create(call: Call) -> HttpResponse:
    """POST /tickets. With ``Idempotency-Key`` the first answer stands for two hours."""
    call.need(call.caller.rights.creates_tickets)
    key = call.request.headers.get("Idempotency-Key", "")
    mark = hashlib.sha256(json.dumps(call.body(), sort_keys=True).encode()).hexdigest()
    if len(key) > LONGEST_KEY:
        raise bad_request("IdempotencyKeyTooLong", f"Idempotency-Key may have up to {LONGEST_KEY} characters")
    if key:
        remembered = recall(call, key, mark)
        if remembered is not None:
            return remembered
    said = call.part("ticket")
    warn(call, said, "create")
    ticket, audit = tickets.create_ticket(
        call.account, call.caller.person, said, "api", metadata(call, said),
        comments_publicly=call.caller.rights.comments_publicly,
    )  # fmt: skip
    body = {"ticket": show_ticket(call, ticket), "audit": show_audit(audit, ticket.number)}
    location = call.url(f"tickets/{ticket.number}.json")
    if key:
        IdempotentAnswer.objects.create(
            account=call.account, key=key, fingerprint=mark, body=body, location=location, created_at=now()
        )
        call.headers["x-idempotency-lookup"] = "miss"
    return ok(body, 201, Location=location)


def recall(call: Call, key: str, mark: str) -> HttpResponse | None:
    """The stored answer under this key, while it lives. Raises 400 when the body is another."""
    oldest = now() - timedelta(seconds=call.account.limit("idempotency_seconds"))
    row = IdempotentAnswer.objects.filter(account=call.account, key=key).first()
    if row is None:
        return None
    if row.created_at <= oldest:
        row.delete()
        return None
    if row.fingerprint != mark:
        text = "Request parameters don't match the given idempotency key"
        raise refuse(400, {"error": "IdempotentRequestError", "description": text})
    call.headers["x-idempotency-lookup"] = "hit"
    return ok(row.body, 201, Location=row.location)


def update(call: Call, number: int) -> HttpResponse:
    """PUT /tickets/{id}."""
    ticket = find_ticket(call, number)
    call.need(call.caller.rights.writes_tickets)
    call.headers.update(spend_ticket_update(call.account, call.caller.person.pk, number))
    said = call.part("ticket")
    warn(call, said, "update")
    audit = tickets.update_ticket(
        ticket, call.caller.person, said, "api", metadata(call, said),
        comments_publicly=call.caller.rights.comments_publicly,
    )  # fmt: skip
    return ok({"ticket": show_ticket(call, ticket), "audit": show_audit(audit, number)})


def delete(call: Call, number: int) -> HttpResponse:
    """DELETE /tickets/{id}: gone from every reading but the incremental export."""
    ticket = find_ticket(call, number)
    call.need(call.caller.rights.deletes_tickets)
    ticket.deleted_at = ticket.updated_at = now()
    ticket.save(update_fields=["deleted_at", "updated_at"])
    return nothing()


def count(call: Call) -> HttpResponse:
    """GET /tickets/count."""
    call.need(call.caller.rights.reads_tickets)
    value = Ticket.objects.filter(account=call.account, deleted_at=None).count()
    return ok({"count": {"value": value, "refreshed_at": now().isoformat()}})


def audits(call: Call, number: int) -> HttpResponse:
    """GET /tickets/{id}/audits."""
    ticket = find_ticket(call, number)
    rows = Audit.objects.select_related("author").filter(ticket=ticket)
    is_descending = call.arg("sort").startswith("-") or call.arg("sort_order") == "desc"
    page = paginate(call, rows, f"tickets/{number}/audits.json", is_descending=is_descending)
    return ok({"audits": [show_audit(row, number) for row in page.rows], **page.envelope})


def metadata(call: Call, said: Json) -> Json:
    """What an audit and its comment carry: ``custom`` is the caller's own."""
    custom = said.get("metadata")
    return {
        "system": {
            "client": call.request.headers.get("User-Agent", ""),
            "ip_address": call.request.META.get("REMOTE_ADDR", ""),
            "location": "",
            "latitude": 0,
            "longitude": 0,
        },
        "custom": custom if isinstance(custom, dict) else {},
    }


def warn(call: Call, said: Json, verb: str) -> None:
    """Names the keys that are dropped."""
    dropped = unknown_keys(said, tickets.KNOWN, "ticket")
    comment, requester = said.get("comment"), said.get("requester")
    if isinstance(comment, dict):
        dropped += unknown_keys(comment, COMMENT_KEYS, "ticket.comment")
    if isinstance(requester, dict):
        dropped += unknown_keys(requester, REQUESTER_KEYS, "ticket.requester")
    call.warn(dropped, f"tickets#{verb}")
