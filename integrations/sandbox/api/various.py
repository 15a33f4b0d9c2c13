"""Search, merge, bulk updates, exports, uploads, jobs."""

import mimetypes
import secrets
from datetime import UTC, datetime, timedelta

from django.http import HttpResponse
from django.utils.html import escape

from integrations.sandbox.api.answers import Json, bad_request, missing_parameter, not_found, ok, refuse
from integrations.sandbox.api.gate import Call
from integrations.sandbox.api.limits import spend_export
from integrations.sandbox.api.paging import read_cursor, write_cursor
from integrations.sandbox.api.show import show_attachments, show_ticket, show_tickets, show_user
from integrations.sandbox.api.tickets import find_ticket, metadata
from integrations.sandbox.desk import tickets
from integrations.sandbox.desk.comments import attachment
from integrations.sandbox.desk.merge import merge_tickets
from integrations.sandbox.models import Account, Job, Ticket, Upload
from integrations.sandbox.search import find_tickets, find_users
from integrations.sandbox.store import new_id, now

MOST_RESULTS = 1000


def search(call: Call) -> HttpResponse:
    """GET /search?query=: at most 1000 results, offset only."""
    call.need(call.caller.rights.reads_tickets)
    if any(name.startswith("page[") for name in call.request.GET):
        raise bad_request("InvalidPaginationParameter", "Cursor pagination is not supported here")
    query, page = call.arg("query"), call.number("page", 1)
    if not query:
        raise refuse(422, {"error": "Missing parameter", "description": "query is required"})
    found: list[Json] = []
    if "type:user" not in query:
        rows = find_tickets(call.account, query).order_by("-number")[:MOST_RESULTS]
        found += [{**show_ticket(call, row), "result_type": "ticket"} for row in rows]
    if "type:ticket" not in query:
        people = find_users(call.account, query).order_by("pk")[:MOST_RESULTS]
        found += [{**show_user(call, row), "result_type": "user"} for row in people]
    size = call.number("per_page", 100, 100)
    shown = found[(page - 1) * size : page * size]
    return ok({"results": shown, "facets": None, "next_page": None, "previous_page": None, "count": len(found)})


def merge(call: Call, number: int) -> HttpResponse:
    """POST /tickets/{id}/merge: the tickets named in the body close into this one."""
    target = find_ticket(call, number)
    call.need(call.caller.rights.merges_tickets)
    said = call.body()
    ids = said.get("ids")
    if not isinstance(ids, list) or not ids:
        raise missing_parameter("ids")
    sources = [find_ticket(call, tickets.as_id(one) or 0) for one in ids]
    merge_tickets(target, sources, call.caller.person, said, metadata(call, {}))
    return ok({"job_status": show_job(call, finish_job(call.account, "Bulk Merge Ticket", [target]))})


def update_many(call: Call) -> HttpResponse:
    """PUT /tickets/update_many?ids= with one ``ticket``, or ``tickets`` with ids."""
    call.need(call.caller.rights.writes_tickets)
    said = call.body()
    several = said.get("tickets")
    pairs = [(one.get("id"), one) for one in several if isinstance(one, dict)] if isinstance(several, list) else []
    if isinstance(said.get("ticket"), dict):
        pairs += [(one, said["ticket"]) for one in call.arg("ids").split(",")]
    if len(pairs) > 100:
        raise refuse(400, {"error": "TooManyValues", "description": "Up to 100 tickets", "max_count": 100})
    done = []
    for number, part in pairs:
        ticket = find_ticket(call, tickets.as_id(number) or 0)
        if isinstance(part, dict):
            tickets.update_ticket(ticket, call.caller.person, part, "api", metadata(call, part))
            done.append(ticket)
    return ok({"job_status": show_job(call, finish_job(call.account, "Bulk Update Ticket", done))})


def finish_job(account: Account, kind: str, rows: list[Ticket]) -> Job:
    """A job, already done; callers see it as queued first."""
    results = [{"id": row.number, "action": "update", "status": "Updated", "success": True} for row in rows]
    return Job.objects.create(pk=secrets.token_hex(16), account=account, kind=kind, results=results)


def show_job(call: Call, job: Job, status: str = "queued") -> Json:
    """A job status: ``queued`` in the first answer, ``completed`` when asked again."""
    is_done = status == "completed"
    total = len(job.results)
    return {
        "id": job.pk,
        "job_type": job.kind,
        "url": call.url(f"job_statuses/{job.pk}.json"),
        "total": total,
        "progress": total if is_done else None,
        "status": status,
        "message": f"Completed at {job.created_at:%Y-%m-%d %H:%M:%S} +0000" if is_done else None,
        "results": job.results if is_done else None,
    }


def read_job(call: Call, job_id: str) -> HttpResponse:
    """GET /job_statuses/{id}."""
    job = Job.objects.filter(account=call.account, pk=job_id).first()
    if job is None:
        raise not_found()
    return ok({"job_status": show_job(call, job, "completed")})


def export_tickets(call: Call) -> HttpResponse:
    """GET /incremental/tickets/cursor: by change, deleted ones too."""
    call.need(call.caller.rights.reads_tickets)
    call.headers.update(spend_export(call.account))
    size = call.number("per_page", 1000, 1000)
    cursor, start = call.arg("cursor"), call.arg("start_time")
    if not cursor and not start.isdigit():
        raise bad_request("InvalidValue", "start_time or cursor is required")
    rows = Ticket.objects.filter(account=call.account)
    if cursor:
        micros, _, pk = read_cursor(cursor).partition("|")
        if not (micros.isdigit() and pk.isdigit()):
            raise bad_request("InvalidPaginationCursor", "The cursor is not one of ours")
        moment = datetime.fromtimestamp(int(micros) / 1_000_000, UTC)
        rows = rows.filter(updated_at__gt=moment) | rows.filter(updated_at=moment, pk__gt=int(pk))
    else:
        rows = rows.filter(updated_at__gte=datetime.fromtimestamp(int(start), UTC))
    found = list(rows.order_by("updated_at", "pk")[: size + 1])
    is_end = len(found) <= size
    found = found[:size]
    after = write_cursor(f"{micros_of(found[-1].updated_at)}|{found[-1].pk}") if found else cursor or None
    after_url = f"{call.url('incremental/tickets/cursor.json')}?cursor={after}" if after else None
    body: Json = {"tickets": show_tickets(call, found), "after_url": after_url, "after_cursor": after}
    return ok({**body, "before_url": None, "before_cursor": None, "end_of_stream": is_end})


def micros_of(moment: datetime) -> int:
    """Microseconds since 1970, exactly."""
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def upload(call: Call) -> HttpResponse:
    """POST /uploads?filename=[&token=]: 201, JSON under ``text/plain`` as recorded."""
    call.need(call.caller.rights.reads_tickets)
    name = call.arg("filename")
    if not name:
        raise bad_request("MissingParameter", "filename is required")
    row = Upload.objects.create(
        pk=new_id(),
        account=call.account,
        token=call.arg("token") or secrets.token_urlsafe(18),
        file_name=name[:255],
        content_type=mimetypes.guess_type(name)[0] or "application/octet-stream",
        content=bytes(call.request.body),
    )
    rows = Upload.objects.filter(account=call.account, token=row.token).order_by("pk")
    listed = show_attachments(call, [attachment(one) for one in rows])
    shown: Json = {"token": row.token, "expires_at": (now() + timedelta(days=3)).strftime("%Y-%m-%dT%H:%M:%SZ")}
    response = ok({"upload": {**shown, "attachments": listed, "attachment": listed[-1]}}, 201)
    response["Content-Type"] = "text/plain; charset=utf-8"
    return response


def download(call: Call, token: str, attachment_id: int) -> HttpResponse:
    """GET /attachments/token/{token}/{id}: the file; its token is enough."""
    row = Upload.objects.filter(account=call.account, token=token, pk=attachment_id).first()
    if row is None:
        raise not_found()
    response = HttpResponse(bytes(row.content), content_type=row.content_type)
    response["Content-Disposition"] = f'attachment; filename="{escape(row.file_name)}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response
