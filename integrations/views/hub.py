"""Settings → Integrations: what is connected, by proof."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from integrations.models import EndpointKind, PlatformConnection, SunshineConnection, WebhookEndpoint, ZendeskConnection
from integrations.standing import (
    Standing,
    messaging_standing,
    platform_standing,
    stale_endpoint,
    webhook_standing,
    zendesk_standing,
)
from integrations.views.rotation import is_provisioned
from opencx_admin.orgs.access import PageRequest, page
from opencx_admin.orgs.components import Tab
from opencx_admin.orgs.models import Organization


@dataclass(frozen=True)
class Card:
    """One integration on the page."""

    name: str
    purpose: str
    standing: Standing
    url: str
    facts: list[tuple[str, str]]


@page()
def integrations(request: PageRequest) -> HttpResponse:
    """/settings/integrations/"""
    return render(request, "integrations/integrations.html", {"cards": _cards(request.org)})


@page()
def zendesk(request: PageRequest) -> HttpResponse:
    """/settings/integrations/zendesk/ leads to its first tab."""
    return redirect("zendesk-ticketing")


def zendesk_tabs(current: str) -> list[Tab]:
    """The tabs of the Zendesk settings; `current` is the name of the URL."""
    tabs = (
        ("zendesk-ticketing", _("Ticketing")),
        ("zendesk-messaging", _("Messaging")),
        ("zendesk-webhook", _("Webhook")),
        ("zendesk-objects", _("Objects")),
    )
    return [Tab(label, reverse(name), is_current=name == current) for name, label in tabs]


def _cards(organization: Organization) -> list[Card]:
    connection = ZendeskConnection.objects.filter(organization=organization).first()
    platform = PlatformConnection.objects.filter(organization=organization).first()
    endpoints = WebhookEndpoint.objects.filter(organization=organization, kind=EndpointKind.ZENDESK)
    endpoint = endpoints.filter(is_current=True).first()
    sunshine = SunshineConnection.objects.filter(organization=organization).first()
    account = [(_("Account"), connection.subdomain)] if connection else []
    account += [(_("Signs in with"), str(connection.get_auth_method_display()))] if connection else []
    return [
        Card(
            _("Zendesk Ticketing"),
            _("Handoffs become tickets; agents’ replies are read there."),
            zendesk_standing(connection),
            reverse("zendesk-ticketing"),
            account,
        ),
        Card(
            _("Zendesk Messaging"),
            _("Chats become live conversations in the Agent Workspace; agents’ messages come back."),
            messaging_standing(sunshine),
            reverse("zendesk-messaging"),
            [(_("Account"), sunshine.subdomain), (_("App ID"), sunshine.app_id)] if sunshine else [],
        ),
        Card(
            _("Zendesk webhook"),
            _("Zendesk rings here when an agent replies or a ticket is solved."),
            webhook_standing(endpoint, stale_endpoint(organization)),
            reverse("zendesk-webhook"),
            [
                (_("Signature"), _("checked") if endpoint and endpoint.signing_secret else _("not checked")),
                (_("In Zendesk"), _("kept in order by us") if is_provisioned(organization) else _("not kept in order")),
            ],
        ),
        Card(
            _("OpenCX"),
            _("The platform hands sessions off and takes agents’ replies as signed events."),
            platform_standing(organization, platform),
            reverse("opencx"),
            [(_("Events URL"), platform.events_url)] if platform and platform.events_url else [],
        ),
    ]
