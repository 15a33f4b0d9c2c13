"""How the connections stand, by proof: what the settings pages say of them in a mark and a sentence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Max
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from integrations.hooks import leave_out
from integrations.models import (
    AuthMethod,
    EndpointKind,
    PlatformConnection,
    PlatformEvent,
    SunshineConnection,
    WebhookEndpoint,
    WebhookEvent,
    ZendeskConnection,
)
from integrations.models.zendesk import API_TOKENS_END
from opencx_admin.orgs.components import Mark
from opencx_admin.orgs.models import Organization
from opencx_admin.orgs.times import moment_text, stamp_text

# The inbox writes down that an address was called no more often than that.
CALLS_ARE_NOTED_EVERY = dt.timedelta(seconds=10)


@dataclass(frozen=True)
class Standing:
    """`mark` for the pill, `text` one sentence of proof, `at` when that was."""

    mark: Mark
    text: str
    at: dt.datetime | None = None


def days_of_tokens() -> int:
    """Days until Zendesk's API tokens stop working; not below 0."""
    return max((API_TOKENS_END - timezone.localdate()).days, 0)


def ending_text() -> str:
    """When API tokens end, in words."""
    day = date_format(API_TOKENS_END, "j M Y")
    left = days_of_tokens()
    if not left:
        return _("API tokens ended on %(day)s") % {"day": day}
    return ngettext("API token ends %(day)s, in %(n)s day", "API token ends %(day)s, in %(n)s days", left) % {
        "day": day,
        "n": left,
    }


def zendesk_standing(connection: ZendeskConnection | None) -> Standing:
    """Ticketing: refused, proven (and by what), or never proven."""
    if connection is None:
        return Standing(Mark("not_set_up"), _("Handoffs fail until an account is connected."))
    if connection.refused_at:
        text = connection.refused_reason or _("Zendesk refuses the credentials.")
        return Standing(Mark("problem", _("Credentials refused")), text, connection.refused_at)
    if connection.proven_at is None:
        return Standing(Mark("unproven"), _("No call has succeeded yet."))
    if connection.auth_method == AuthMethod.API_TOKEN:
        return Standing(Mark("warning", ending_text()), _proof(connection), connection.proven_at)
    word = _("Proven %(when)s") % {"when": moment_text(connection.proven_at)}
    return Standing(Mark("proven", word), _proof(connection), connection.proven_at)


def _proof(connection: ZendeskConnection) -> str:
    return _("as %(user)s, by %(what)s") % {
        "user": connection.user_name or connection.user_id or "–",
        "what": connection.proven_by or _("Verify"),
    }


def messaging_standing(connection: SunshineConnection | None) -> Standing:
    """Messaging: since when chats go through it, or since when and why they become tickets."""
    if connection is None:
        return Standing(Mark("not_set_up"), _("Chats become tickets until Messaging is connected."))
    if connection.refused_at:
        words = {"when": stamp_text(connection.refused_at), "why": connection.refused_reason}
        text = _("Not active since %(when)s: chats become tickets. %(why)s") % words
        return Standing(Mark("problem", _("Not active")), text.strip(), connection.refused_at)
    if connection.active_since is None or connection.verified_at is None:
        return Standing(Mark("unproven"), _("Not active: chats become tickets until Verify passes."))
    words = {
        "since": stamp_text(connection.active_since),
        "when": moment_text(connection.proven_at or connection.verified_at),
        "what": connection.proven_by or _("Verify"),
    }
    text = _("Active since %(since)s, last proven %(when)s by %(what)s.") % words
    at = connection.proven_at or connection.verified_at
    if connection.webhook_problem:
        return Standing(Mark("warning", _("Agents’ messages do not arrive")), text, at)
    return Standing(Mark("active"), text, at)


def webhook_standing(endpoint: WebhookEndpoint | None, stale: WebhookEndpoint | None) -> Standing:
    """Calls from Zendesk: the last one, or a warning that the old URL is still called."""
    if stale is not None:
        return Standing(
            Mark("warning", _("Zendesk still calls the old URL")),
            ngettext(
                "%(n)s call since the URL was replaced.",
                "%(n)s calls since the URL was replaced.",
                stale.calls_after_rotation,
            )
            % {"n": stale.calls_after_rotation},
            stale.last_called_at,
        )
    if endpoint is None or endpoint.last_called_at is None:
        return Standing(Mark("unproven"), _("No webhook call has ever come."))
    word = _("Proven %(when)s") % {"when": moment_text(endpoint.last_called_at)}
    return Standing(Mark("proven", word), _("by a call of Zendesk"), endpoint.last_called_at)


def platform_standing(organization: Organization, connection: PlatformConnection | None) -> Standing:
    """Events to the platform: failed ones first, else the last delivery."""
    if connection is None or not connection.events_url:
        return Standing(Mark("not_set_up"), _("Agents’ replies wait here until an events URL is saved."))
    events = leave_out(PlatformEvent.objects.filter(organization=organization), organization).exclude(event="test")
    failed = events.filter(status=PlatformEvent.Status.FAILED).count()
    if failed:
        word = ngettext("%(n)s event failed", "%(n)s events failed", failed) % {"n": failed}
        return Standing(Mark("problem", word), _("They wait for a person under Webhook activity."))
    if connection.proven_at is None:
        return Standing(Mark("unproven"), _("No event was delivered yet. Send a test event."))
    word = _("Proven %(when)s") % {"when": moment_text(connection.proven_at)}
    return Standing(Mark("proven", word), _("by an event that OpenCX took"), connection.proven_at)


def last_refusal(organization: Organization, kind: str = EndpointKind.ZENDESK) -> dt.datetime | None:
    """When a call of this kind was last refused with 401; None when a good one was taken since."""
    rows = WebhookEndpoint.objects.filter(organization=organization, kind=kind)
    at: dt.datetime | None = rows.aggregate(at=Max("last_refused_at"))["at"]
    good = WebhookEvent.objects.filter(organization=organization, kind=kind, received_at__gt=at) if at else None
    return at if good is not None and not good.exists() else None


def stale_endpoint(organization: Organization, kind: str = EndpointKind.ZENDESK) -> WebhookEndpoint | None:
    """The replaced address of this kind that was called last, as `find_stale` sees it."""
    return find_stale(WebhookEndpoint.objects.filter(organization=organization, kind=kind))


def find_stale(rows: Iterable[WebhookEndpoint]) -> WebhookEndpoint | None:
    """The replaced address among those of one kind that was called last, within the last seven days.

    None once the present one is called after it: then whoever called knows the new URL.
    """
    after, found = timezone.now() - dt.timedelta(days=7), list(rows)
    for row in found:
        if row.is_current and row.last_called_at:
            after = max(after, row.last_called_at + CALLS_ARE_NOTED_EVERY)
    called = [row for row in found if not row.is_current and row.calls_after_rotation and row.last_called_at]
    latest = max(called, key=lambda row: row.last_called_at or after, default=None)
    return latest if latest is not None and latest.last_called_at and latest.last_called_at >= after else None
