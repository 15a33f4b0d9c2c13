"""Which account a request speaks to, and how its path is read."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

Answer = Callable[[HttpRequest], HttpResponse]
API_ROOTS = ("/api/", "/oauth/", "/sc/")
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


class AddressMiddleware:
    """Brings both address forms to one: ``/<subdomain>/api/…`` without ``.json``.

    An unmodified client library calls ``https://acme.zendesk.com/api/…``; pointed here it
    sends ``Host: acme.<anything>``, so the first label of the host names the account.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        path = request.path_info
        request.META["sandbox.prefix"] = True
        if path.startswith(API_ROOTS):
            name = request.get_host().split(":")[0].split(".")[0].lower()
            path = f"/{name}{path}"
            request.META["sandbox.prefix"] = False
        request.META["sandbox.is_api"] = any(root in path for root in API_ROOTS)
        if request.META["sandbox.is_api"]:
            path = path.removesuffix("/")
            path = path if "/sc/" in path else path.removesuffix(".json")
        request.path_info = path
        return self.get_response(request)


class PolicyMiddleware:
    """The product's own content policy holds here too; a known length keeps connections alive."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not request.META["sandbox.is_api"]:
            response.headers.setdefault("Content-Security-Policy", POLICY)
        if not response.streaming and response.status_code != 204:
            response.headers.setdefault("Content-Length", str(len(response.content)))
        return response
