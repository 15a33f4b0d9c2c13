"""Zendesk's calls on the short way: taken from the web server before Django's request, middleware and routing.

Only the plain case goes this way: a whole body, posted to a current address. Everything else goes on into
the house, body and all, and gets its answer from the view.
"""

from __future__ import annotations

import io
import json
import logging
import time
from collections.abc import Callable, Iterable
from http.client import responses
from typing import Any

from django.db import connection

from integrations.models import EndpointKind
from integrations.webhooks import views
from integrations.webhooks.statements import find_endpoint
from opencx_admin.bodies import MOST_BYTES
from opencx_admin.crypto import fingerprint

log = logging.getLogger("opencx.webhooks")
PATH = "/webhooks/zendesk/"
Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


class Door:
    """A WSGI application in front of another."""

    def __init__(self, house: Application) -> None:
        self._house = house

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] == "POST" and environ["PATH_INFO"].startswith(PATH):
            answer = _answer(environ)
            if answer is not None:
                status, said = answer
                body = json.dumps(said).encode()
                headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
                start_response(f"{status} {responses[status]}", headers)
                return [body]
        return self._house(environ, start_response)


def _answer(environ: Environ) -> tuple[int, views.Said] | None:
    """The answer to a plain call; None when it is none, with the body put back."""
    began = time.monotonic()
    length = environ.get("CONTENT_LENGTH") or ""
    if not length.isdecimal() or int(length) > MOST_BYTES:
        return None
    body = environ["wsgi.input"].read(int(length))
    environ["wsgi.input"] = io.BytesIO(body)
    if len(body) != int(length):
        return None
    try:
        endpoint = find_endpoint(fingerprint(environ["PATH_INFO"][len(PATH) :]), EndpointKind.ZENDESK.value)
        if endpoint is None or not endpoint.is_current:
            return None
        return views.take(endpoint, views.read_call(environ, body, began))
    except Exception:  # whatever it was, the view tries again, on a fresh connection
        log.exception("a webhook call takes the long way")
        connection.close()
        return None
