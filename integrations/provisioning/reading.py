"""Reading what is in the account now: webhooks, triggers, views, and Sunshine's webhooks."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import TypeVar

from django.utils.translation import gettext as _

from integrations.clients.errors import Forbidden, NotFound, ProviderError, Rejected
from integrations.clients.http import DEFAULT_TIMEOUTS, Timeouts
from integrations.clients.sunshine import SunshineWebhook
from integrations.clients.zendesk_rules import AccountObject, ZendeskRules
from integrations.messaging import open_sunshine
from integrations.models import ObjectKind, SunshineConnection, ZendeskConnection

T = TypeVar("T")
TRIGGERS = (ObjectKind.REPLY_TRIGGER, ObjectKind.STATUS_TRIGGER, ObjectKind.ASSIST_TRIGGER)
WEBHOOKS_PART, TRIGGERS_PART, VIEWS_PART, SUNSHINE_PART = "webhooks", "triggers", "views", "sunshine"


@dataclass
class Reading:
    """What Zendesk showed. A part that it refused to show is empty here, and its words stand in `refusals`."""

    webhooks: list[AccountObject] = field(default_factory=list)
    triggers: list[AccountObject] = field(default_factory=list)
    views: list[AccountObject] = field(default_factory=list)
    sunshine: list[SunshineWebhook] = field(default_factory=list)
    refusals: dict[str, str] = field(default_factory=dict)

    @property
    def refusal(self) -> str:
        """Why webhooks or triggers cannot be managed; one half without the other would be of no use."""
        return self.refusals.get(WEBHOOKS_PART, "") or self.refusals.get(TRIGGERS_PART, "")


def part_of(kind: ObjectKind) -> str:
    """Which part of the account an object belongs to."""
    if kind == ObjectKind.SUNSHINE_WEBHOOK:
        return SUNSHINE_PART
    if kind == ObjectKind.VIEW:
        return VIEWS_PART
    return TRIGGERS_PART if kind in TRIGGERS else WEBHOOKS_PART


def read_account(
    rules: ZendeskRules,
    sunshine: SunshineConnection | None,
    kinds: Collection[ObjectKind],
    timeouts: Timeouts = DEFAULT_TIMEOUTS,
) -> Reading:
    """Read the parts that these kinds need; triggers need the webhooks that they name.

    Raises what the client raises, but for a refusal of one part (no right, or a plan without it).
    """
    reading = Reading()
    parts = {part_of(kind) for kind in kinds}
    if parts & {WEBHOOKS_PART, TRIGGERS_PART}:
        reading.webhooks = _read(reading, WEBHOOKS_PART, rules.webhooks)
    if TRIGGERS_PART in parts:
        reading.triggers = _read(reading, TRIGGERS_PART, rules.triggers)
    if VIEWS_PART in parts:
        reading.views = _read(reading, VIEWS_PART, rules.views)
    if SUNSHINE_PART in parts and sunshine is not None:
        client = open_sunshine(sunshine, subject="provisioning", timeouts=timeouts)
        try:
            reading.sunshine = client.webhooks()
        except ProviderError as error:
            if error.is_outcome_unknown:
                raise
            reading.refusals[SUNSHINE_PART] = say(error)
    return reading


def _read(reading: Reading, part: str, ask: Callable[[], list[T]]) -> list[T]:
    try:
        return ask()
    except (Forbidden, NotFound, Rejected) as error:
        if isinstance(error, NotFound) and error.code == "NoHelpDesk":
            raise
        reading.refusals[part] = say(error)
        return []


def say(error: ProviderError) -> str:
    """A failure as a sentence with Zendesk's status."""
    if error.status is None or str(error.status) in error.sentence:
        return error.sentence
    return _("%(said)s (%(status)s)") % {"said": error.sentence, "status": error.status}


def connection_of(organization_id: int) -> ZendeskConnection | None:
    """The organization's account."""
    rows = ZendeskConnection.objects.select_related("organization")
    return rows.filter(organization_id=organization_id).first()


def sunshine_of(organization_id: int) -> SunshineConnection | None:
    """The organization's Sunshine app."""
    rows = SunshineConnection.objects.select_related("organization")
    return rows.filter(organization_id=organization_id).first()
