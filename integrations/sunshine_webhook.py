"""Sunshine's way to us: its URL, its secret, and replacing the URL here and in Sunshine in one act."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Sum
from django.http import HttpRequest
from django.utils.translation import gettext as _

from integrations import messaging
from integrations.endpoints import rotate
from integrations.messaging_credentials import register
from integrations.models import EndpointKind, SunshineConnection, WebhookEndpoint, WebhookEvent
from integrations.standing import stale_endpoint
from opencx_admin.crypto import DOTS
from opencx_admin.orgs import audit
from opencx_admin.orgs.components import Mark
from opencx_admin.orgs.models import Organization
from opencx_admin.orgs.times import moment_text


@dataclass(frozen=True)
class SunshineWebhook:
    """What the Webhook tab shows of it. `url` ends in dots for who may not see it."""

    endpoint: WebhookEndpoint
    url: str
    connection: SunshineConnection | None
    mark: Mark
    last_call: WebhookEvent | None
    refused: int
    last_refused_at: dt.datetime | None
    stale: WebhookEndpoint | None
    overlapping: WebhookEndpoint | None


def read_sunshine_webhook(organization: Organization, *, is_admin: bool) -> SunshineWebhook:
    """How Sunshine's webhook stands."""
    endpoint = WebhookEndpoint.current(organization, EndpointKind.SUNSHINE)
    rows = WebhookEndpoint.objects.filter(organization=organization, kind=EndpointKind.SUNSHINE)
    connection = SunshineConnection.objects.filter(organization=organization).first()
    calls = WebhookEvent.objects.filter(organization=organization, kind=EndpointKind.SUNSHINE)
    last_refused = rows.exclude(last_refused_at=None).order_by("-last_refused_at").first()
    stale = stale_endpoint(organization, EndpointKind.SUNSHINE)
    return SunshineWebhook(
        endpoint=endpoint,
        url=endpoint.url if is_admin else endpoint.url[: -len(endpoint.token.reveal())] + DOTS,
        connection=connection,
        mark=_mark(endpoint, connection, stale),
        last_call=calls.order_by("-pk").first(),
        refused=rows.aggregate(n=Sum("calls_refused"))["n"] or 0,
        last_refused_at=last_refused.last_refused_at if last_refused else None,
        stale=stale,
        overlapping=rows.filter(is_current=False).exclude(expires_at=None).order_by("-expires_at").first(),
    )


def _mark(endpoint: WebhookEndpoint, connection: SunshineConnection | None, stale: WebhookEndpoint | None) -> Mark:
    if connection is None and endpoint.last_called_at is None:
        return Mark("not_set_up")
    if connection is not None and connection.webhook_problem:
        return Mark("problem", _("Not registered"))
    if stale is not None:
        return Mark("warning", _("Sunshine still calls the old URL"))
    if endpoint.last_called_at is None:
        return Mark("unproven")
    return Mark("proven", _("Proven %(when)s") % {"when": moment_text(endpoint.last_called_at)})


def rotate_sunshine(organization: Organization, overlap_hours: int, *, request: HttpRequest) -> str:
    """Replace the URL here, then in Sunshine's webhook. Returns why Sunshine was not told, else the empty text."""
    rotate(organization, overlap_hours, request=request, kind=EndpointKind.SUNSHINE)
    connection = SunshineConnection.objects.select_related("organization").filter(organization=organization).first()
    if connection is None:
        return _("Messaging is not connected. Copy the new URL into the webhook in Zendesk.")
    return register(connection, request=request)


def set_sunshine_secret(organization: Organization, text: str, *, request: HttpRequest) -> None:
    """Take calls with this `X-API-Key` from now on, at the replaced addresses too; the former one for a day more."""
    with transaction.atomic():
        had_one = bool(WebhookEndpoint.current(organization, EndpointKind.SUNSHINE).signing_secret)
        rows = WebhookEndpoint.objects.select_for_update().filter(organization=organization, kind=EndpointKind.SUNSHINE)
        for endpoint in rows:
            messaging.keep_secret(endpoint, text, who=str(request.user))
        audit.record(
            organization,
            "webhook.sunshine_secret",
            request=request,
            object_label=_("Sunshine’s webhook URL"),
            before={"secret": _("set") if had_one else _("none")},
            after={"secret": _("entered")},
        )
