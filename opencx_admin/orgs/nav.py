"""The left navigation: which pages exist, and how many things on each wait for a person."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

from django.conf import settings
from django.urls import Resolver404, resolve
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from opencx_admin.orgs.models import Organization

Count = Callable[[Organization], int]


@dataclass(frozen=True)
class NavItem:
    """A page of the navigation, by its path (contract 8)."""

    url: str
    label: str | Promise
    icon: str
    count: int = 0
    is_current: bool = False
    is_here: bool = False
    # Pages elsewhere that belong to it.
    also: str = ""


@dataclass(frozen=True)
class NavGroup:
    """Pages that belong together; an empty title for the daily work."""

    title: str | Promise
    items: tuple[NavItem, ...]


GROUPS = (
    NavGroup(
        "",
        (
            NavItem("/", _("Overview"), "house"),
            NavItem("/handoffs/", _("Handoffs"), "arrow-left-right"),
            NavItem("/sessions/", _("Sessions"), "chat-left-text"),
            NavItem("/problems/", _("Problems"), "exclamation-diamond"),
            NavItem("/webhooks/", _("Webhook activity"), "broadcast"),
            NavItem("/doctor/", _("Doctor"), "heart-pulse"),
        ),
    ),
    NavGroup(
        _("Configure"),
        (
            NavItem("/settings/ticketing/ai-fields/", _("AI fields"), "input-cursor-text"),
            NavItem("/settings/assist/", _("Assist"), "stars", also="/assist/"),
            NavItem("/data-sources/", _("Data sources"), "book"),
            NavItem("/settings/handoff/", _("Handoff and hours"), "calendar-week"),
        ),
    ),
    NavGroup(
        _("Settings"),
        (
            NavItem("/settings/integrations/", _("Integrations"), "plug"),
            NavItem("/settings/alerts/", _("Alerts"), "bell"),
            NavItem("/settings/team/", _("Team"), "people"),
            NavItem("/audit/", _("Audit log"), "journal-text"),
        ),
    ),
)
_counts: dict[str, Count] = {}


def register_count(path: str, count: Count) -> None:
    """Show beside the page `path` how many things there need a person. Apps call this in `AppConfig.ready`."""
    _counts[path] = count


@lru_cache(maxsize=64)
def _is_routed(path: str, urlconf: str) -> bool:
    try:
        resolve(path, urlconf)
    except Resolver404:
        return False
    return True


def build_nav(organization: Organization, here: str) -> list[NavGroup]:
    """The groups and pages that exist, each with its count; the page of the path `here` is marked."""
    return [
        NavGroup(group.title, items)
        for group in GROUPS
        if (items := tuple(_place(item, organization, here) for item in group.items if _exists(item)))
    ]


def _exists(item: NavItem) -> bool:
    return _is_routed(item.url, settings.ROOT_URLCONF)


def _place(item: NavItem, organization: Organization, here: str) -> NavItem:
    count = _counts.get(item.url)
    within = here == item.url if item.url == "/" else here.startswith(item.url)
    within = within or bool(item.also and here.startswith(item.also))
    return replace(item, count=count(organization) if count else 0, is_current=within, is_here=here == item.url)
