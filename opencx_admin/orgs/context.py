"""What every page's frame needs: navigation, theme, time zone, the words of relative times."""

from __future__ import annotations

from functools import cached_property

from django.http import HttpRequest
from django.utils import timezone

from opencx_admin.orgs.models import Organization
from opencx_admin.orgs.nav import NavGroup, build_nav
from opencx_admin.orgs.times import relative_words

THEMES = ("", "light", "dark")


class Shell:
    """The frame around a page; each part is worked out when a template first asks for it."""

    jump = "/jump/"

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @cached_property
    def nav(self) -> list[NavGroup]:
        """The navigation of the person's organization; empty for nobody and for who belongs to none."""
        organization: Organization | None = getattr(self._request, "org", None)
        return build_nav(organization, self._request.path) if organization else []

    @cached_property
    def count(self) -> int:
        """How many things need a person, all pages together."""
        return sum(item.count for group in self.nav for item in group.items)

    @cached_property
    def theme(self) -> str:
        """ "light", "dark", or "" for the system's. A person's stored choice wins over the cookie."""
        user = getattr(self._request, "user", None)
        chosen = user.theme if user is not None and user.is_authenticated else ""
        chosen = chosen or self._request.COOKIES.get("theme", "")
        return chosen if chosen in THEMES else ""

    @property
    def keys(self) -> str:
        """ "off" when this person turned the single-letter keys off in this browser."""
        return self._request.COOKIES.get("keys", "")

    @property
    def zone(self) -> str:
        """The name of the person's time zone."""
        return timezone.get_current_timezone_name()

    @property
    def words(self) -> dict[str, str]:
        """The words of relative times, for the browser."""
        return relative_words()


def shell(request: HttpRequest) -> dict[str, Shell]:
    """Template context processor."""
    return {"shell": Shell(request)}
