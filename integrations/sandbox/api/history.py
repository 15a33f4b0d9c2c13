"""Who changed what: ``/triggers/{id}/revisions`` and ``/audit_logs``, on the Enterprise plan."""

from django.db.models import QuerySet
from django.http import HttpResponse

from integrations.sandbox.api.answers import Json, bad_request, not_found, ok
from integrations.sandbox.api.gate import Call
from integrations.sandbox.api.paging import paginate, read_cursor, write_cursor
from integrations.sandbox.api.rules import find_trigger
from integrations.sandbox.api.show import show_user
from integrations.sandbox.hooks.ledger import SYSTEM_ID, compare_snapshots
from integrations.sandbox.models import AuditEntry, Trigger, TriggerRevision
from integrations.sandbox.store import stamp

MOST = 1000
# Zendesk files triggers and views, being business rules, under one word.
RULE = "rule"
RULE_KINDS = ("trigger", "view")
LABELS = {"create": "Created", "update": "Updated", "destroy": "Deleted"}


def find_history(call: Call, trigger_id: int) -> tuple[Trigger, QuerySet[TriggerRevision]]:
    """The trigger and its revisions. Raises 403, and 404 also on a plan without revisions."""
    trigger = find_trigger(call, trigger_id)
    if not call.account.is_enterprise:
        raise not_found()
    return trigger, TriggerRevision.objects.select_related("author").filter(trigger=trigger)


def list_revisions(call: Call, trigger_id: int) -> HttpResponse:
    """GET /triggers/{id}/revisions, newest first; ``before_url`` leads to older ones."""
    trigger, rows = find_history(call, trigger_id)
    count, limit = rows.count(), call.number("limit", MOST, MOST)
    direction, start = read_position(call.arg("cursor"))
    if direction == "after":
        found = list(rows.filter(pk__gt=start).order_by("pk")[:limit])[::-1]
    else:
        found = list((rows.filter(pk__lt=start) if start else rows).order_by("-pk")[:limit])
    older = {one.pk: one for one in rows.order_by("pk")} if found else {}
    newer = rows.filter(pk__gt=found[0].pk).exists() if found else False
    earlier = rows.filter(pk__lt=found[-1].pk).exists() if found else False
    after = write_cursor(f"after|{found[0].pk}") if newer else None
    before = write_cursor(f"before|{found[-1].pk}") if earlier else None
    base = call.url(f"triggers/{trigger.pk}/revisions.json")
    body: Json = {
        "trigger_revisions": [show_with_diff(call, one, older) for one in found],
        "count": count,
        "after_cursor": after,
        "after_url": f"{base}?cursor={after}&limit={limit}" if after else None,
        "before_cursor": before,
        "before_url": f"{base}?cursor={before}&limit={limit}" if before else None,
    }
    if "users" in call.arg("include"):
        authors = {one.author.pk: one.author for one in found if one.author is not None}
        body["users"] = [show_user(call, one) for one in authors.values()]
    return ok(body)


def read_position(cursor: str) -> tuple[str, int]:
    """Where to go on. Raises 400."""
    if not cursor:
        return "before", 0
    direction, _, pk = read_cursor(cursor).partition("|")
    if direction not in ("after", "before") or not pk.isdigit():
        raise bad_request("InvalidPaginationCursor", "The cursor is not one of ours")
    return direction, int(pk)


def read_revision(call: Call, trigger_id: int, revision_id: int) -> HttpResponse:
    """GET /triggers/{id}/revisions/{id}."""
    _trigger, rows = find_history(call, trigger_id)
    row = rows.filter(pk=revision_id).first()
    if row is None:
        raise not_found()
    body: Json = {"trigger_revision": show_revision(call, row)}
    if "users" in call.arg("include") and row.author is not None:
        body["users"] = [show_user(call, row.author)]
    return ok(body)


def show_revision(call: Call, row: TriggerRevision) -> Json:
    """A trigger as its author left it."""
    return {
        "id": row.pk,
        "url": call.url(f"triggers/{row.trigger.pk}/revisions/{row.pk}.json"),
        "author_id": row.author.pk if row.author is not None else SYSTEM_ID,
        "created_at": stamp(row.created_at),
        "snapshot": row.snapshot,
    }


def show_with_diff(call: Call, row: TriggerRevision, known: dict[int, TriggerRevision]) -> Json:
    """A revision with what it changed against the one before."""
    earlier = max((pk for pk in known if pk < row.pk), default=None)
    before = known[earlier].snapshot if earlier is not None else {}
    diff = {"source_id": earlier or row.pk, "target_id": row.pk, **compare_snapshots(before, row.snapshot)}
    return {**show_revision(call, row), "diff": diff}


def list_audit_logs(call: Call) -> HttpResponse:
    """GET /audit_logs[?filter[source_type]=&filter[source_id]=&filter[actor_id]=&filter[action]=], newest first.

    Raises 403 for all but admins, and on a plan without it.
    """
    call.need(call.account.is_enterprise and call.caller.person.role == "admin")
    rows = AuditEntry.objects.filter(account=call.account)
    kind, source_id = call.arg("filter[source_type]"), call.arg("filter[source_id]")
    if source_id and not kind:
        raise bad_request("InvalidFilter", "filter[source_id] needs filter[source_type]")
    if kind:
        rows = rows.filter(kind__in=RULE_KINDS if kind == RULE else [kind])
    if source_id:
        rows = rows.filter(source_id=source_id)
    if call.arg("filter[actor_id]"):
        rows = rows.filter(actor_id=call.arg("filter[actor_id]"))
    if call.arg("filter[action]"):
        rows = rows.filter(action=call.arg("filter[action]"))
    is_ascending = call.arg("sort") == "created_at" or call.arg("sort_order") == "asc"
    page = paginate(call, rows, "audit_logs.json", is_descending=not is_ascending)
    return ok({"audit_logs": [show_entry(call, row) for row in page.rows], **page.envelope})


def read_audit_log(call: Call, entry_id: int) -> HttpResponse:
    """GET /audit_logs/{id}."""
    call.need(call.account.is_enterprise and call.caller.person.role == "admin")
    row = AuditEntry.objects.filter(account=call.account, pk=entry_id).first()
    if row is None:
        raise not_found()
    return ok({"audit_log": show_entry(call, row)})


def show_entry(call: Call, row: AuditEntry) -> Json:
    """One line of the log."""
    return {
        "id": row.pk,
        "url": call.url(f"audit_logs/{row.pk}.json"),
        "actor_id": row.actor_id,
        "actor_name": row.actor_name,
        "source_id": int(row.source_id) if row.source_id.isdigit() else row.source_id,
        "source_type": RULE if row.kind in RULE_KINDS else row.kind,
        "source_label": row.source_label,
        "action": row.action,
        "action_label": LABELS.get(row.action, row.action.capitalize()),
        "change_description": row.change_description,
        "ip_address": None,
        "created_at": stamp(row.created_at),
    }
