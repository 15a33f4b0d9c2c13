"""The OpenAPI 3.1 description, made of the same addresses and schemas that answer."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from pydantic.json_schema import models_json_schema

from ticketing.api.dispatch import Address, Operation
from ticketing.api.fields import ID_PATTERN, LONGEST_ID
from ticketing.api.schemas import ErrorOut

Json = dict[str, Any]


def document_text(addresses: list[Address]) -> str:
    """The description as JSON text."""
    return json.dumps(document(addresses))


def document(addresses: list[Address]) -> Json:
    """The whole description."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "OpenCX Admin",
            "version": "1",
            "description": _(
                "What the platform tells about its sessions. Every write is idempotent under its id; "
                "times are ISO 8601 with offset; ids are the platform's own."
            ),
        },
        "servers": [{"url": settings.PUBLIC_URL}],
        "security": [{"key": []}],
        "paths": {
            f"/api/v1/{address.path.replace('{id}', f'{{{address.id_name}}}')}": _path(address) for address in addresses
        }
        | {"/api/v1/openapi.json": _own_path()},
        "components": {
            "schemas": _schemas(addresses),
            "responses": {name: _error(text, headers) for name, (text, headers) in _error_texts().items()},
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
    }


def _path(address: Address) -> Json:
    parameter = {
        "name": address.id_name,
        "in": "path",
        "required": True,
        "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_ID, "pattern": ID_PATTERN},
        "description": _("The id, percent-encoded; a slash is %2F."),
    }
    operations = {method.lower(): _operation(operation) for method, operation in address.operations.items()}
    return {"parameters": [parameter], **operations}


def _operation(operation: Operation) -> Json:
    described: Json = {"operationId": operation.name, "summary": str(operation.summary)}
    problems = ["401", "429", "503"] if operation.is_creating else ["401", "404", "429", "503"]
    if operation.body is not None:
        content = {"application/json": {"schema": _reference(operation.body)}}
        described["requestBody"] = {"required": True, "content": content}
        problems += ["400", "413", "415", "422"]
    described["responses"] = {
        str(status): {
            "description": (schema.__doc__ or "").strip().partition("\n")[0],
            "content": {"application/json": {"schema": _reference(schema)}},
        }
        for status, schema in operation.answers.items()
    } | {status: {"$ref": f"#/components/responses/{_NAMES[status]}"} for status in sorted(problems)}
    return described


def _own_path() -> Json:
    answer = {"description": _("This description."), "content": {"application/json": {"schema": {"type": "object"}}}}
    return {
        "get": {
            "operationId": "describe",
            "summary": _("This description"),
            "security": [],
            "responses": {"200": answer},
        }
    }


def _schemas(addresses: list[Address]) -> Json:
    operations = [operation for address in addresses for operation in address.operations.values()]
    coming = {operation.body for operation in operations if operation.body}
    going = {schema for operation in operations for schema in operation.answers.values()} | {ErrorOut}
    _names, found = models_json_schema(
        [(schema, "validation") for schema in sorted(coming, key=str)]
        + [(schema, "serialization") for schema in sorted(going, key=str)],
        ref_template="#/components/schemas/{model}",
    )
    definitions: Json = found["$defs"]
    return definitions


def _reference(schema: type) -> Json:
    return {"$ref": f"#/components/schemas/{schema.__name__}"}


_NAMES = {
    "400": "MalformedJson",
    "401": "Unauthorized",
    "404": "NotFound",
    "413": "TooLarge",
    "415": "UnsupportedMediaType",
    "422": "Invalid",
    "429": "RateLimited",
    "503": "Unavailable",
}


def _error_texts() -> dict[str, tuple[str, list[str]]]:
    return {
        "MalformedJson": (_("The body cannot be read as JSON."), []),
        "Unauthorized": (_("No live API key."), ["WWW-Authenticate"]),
        "NotFound": (_("Nothing of this organization has this id."), []),
        "TooLarge": (_("The body is over 1 MB."), []),
        "UnsupportedMediaType": (_("The body is not sent as application/json."), []),
        "Invalid": (_("The body does not fit; `fields` says where."), []),
        "RateLimited": (_("The key is over its requests per minute."), ["Retry-After"]),
        "Unavailable": (_("The database did not answer in time."), ["Retry-After"]),
    }


def _error(text: str, headers: list[str]) -> Json:
    answer: Json = {"description": text, "content": {"application/json": {"schema": _reference(ErrorOut)}}}
    if headers:
        answer["headers"] = {name: {"required": True, "schema": {"type": "string"}} for name in headers}
    return answer
