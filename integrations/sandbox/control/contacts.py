"""The platform's half of the control API."""

from integrations.sandbox.control.guard import Json, control
from integrations.sandbox.models import PlatformLink, ReceivedEvent
from integrations.sandbox.store import writing

SETTABLE = ("product_url", "api_key", "events_secret", "sends_receipts", "failing_status", "failing_times")


@control("GET", "POST")
def platform(said: Json) -> Json:
    """Makes or changes a link: ``name`` (``default``), ``product_url``, ``api_key``, ``events_secret``,
    ``sends_receipts``, ``failing_status``, ``failing_times``."""
    with writing():
        row, _made = PlatformLink.objects.get_or_create(name=said.get("name", "default"))
        for name in SETTABLE:
            if name in said:
                setattr(row, name, said[name])
        row.product_url = row.product_url.rstrip("/")
        row.save()
    path = "/platform/events" if row.name == "default" else f"/platform/events/{row.name}"
    return {"name": row.name, "events_path": path, "product_url": row.product_url}


@control("GET")
def events(said: Json) -> Json:
    """Events received: ``name`` of the link, ``session_id``, ``event``, ``since`` (an id)."""
    rows = ReceivedEvent.objects.filter(link__name=said.get("name", "default"), pk__gt=int(said.get("since", 0)))
    if said.get("session_id"):
        rows = rows.filter(session_id=said["session_id"])
    if said.get("event"):
        rows = rows.filter(event=said["event"])
    return {
        "events": [
            {"id": row.pk, "webhook_id": row.webhook_id, "event": row.event, "session_id": row.session_id,
             "body": row.body, "verified": row.is_verified, "repeat": row.is_repeat, "status": row.status,
             "receipt": row.receipt, "at": row.at.isoformat()}
            for row in rows.order_by("pk")[:5000]
        ]
    }  # fmt: skip
