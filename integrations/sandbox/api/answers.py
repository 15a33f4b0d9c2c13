"""Zendesk's answers: the good ones, and its four ways to say no."""

from typing import Any

from django.http import HttpResponse, JsonResponse

Json = dict[str, Any]
FORBIDDEN = "You do not have access to this page. Please contact the account owner of this help desk for further help."


class RefusedError(Exception):
    """A call that ends here with this answer."""

    def __init__(self, response: HttpResponse) -> None:
        super().__init__(response.status_code)
        self.response = response


def ok(body: Json, status: int = 200, **headers: str) -> HttpResponse:
    """A JSON answer in Zendesk's content type."""
    response = JsonResponse(body, status=status, content_type="application/json; charset=utf-8")
    for name, value in headers.items():
        response[name] = value
    return response


def nothing() -> HttpResponse:
    """204 without a body or its type."""
    response = HttpResponse(status=204)
    del response["Content-Type"]
    return response


def refuse(status: int, body: Json) -> RefusedError:
    """To be raised."""
    return RefusedError(ok(body, status))


def not_found() -> RefusedError:
    """404, no such record."""
    return refuse(404, {"error": "RecordNotFound", "description": "Not found"})


def no_endpoint() -> RefusedError:
    """404, no such path."""
    return refuse(404, {"error": "InvalidEndpoint", "description": "Not found"})


def no_help_desk(host: str) -> RefusedError:
    """404, no such account."""
    message = (
        "There is no help desk configured at this address. This means that the address is available "
        "and that you can claim it at http://www.zendesk.com/signup"
    )
    return refuse(404, {"error": {"title": f"No help desk at {host}.zendesk.com", "message": message}})


def unauthenticated() -> RefusedError:
    """401 for a wrong API token, or none where one is needed."""
    return refuse(401, {"error": "Couldn't authenticate you"})


def bad_token() -> RefusedError:
    """401 for a Bearer token that is unknown or over."""
    text = "The access token provided is expired, revoked, malformed or invalid for other reasons."
    return refuse(401, {"error": "invalid_token", "error_description": text})


def forbidden() -> RefusedError:
    """403 for a person without the right, or a token without the scope."""
    return refuse(403, {"error": {"title": "Forbidden", "message": FORBIDDEN}})


def invalid_record(field: str, description: str, error: str = "InvalidValue", **more: Any) -> RefusedError:
    """422, one field of a record is not acceptable."""
    detail = {"description": description, "error": error, **more}
    body = {"error": "RecordInvalid", "description": "Record validation errors", "details": {field: [detail]}}
    return refuse(422, body)


def bad_request(code: str, title: str, detail: str = "") -> RefusedError:
    """400 in the list form."""
    return refuse(400, {"errors": [{"code": code, "title": title, **({"detail": detail} if detail else {})}]})


def missing_parameter(name: str) -> RefusedError:
    """400, the object that wraps everything is not there."""
    message = f"Parameter {name} is required"
    return refuse(400, {"error": {"title": "Invalid attribute", "message": message}})


def invalid_attribute() -> RefusedError:
    """400, a value of the wrong type."""
    message = "You passed an invalid value for an attribute. It must be of the documented type"
    return refuse(400, {"error": {"title": "Invalid attribute", "message": message}})


def too_many(description: str, seconds: int) -> RefusedError:
    """429 with Retry-After."""
    body = {"error": "APIRateLimitExceeded", "description": description}
    return RefusedError(ok(body, 429, **{"Retry-After": str(seconds)}))
