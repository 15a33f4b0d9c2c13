"""From a request to its operation, in this order: address, method, key, rate, size, type, JSON, schema."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from pydantic import BaseModel, ValidationError

from opencx_admin.orgs.models import Organization
from ticketing.api import errors, gate
from ticketing.api.body import read_body
from ticketing.api.fields import CONTROL, LONGEST_ID
from ticketing.api.schemas import BodyIn, BodyOut

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Call:
    """One admitted call: for which organization, and the id in its address."""

    organization: Organization
    id: str


@dataclass(frozen=True)
class Operation:
    """One method of one address. `answers` says which body stands behind which status."""

    name: str
    summary: Any
    run: Callable[..., tuple[int, BodyOut]]
    answers: Mapping[int, type[BodyOut]]
    body: type[BodyIn] | None = None
    is_creating: bool = False


@dataclass(frozen=True)
class Address:
    """One address below /api/v1/, with `{id}` where the platform's id stands. The id may hold slashes."""

    path: str
    id_name: str
    operations: Mapping[str, Operation] = field(default_factory=dict)

    @property
    def pattern(self) -> re.Pattern[str]:
        head, _, tail = self.path.partition("{id}")
        return re.compile(f"{re.escape(head)}(?P<id>.+){re.escape(tail)}", re.DOTALL)


def answer(request: HttpRequest, path: str, addresses: list[Address]) -> HttpResponse:
    """The operation's answer, or the error's; always JSON."""
    try:
        status, body = _run(request, path, addresses)
        return JsonResponse(body.model_dump(mode="json"), status=status)
    except errors.ApiError as error:
        return error.response()
    except OperationalError:
        logger.exception("The database did not answer %s %s in time.", request.method, request.path)
        return errors.unavailable().response()


def _run(request: HttpRequest, path: str, addresses: list[Address]) -> tuple[int, BodyOut]:
    address, id_ = _find_address(path, addresses)
    operation = address.operations.get(request.method or "")
    if operation is None:
        raise errors.wrong_method(list(address.operations))
    key = gate.find_key(request)
    gate.take_request(key)
    call = Call(key.organization, id_)
    if operation.body is None:
        _check_id(id_, address, operation)
        return operation.run(call)
    body = _validate(operation.body, read_body(request))
    _check_id(id_, address, operation)
    return operation.run(call, body)


def _find_address(path: str, addresses: list[Address]) -> tuple[Address, str]:
    for address in addresses:
        if match := address.pattern.fullmatch(path):
            return address, match["id"]
    raise errors.unknown_path()


def _check_id(id_: str, address: Address, operation: Operation) -> None:
    """An id that nothing can have is unknown; nothing can be made under it either."""
    if len(id_) <= LONGEST_ID and not CONTROL.search(id_):
        return
    if operation.is_creating:
        raise errors.not_valid({address.id_name: errors.bad_id()})
    raise errors.unknown_session() if address.id_name == "session_id" else errors.unknown_reply()


def _validate(schema: type[BodyIn], value: dict[str, Any]) -> BaseModel:
    try:
        return schema.model_validate(value)
    except ValidationError as error:
        raise errors.from_validation(error) from error
