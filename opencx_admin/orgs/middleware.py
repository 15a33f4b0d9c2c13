"""Puts the person's organization, role and time zone on the request; adds the security headers."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from opencx_admin.orgs.access import SESSION_KEY
from opencx_admin.orgs.models import Membership, Role, User

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
GetResponse = Callable[[HttpRequest], HttpResponse]


class HeadersMiddleware:
    """Content-Security-Policy and Permissions-Policy on every answer; no caching of a person's pages."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        response.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        response.setdefault("Cache-Control", "no-store")
        return response


class MembershipMiddleware:
    """`request.org`, `request.role`, `request.memberships` and the person's time zone.

    Nothing is read for the API and the webhooks, which do not log in.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith(("/api/", "/webhooks/zendesk/", "/webhooks/sunshine/")):
            return self.get_response(request)
        person: Any = request
        person.org = person.role = None
        person.memberships = []
        if isinstance(_loaded(request.user), User):
            self._join(person)
        with timezone.override(_zone(person)):
            return self.get_response(request)

    def _join(self, person: Any) -> None:
        memberships = list(
            Membership.objects.filter(user=person.user).select_related("organization").order_by("organization__name")
        )
        person.memberships = memberships
        chosen = person.session.get(SESSION_KEY)
        current = next((m for m in memberships if m.organization_id == chosen), memberships[0] if memberships else None)
        if current:
            person.org, person.role = current.organization, Role(current.role)


def _loaded(user: Any) -> Any:
    return user._wrapped if isinstance(user, SimpleLazyObject) and user.is_authenticated else user


def _zone(person: Any) -> zoneinfo.ZoneInfo:
    try:
        return zoneinfo.ZoneInfo(getattr(person.user, "time_zone", "") or "UTC")
    except (KeyError, ValueError):
        return zoneinfo.ZoneInfo("UTC")
