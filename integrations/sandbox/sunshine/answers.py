"""Sunshine's answers. It has one way to say no: a list of code and title."""

from django.http import HttpResponse

from integrations.sandbox.api.answers import Json, RefusedError, ok

STATUS_CODES = {
    400: ("bad_request", "Bad request"),
    401: ("unauthorized", "Authorization is required"),
    403: ("forbidden", "Forbidden"),
    404: ("not_found", "Resource not found"),
    409: ("conflict", "User already exists"),
    413: ("payload_too_large", "Request entity too large"),
    429: ("too_many_requests", "Too many requests"),
    500: ("internal_error", "Internal error"),
    503: ("service_unavailable", "Service unavailable"),
}


def refuse(status: int, title: str = "", code: str = "") -> RefusedError:
    """To be raised: the status with its usual code and title, unless others are given."""
    usual_code, usual_title = STATUS_CODES.get(status, ("error", "Error"))
    return RefusedError(ok({"errors": [{"code": code or usual_code, "title": title or usual_title}]}, status))


def bad_request(*titles: str) -> RefusedError:
    """400; the only status that names several errors at once."""
    return RefusedError(ok({"errors": [{"code": "bad_request", "title": title} for title in titles]}, 400))


def missing(what: str) -> RefusedError:
    """404 for a kind of record: ``missing("conversation")``."""
    code = what.lower().replace(" ", "_")
    return refuse(404, f"{what[:1].upper()}{what[1:]} not found", f"{code}_not_found")


def done(body: Json | None = None, status: int = 200) -> HttpResponse:
    """A good answer; an empty object when there is nothing to say."""
    return ok(body or {}, status)
