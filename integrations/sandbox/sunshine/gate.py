"""The one way into ``/sc/v2/``: account, log, faults, key, scope, app, then the view."""

import json
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from integrations.sandbox import faults
from integrations.sandbox.api.answers import Json, RefusedError, no_help_desk
from integrations.sandbox.api.gate import WRONG_TYPES, dress, log, own_path
from integrations.sandbox.models import Account, Seat, SunshineApp, SunshineKey
from integrations.sandbox.server import hang_up
from integrations.sandbox.store import writing
from integrations.sandbox.sunshine.access import INTEGRATION, authenticate, check_scope
from integrations.sandbox.sunshine.answers import bad_request, missing, refuse

MOST_JSON = 100 * 1024
MOST_UPLOAD = 50 * 1024 * 1024
CALL_FAULTS = set(faults.CALL_FAULTS) - {"suspended_requester"}
logger = logging.getLogger("sandbox")


@dataclass
class Call:
    """One call to an app, with the key it came with."""

    request: HttpRequest
    app: SunshineApp
    key: SunshineKey

    def body(self) -> Json:
        """The JSON object sent. Raises 400, or 413 when it is over 100 KB."""
        if len(self.request.body) > MOST_JSON:
            raise refuse(413)
        if not self.request.body:
            return {}
        if self.request.content_type != "application/json":
            raise bad_request("content-type must be application/json")
        try:
            value = json.loads(self.request.body)
        except ValueError:
            raise bad_request("Body could not be parsed as JSON") from None
        if not isinstance(value, dict):
            raise bad_request("should be object")
        return value

    def arg(self, name: str) -> str:
        """One value of the query; empty when it is not there.

        ``page[after]`` may also come as ``page={"after": …}``: so writes Zendesk's own Python client.
        """
        if name in self.request.GET:
            return str(self.request.GET[name])
        outer, _sep, inner = name.partition("[")
        try:
            said = json.loads(self.request.GET.get(outer, ""))
        except ValueError:
            return ""
        value = said.get(inner.rstrip("]")) if isinstance(said, dict) else None
        return "" if value is None else str(value)

    @property
    def base(self) -> str:
        """Where this app's account has its Sunshine: ``…/sc``, as the caller reaches it."""
        prefix = f"/{self.app.account.subdomain}" if self.request.META["sandbox.prefix"] else ""
        return f"{self.request.scheme}://{self.request.get_host()}{prefix}/sc"

    @property
    def own_seat(self) -> Seat | None:
        """The place in the switchboard of the integration that calls; None for other keys."""
        if self.key.scope != INTEGRATION or self.key.integration is None:
            return None
        return Seat.objects.filter(app=self.app, integration_uid=self.key.integration.uid).first()


View = Callable[..., HttpResponse]


@dataclass(frozen=True)
class Route:
    """A method and a path below ``/v2``, a ``*`` for each part that is handed to the view.

    ``area``: ``open`` to every key, ``app`` not to integration keys, ``accounts`` only to account keys.
    """

    method: str
    path: str
    view: View
    area: str = "open"

    def match(self, method: str, parts: list[str]) -> list[str] | None:
        """The parts for the view; None when it is another path."""
        wanted = self.path.split("/")
        if self.method != method or len(wanted) != len(parts):
            return None
        if any(word not in ("*", part) for word, part in zip(wanted, parts, strict=True)):
            return None
        return [part for word, part in zip(wanted, parts, strict=True) if word == "*"]


def serve(routes: list[Route]) -> Callable[..., HttpResponse]:
    """The view of everything below ``/sc/``."""

    @csrf_exempt
    def handle(request: HttpRequest, subdomain: str, rest: str) -> HttpResponse:
        started = time.perf_counter()
        body = bytes(request.body)
        fault: faults.Misfortune | None = None
        try:
            account = Account.objects.filter(subdomain=subdomain.lower()).first()
            if account is None:
                raise no_help_desk(subdomain)
            fault = faults.take(account, CALL_FAULTS, request.method or "", own_path(request, subdomain))
            response = spoil(fault) or carry_out(request, account, routes)
            if fault is not None and fault.is_after_write:
                faults.wait(fault)
                response = answer_of(fault) or response
        except RefusedError as refusal:
            response = refusal.response
        is_dropped = fault is not None and fault.kind == "drop"
        dress(response)
        ms = int((time.perf_counter() - started) * 1000)
        log(request, subdomain, body, 0 if is_dropped else response.status_code, fault, ms)
        if is_dropped:
            hang_up(request.META["sandbox.connection"])
        return response

    return handle


def carry_out(request: HttpRequest, account: Account, routes: list[Route]) -> HttpResponse:
    """The view's answer; writes happen in one transaction."""
    method = "GET" if request.method == "HEAD" else request.method or "GET"
    try:
        parts = raw_parts(request)
        route, found = find_route(routes, method, parts)
        app = SunshineApp.objects.select_related("account", "default_seat").filter(account=account).first()
        if app is None:
            raise refuse(401)
        call = Call(request, app, authenticate(request, app))
        check_scope(call.key, route.area)
        if route.path.startswith("apps/*"):
            if found[0] != app.uid:
                raise missing("app")
            found = found[1:]
        if method == "GET":
            return route.view(call, *found)
        with writing():
            return route.view(call, *found)
    except RefusedError as refusal:
        return refusal.response
    except WRONG_TYPES:
        logger.exception("A value of a wrong type came to %s %s", method, request.path_info)
        return bad_request("Bad request").response


def find_route(routes: list[Route], method: str, parts: list[str]) -> tuple[Route, list[str]]:
    """The route of a path, with the parts it captures. Raises 404."""
    for route in routes:
        found = route.match(method, parts)
        if found is not None:
            return route, found
    raise refuse(404)


def raw_parts(request: HttpRequest) -> list[str]:
    """The parts of the path below ``/v2``; ``%2F`` inside one does not part it."""
    raw: Any = request.META.get("sandbox.raw_path") or request.path_info
    _before, _sep, path = str(raw).partition("?")[0].partition("/sc/v2")
    return [unquote(part) for part in path.strip("/").split("/")]


def spoil(fault: faults.Misfortune | None) -> HttpResponse | None:
    """The answer of a fault that strikes before anything is done."""
    if fault is None or fault.is_after_write:
        return None
    faults.wait(fault)
    return HttpResponse(b"") if fault.kind == "drop" else answer_of(fault)


def answer_of(fault: faults.Misfortune) -> HttpResponse | None:
    """A fault's answer in Sunshine's words; None for those that only wait or hang up."""
    if fault.kind in ("502", "html", "empty"):
        return faults.answer(fault)
    status = "401" if fault.kind == "401_bearer" else fault.kind
    if not status.isdigit():
        return None
    response = refuse(int(status)).response
    if fault.kind in ("429", "503") and fault.seconds is not None:
        response["Retry-After"] = str(int(fault.seconds))
    return response
