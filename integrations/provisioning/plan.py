"""The plan: for each object what is there, what should be, and what is to be done about it. Reads only."""

from __future__ import annotations

from collections.abc import Callable, Collection

from django.utils.translation import gettext as _

from integrations.budget import Lane
from integrations.clients.errors import ProviderError
from integrations.clients.http import DEFAULT_TIMEOUTS, Timeouts
from integrations.clients.zendesk_rules import ZendeskRules
from integrations.connect import open_zendesk
from integrations.hooks import wants_assist
from integrations.models import ObjectKind, ProvisionedObject, ZendeskConnection
from integrations.provisioning.addresses import Addresses
from integrations.provisioning.compare import Difference
from integrations.provisioning.find import Finder
from integrations.provisioning.items import Plan, PlanItem, Stranger
from integrations.provisioning.reading import connection_of, read_account, say, sunshine_of
from opencx_admin.crypto import Undecryptable
from opencx_admin.orgs.models import Organization

__all__ = ["Difference", "Plan", "PlanItem", "Stranger", "build", "read_plan"]

IN_A_PAGE = Timeouts(connect=3, read=8)


def build(
    organization: Organization,
    *,
    kinds: Collection[ObjectKind] = (),
    lane: Lane = Lane.ASSIST,
    timeouts: Timeouts = IN_A_PAGE,
    tells_who: bool = True,
) -> Plan:
    """Compare the account with what it should be. Never raises: a failure is the plan's `problem`."""
    connection = connection_of(organization.pk)
    if connection is None:
        return Plan(problem=_("No Zendesk account is connected."), may_manage=False)
    try:
        return read_plan(connection, kinds=kinds, lane=lane, timeouts=timeouts, tells_who=tells_who)
    except ProviderError as error:
        return Plan(problem=say(error))
    except Undecryptable:
        return Plan(problem=_("A stored secret cannot be opened with the present keys."))


def read_plan(
    connection: ZendeskConnection,
    *,
    kinds: Collection[ObjectKind] = (),
    lane: Lane = Lane.ASSIST,
    timeouts: Timeouts = DEFAULT_TIMEOUTS,
    tells_who: bool = False,
    keep_claim: Callable[[], None] | None = None,
) -> Plan:
    """The plan for these kinds, all by default. Raises what the client raises, and `Undecryptable`."""
    organization = connection.organization
    client = open_zendesk(connection, lane=lane, subject="provisioning", timeouts=timeouts, keep_claim=keep_claim)
    rules, sunshine = ZendeskRules(client), sunshine_of(organization.pk)
    rows = {ObjectKind(row.kind): row for row in ProvisionedObject.objects.filter(organization=organization)}
    asked = [kind for kind in (kinds or ObjectKind) if _is_wanted(kind, organization, rows, sunshine is not None)]
    reading = read_account(rules, sunshine, asked, timeouts)
    finder = Finder(connection, sunshine, rules, reading, rows, Addresses(organization), tells_who=tells_who)
    items = tuple(finder.find_item(kind) for kind in asked)
    return Plan(items, reading.refusal, not reading.refusal, finder.list_strangers())


def _is_wanted(
    kind: ObjectKind, organization: Organization, rows: dict[ObjectKind, ProvisionedObject], has_messaging: bool
) -> bool:
    """Assist's trigger stays in the plan after Assist was turned off, to be made inactive."""
    if kind == ObjectKind.ASSIST_TRIGGER:
        return kind in rows or wants_assist(organization)
    return kind != ObjectKind.SUNSHINE_WEBHOOK or has_messaging
