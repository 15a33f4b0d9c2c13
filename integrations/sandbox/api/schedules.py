"""``/business_hours/schedules``: when an account's people answer."""

from typing import Any

from django.http import HttpResponse

from integrations.sandbox.api.answers import Json, not_found, ok
from integrations.sandbox.api.gate import Call
from integrations.sandbox.models import Account, Schedule
from integrations.sandbox.store import new_id, stamp


def list_schedules(call: Call) -> HttpResponse:
    """GET /business_hours/schedules: all of them at once."""
    call.need(call.caller.rights.reads_tickets)
    rows = Schedule.objects.filter(account=call.account).order_by("pk")
    return ok({"schedules": [show_schedule(call, row) for row in rows], "url": call.url("business_hours/schedules")})


def read_schedule(call: Call, schedule_id: int) -> HttpResponse:
    """GET /business_hours/schedules/{id}."""
    return ok({"schedule": show_schedule(call, find_schedule(call, schedule_id))})


def list_holidays(call: Call, schedule_id: int) -> HttpResponse:
    """GET /business_hours/schedules/{id}/holidays."""
    row = find_schedule(call, schedule_id)
    return ok({"holidays": row.holidays, "url": call.url(f"business_hours/schedules/{row.pk}/holidays")})


def find_schedule(call: Call, schedule_id: int) -> Schedule:
    """The account's schedule. Raises 403, 404."""
    call.need(call.caller.rights.reads_tickets)
    row = Schedule.objects.filter(account=call.account, pk=schedule_id).first()
    if row is None:
        raise not_found()
    return row


def show_schedule(call: Call, row: Schedule) -> Json:
    """A schedule as the API gives it."""
    return {
        "id": row.pk,
        "name": row.name,
        "time_zone": row.time_zone,
        "intervals": [{"start_time": start, "end_time": end} for start, end in row.intervals],
        "created_at": stamp(row.created_at),
        "updated_at": stamp(row.updated_at),
    }


def add_schedule(account: Account, said: Json) -> Schedule:
    """A schedule; ``intervals`` as in the model, ``holidays``: ``[{"name", "start_date", "end_date"}]``."""
    holidays: list[dict[str, Any]] = [{"id": new_id(), **one} for one in said.get("holidays", [])]
    return Schedule.objects.create(
        account=account,
        name=said["name"],
        time_zone=said.get("time_zone", "UTC"),
        intervals=said.get("intervals", [[1440 * day + 540, 1440 * day + 1020] for day in range(1, 6)]),
        holidays=holidays,
    )
