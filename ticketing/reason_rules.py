"""Which reason goes where: the rules of Settings → Handoff, asked when a handoff is carried out."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from ticketing.models import Channel, Handoff, HandoffSettings, ReasonRule

Route = HandoffSettings.Route
BY_SETTINGS = _("Your settings send handoffs of this reason to a ticket.")


def fallen_back(rows: QuerySet[Handoff]) -> QuerySet[Handoff]:
    """The chats that became tickets against the settings: what was asked for is no failure."""
    return rows.exclude(fell_back__in=("", str(BY_SETTINGS)))


def find_settings(organization_id: int) -> HandoffSettings:
    """What was saved, else a new row (not stored) with everything as it is without settings."""
    found = HandoffSettings.objects.filter(organization_id=organization_id).first()
    return found or HandoffSettings(organization_id=organization_id)


def find_rule(handoff: Handoff) -> ReasonRule | None:
    """The rule of the handoff's reason. Our own round trips have none: they test the plain way."""
    if handoff.session.is_canary:
        return None
    return ReasonRule.objects.filter(organization_id=handoff.organization_id, reason=handoff.reason).first()


def wants_ticket(handoff: Handoff) -> bool:
    """True when the settings send this handoff of a chat to a ticket, and the contact can be its requester."""
    session = handoff.session
    if session.channel == Channel.EMAIL or session.is_canary or not (session.contact.email or session.contact.phone):
        return False
    rule = find_rule(handoff)
    if rule is not None and rule.route != Route.DEFAULT:
        return rule.route == Route.TICKET
    return find_settings(handoff.organization_id).route == Route.TICKET


def list_tags(handoff: Handoff) -> list[str]:
    """The tags its reason adds."""
    rule = find_rule(handoff)
    return [str(tag) for tag in rule.tags] if rule else []


def find_assignee(handoff: Handoff) -> int | None:
    """The agent its tickets go to instead of the default one."""
    rule = find_rule(handoff)
    return rule.assignee_id if rule else None
