"""Who may pull the strings: programs on this machine."""

import ipaddress
import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from integrations.sandbox.api.answers import RefusedError

Json = dict[str, Any]
Control = Callable[..., Any]


class ControlError(Exception):
    """The order makes no sense; the sentence says why."""


def control(*methods: str) -> Callable[[Control], Callable[..., JsonResponse]]:
    """A view of the control API: loopback only, JSON in, JSON out.

    A page of another site cannot reach it: its browser would have to send JSON and ask first.
    """

    def decorate(view: Control) -> Callable[..., JsonResponse]:
        @csrf_exempt
        @wraps(view)
        def handle(request: HttpRequest, **parts: Any) -> JsonResponse:
            if not is_loopback(request.META.get("REMOTE_ADDR", "")):
                return JsonResponse({"error": "loopback only"}, status=403)
            if request.method not in methods:
                return JsonResponse({"error": "method"}, status=405)
            if request.method == "POST" and request.content_type != "application/json":
                return JsonResponse({"error": "application/json only"}, status=415)
            try:
                said = json.loads(request.body or b"{}") if request.method == "POST" else request.GET.dict()
                return JsonResponse(view(said, **parts) or {"ok": True}, safe=False)
            except RefusedError as refusal:
                return JsonResponse({"refused": json.loads(refusal.response.content)}, status=409)
            except (ControlError, KeyError, ValueError) as error:
                return JsonResponse({"error": f"{type(error).__name__}: {error}"}, status=400)

        return handle

    return decorate


def is_loopback(address: str) -> bool:
    """127.0.0.0/8 or ::1."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
