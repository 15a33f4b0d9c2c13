"""The stand-in platform's calls to the product's API."""

import logging
import threading
from typing import Any

import requests
from django.db import connections

from integrations.sandbox.models import PlatformLink, ReceivedEvent
from integrations.sandbox.store import writing

logger = logging.getLogger("sandbox")
TIMEOUT = 10


def call(link: PlatformLink, method: str, path: str, body: dict[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
    """(status, JSON) of the product's answer; status 0 with ``detail`` when there was none."""
    session = requests.Session()
    session.trust_env = False
    try:
        with session:
            answer = session.request(
                method,
                f"{link.product_url}/api/v1/{path}",
                json=body,
                headers={"Authorization": f"Bearer {link.api_key}"},
                timeout=TIMEOUT,
                allow_redirects=False,
            )
    except requests.RequestException as error:
        return 0, {"detail": type(error).__name__}
    try:
        said = answer.json()
    except ValueError:
        said = {"detail": answer.text[:500]}
    return answer.status_code, said if isinstance(said, dict) else {"detail": str(said)}


def send_receipt_later(event_id: int) -> None:
    """Tells the product, from another thread, that the reply reached the contact."""
    threading.Thread(target=send_receipt, args=[event_id], daemon=True).start()


def send_receipt(event_id: int) -> None:
    """One receipt; what the product answered is kept on the event."""
    try:
        row = ReceivedEvent.objects.select_related("link").filter(pk=event_id).first()
        if row is None:
            return
        reply_id = (row.body.get("data") or {}).get("reply_id")
        status, said = call(row.link, "POST", f"replies/{reply_id}/receipt", {"status": "delivered"})
        with writing():
            ReceivedEvent.objects.filter(pk=event_id).update(receipt=f"{status} {said.get('detail', '')}"[:200])
    except Exception:
        logger.exception("A receipt met an error.")
    finally:
        connections.close_all()
