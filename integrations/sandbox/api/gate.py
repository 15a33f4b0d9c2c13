"""The one way into the API: account, log, faults, limits, credentials, then the view."""

import json
import logging
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from integrations.sandbox import faults
from integrations.sandbox.api.answers import (
    Json,
    RefusedError,
    forbidden,
    invalid_attribute,
    missing_parameter,
    no_endpoint,
    no_help_desk,
    refuse,
    unauthenticated,
)
from integrations.sandbox.api.limits import add_headers, spend_help_center, spend_request
from integrations.sandbox.api.rights import Caller, authenticate
from integrations.sandbox.models import Account, ApiRequest
from integrations.sandbox.server import hang_up
from integrations.sandbox.store import now, writing


@dataclass
class Call:
    """One call: who asks which account what. ``headers`` go on the answer."""

    request: HttpRequest
    account: Account
    _caller: Caller | None = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def caller(self) -> Caller:
        """Who calls; 401 for nobody."""
        if self._caller is None:
            raise unauthenticated()
        return self._caller

    @property
    def base(self) -> str:
        """The account's own address, as this caller reaches it."""
        root = f"{self.request.scheme}://{self.request.get_host()}"
        return f"{root}/{self.account.subdomain}" if self.request.META["sandbox.prefix"] else root

    def url(self, path: str) -> str:
        """An absolute URL of the API: ``url("tickets/5.json")``."""
        return f"{self.base}/api/v2/{path}"

    def arg(self, name: str, default: str = "") -> str:
        """One value of the query."""
        return str(self.request.GET.get(name, default))

    def number(self, name: str, usual: int, most: int | None = None) -> int:
        """A whole number of the query, from 1; the usual one when it is none."""
        text = self.arg(name)
        value = int(text) if text.isdigit() and int(text) > 0 else usual
        return value if most is None else min(value, most)

    def body(self) -> Json:
        """The JSON object sent. Raises 422 when it is none."""
        try:
            value = json.loads(self.request.body or b"{}")
        except ValueError:
            raise refuse(422, {"error": "Unprocessable Entity", "message": "Server could not parse JSON"}) from None
        if not isinstance(value, dict):
            raise refuse(422, {"error": "Unprocessable Entity", "message": "Server could not parse JSON"})
        return value

    def part(self, name: str) -> Json:
        """The object inside the body's wrapper. Raises 400 when it is not there."""
        value = self.body().get(name)
        if not isinstance(value, dict):
            raise missing_parameter(name)
        return value

    def warn(self, keys: list[str], action: str) -> None:
        """Says in a header which keys were dropped."""
        if keys:
            listed = ", ".join(f'"{key}"' for key in keys)
            controller, _, verb = action.partition("#")
            self.headers["X-Zendesk-API-Warn"] = (
                f'{{:allowed_parameters=>{{:controller=>"{controller}", :action=>"{verb}", '
                f":unpermitted_keys=>[{listed}], :invalid_values=>[]}}}}"
            )

    def need(self, allowed: bool) -> None:
        """Raises 403 unless allowed."""
        if not allowed:
            raise forbidden()


# What a value of a type that nobody expected ends in.
WRONG_TYPES = (TypeError, ValueError, AttributeError, LookupError, OverflowError, ValidationError, IntegrityError)
logger = logging.getLogger("sandbox")
View = Callable[..., HttpResponse]
Handler = Callable[..., HttpResponse]


def route(resource: str, *, is_open: bool = False, **views: View) -> Handler:
    """The handler of one path: a view for each method; ``is_open`` lets nobody in too."""

    @csrf_exempt
    def handle(request: HttpRequest, subdomain: str, **parts: Any) -> HttpResponse:
        started = time.perf_counter()
        body = bytes(request.body)
        fault: faults.Misfortune | None = None
        account: Account | None = None
        try:
            account = Account.objects.filter(subdomain=subdomain.lower()).first()
            if account is None:
                raise no_help_desk(subdomain)
            fault = faults.take(account, set(faults.CALL_FAULTS), request.method or "", own_path(request, subdomain))
            response = spoil(fault) or serve(Call(request, account), resource, is_open, views, parts)
            if fault is not None and fault.is_after_write:
                faults.wait(fault)
                response = faults.answer(fault) or response
        except RefusedError as refusal:
            response = refusal.response
        is_dropped = fault is not None and fault.kind == "drop"
        dress(response)
        ms = int((time.perf_counter() - started) * 1000)
        if account is None or Account.objects.filter(pk=account.pk).exists():
            log(request, subdomain, body, 0 if is_dropped else response.status_code, fault, ms)
        if is_dropped:
            hang_up(request.META["sandbox.connection"])
        return response

    return handle


def spoil(fault: faults.Misfortune | None) -> HttpResponse | None:
    """The answer of a fault that strikes before anything is done."""
    if fault is None or fault.is_after_write:
        return None
    faults.wait(fault)
    return HttpResponse(b"") if fault.kind == "drop" else faults.answer(fault)


def serve(call: Call, resource: str, is_open: bool, views: dict[str, View], parts: dict[str, Any]) -> HttpResponse:
    """The view's answer, after limits and credentials; writes happen in one transaction."""
    method = call.request.method or "GET"
    rates = spend_help_center(call.account) if resource == "hc" else spend_request(call.account)
    try:
        view = views.get("GET" if method == "HEAD" else method)
        if view is None:
            raise no_endpoint()
        call._caller = authenticate(call.request, call.account)
        if call._caller is not None:
            call._caller.check_scope(resource, method)
        elif not is_open:
            raise unauthenticated()
        if method in ("GET", "HEAD"):
            response = view(call, **parts)
        else:
            with writing():
                response = view(call, **parts)
    except RefusedError as refusal:
        response = refusal.response
    except WRONG_TYPES:
        logger.exception("A value of a wrong type came to %s %s", method, call.request.path_info)
        response = invalid_attribute().response
    add_headers(response, rates)
    add_headers(response, call.headers)
    return response


def own_path(request: HttpRequest, subdomain: str) -> str:
    """The path without the account."""
    return request.path_info.removeprefix(f"/{subdomain}")


def dress(response: HttpResponse) -> None:
    """The headers that every answer has."""
    response.headers.setdefault("X-Request-Id", str(uuid.uuid4()))
    response.headers.setdefault("X-Zendesk-Origin-Server", "stand-in")
    response.headers.setdefault("Cache-Control", "max-age=0, private, must-revalidate")


def log(
    request: HttpRequest, subdomain: str, body: bytes, status: int, fault: faults.Misfortune | None, ms: int
) -> None:
    """Keeps the call for whoever asks later."""
    with writing():
        ApiRequest.objects.create(
            subdomain=subdomain.lower(),
            method=request.method or "",
            path=own_path(request, subdomain),
            query=request.META.get("QUERY_STRING", ""),
            body=body[:1_000_000].decode(errors="replace"),
            idempotency_key=request.headers.get("Idempotency-Key", ""),
            headers={
                "User-Agent": request.headers.get("User-Agent", ""),
                "Content-Type": request.headers.get("Content-Type", ""),
                "Authorization": request.headers.get("Authorization", "").partition(" ")[0],
            },
            status=status,
            fault=fault.kind if fault else "",
            ms=ms,
            at=now(),
        )
