"""What the API answers when it cannot do what was asked (contract 3), as exceptions with a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import JsonResponse
from django.utils.translation import gettext as _
from pydantic import ValidationError

MOST_FIELDS = 50


class ApiError(Exception):
    """One error answer: `status`, snake-case `code`, a sentence, and for 422 a sentence per field."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        fields: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.fields = fields
        self.headers = headers or {}

    def response(self) -> JsonResponse:
        """The answer: `{"error", "detail", "fields"?}`."""
        body: dict[str, Any] = {"error": self.code, "detail": self.detail}
        if self.fields is not None:
            body["fields"] = dict(self.fields)
        return JsonResponse(body, status=self.status, headers=dict(self.headers))


def unknown_path() -> ApiError:
    return ApiError(404, "not_found", _("There is nothing at this address. GET /api/v1/openapi.json lists what is."))


def unknown_session() -> ApiError:
    return ApiError(404, "not_found", _("No session of this organization has this id. PUT it first."))


def unknown_reply() -> ApiError:
    return ApiError(404, "not_found", _("No reply of this organization has this id."))


def wrong_method(allowed: list[str]) -> ApiError:
    names = ", ".join(allowed)
    detail = _("This address takes %(methods)s.") % {"methods": names}
    return ApiError(405, "method_not_allowed", detail, headers={"Allow": names})


def no_key() -> ApiError:
    detail = _("Send a live API key as “Authorization: Bearer <key>”.")
    return ApiError(401, "unauthorized", detail, headers={"WWW-Authenticate": "Bearer"})


def too_many(seconds: int) -> ApiError:
    detail = _("This key is over its requests per minute. Try again in %(seconds)s s.") % {"seconds": seconds}
    return ApiError(429, "rate_limited", detail, headers={"Retry-After": str(seconds)})


def too_large(most: int) -> ApiError:
    return ApiError(413, "too_large", _("The body is over %(most)s bytes.") % {"most": most})


def wrong_type() -> ApiError:
    return ApiError(415, "unsupported_media_type", _("Send the body as application/json."))


def malformed(reason: str) -> ApiError:
    return ApiError(400, "malformed_json", _("The body cannot be read as JSON: %(reason)s") % {"reason": reason})


def unavailable() -> ApiError:
    detail = _("The database did not answer in time. Nothing was stored; the same request can be sent again.")
    return ApiError(503, "unavailable", detail, headers={"Retry-After": "5"})


def not_valid(fields: Mapping[str, str]) -> ApiError:
    """422, with a sentence for each dotted path; an empty path is the body itself."""
    first = next(iter(fields), "")
    detail = _("The body does not fit.") if not first else _("%(field)s does not fit.") % {"field": first}
    if len(fields) > 1:
        detail = _("%(count)s fields do not fit.") % {"count": len(fields)}
    return ApiError(422, "invalid", detail, fields=fields)


def bad_id() -> str:
    return _("An id has 1 to 255 characters and no control characters.")


def from_validation(error: ValidationError) -> ApiError:
    """pydantic's findings as sentences of ours; what was sent is never repeated."""
    fields: dict[str, str] = {}
    for found in error.errors(include_url=False, include_input=False)[:MOST_FIELDS]:
        path = ".".join(str(part) for part in found["loc"])
        fields.setdefault(path, _sentence(found["type"], found.get("ctx", {})))
    return not_valid(fields)


def _sentence(kind: str, context: Mapping[str, Any]) -> str:
    sentences = {
        "missing": _("This is needed."),
        "string_type": _("This must be text."),
        "string_pattern_mismatch": _("This holds a control character."),
        "bool_type": _("This must be true or false."),
        "int_type": _("This must be a whole number."),
        "float_type": _("This must be a number."),
        "finite_number": _("This must be a number."),
        "list_type": _("This must be a list."),
        "dict_type": _("This must be an object."),
        "model_type": _("This must be an object."),
    }
    if kind in sentences:
        return sentences[kind]
    limits = {
        "string_too_short": (_("This has fewer than %(limit)s characters."), "min_length"),
        "string_too_long": (_("This has more than %(limit)s characters."), "max_length"),
        "too_short": (_("This has fewer than %(limit)s items."), "min_length"),
        "too_long": (_("This has more than %(limit)s items."), "max_length"),
        "greater_than_equal": (_("This is less than %(limit)s."), "ge"),
        "less_than_equal": (_("This is more than %(limit)s."), "le"),
        "enum": (_("This must be one of: %(limit)s."), "expected"),
        "literal_error": (_("This must be one of: %(limit)s."), "expected"),
        "value_error": ("%(limit)s", "error"),
    }
    if kind in limits:
        text, name = limits[kind]
        return text % {"limit": str(context.get(name, "")).replace("'", "").replace(" or ", ", ")}
    return _("This does not fit.")
