"""Who may open which page: the decorator every view of a person's pages carries."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, cast
from urllib.parse import quote

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils.translation import gettext as _
from django_htmx.middleware import HtmxDetails

from opencx_admin.orgs.models import Membership, Organization, Role, User

SESSION_KEY = "organization_id"


class PageRequest(HttpRequest):
    """A request of a logged-in person within one organization."""

    org: Organization
    role: Role
    memberships: list[Membership]
    user: User
    htmx: HtmxDetails


View = Callable[..., HttpResponse]


def page(*, read: Role | None = Role.VIEWER, write: Role | None = None) -> Callable[[View], View]:
    """Open a view to a role: `read` for GET and HEAD, `write` for POST. None means that method is not there.

    Nobody → the login page; no organization → 403; too weak → 403; other methods → 405.
    """
    needed = {"GET": read, "HEAD": read, "POST": write}
    methods = [method for method, role in needed.items() if role is not None]

    def decorate(view: View) -> View:
        @wraps(view)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return _send_to_login(request)
            role = needed.get(request.method or "")
            if role is None:
                return HttpResponseNotAllowed(methods)
            person = cast("PageRequest", request)
            if getattr(person, "org", None) is None:
                raise PermissionDenied(_("You belong to no organization yet. An owner can add you."))
            if not person.role.allows(role):
                raise PermissionDenied(_("This needs the role %(role)s.") % {"role": role.label})
            return view(person, *args, **kwargs)

        checked.access = needed  # type: ignore[attr-defined]
        return checked

    return decorate


def _send_to_login(request: HttpRequest) -> HttpResponse:
    """Redirect to the login page; htmx gets a full-page redirect, not a login form inside a cell."""
    login = resolve_url("login")
    if getattr(request, "htmx", None):
        response = HttpResponse(status=401)
        response["HX-Redirect"] = login
        return response
    return HttpResponseRedirect(f"{login}?next={quote(request.get_full_path())}")
