"""The secret that signs the webhook's calls: fetched from Zendesk, kept encrypted, told nobody."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.clients.errors import Forbidden, NotFound
from integrations.clients.zendesk_rules import ZendeskRules
from integrations.models import EndpointKind, WebhookEndpoint
from opencx_admin.crypto import Secret
from opencx_admin.orgs import audit
from opencx_admin.orgs.models import Organization

FETCHED_BY = "Zendesk"


def fetch_secret(organization: Organization, rules: ZendeskRules, webhook_id: str, *, who: str) -> str:
    """Keep the webhook's signing secret for every address; from now on each call is checked.

    Returns a sentence when Zendesk does not show it, else the empty text. Raises what the client raises.
    """
    try:
        text = rules.signing_secret(webhook_id)
    except (Forbidden, NotFound):
        return _("Zendesk does not show us the signing secret: paste it under Webhook.")
    _keep(organization, text, who=who, how=_("fetched from Zendesk"))
    return ""


def forget_secret(organization: Organization, *, who: str) -> None:
    """The webhook is gone, and its secret with it: calls of another one are taken as they come."""
    _keep(organization, "", who=who, how="")


def _keep(organization: Organization, text: str, *, who: str, how: str) -> None:
    with transaction.atomic():
        Organization.objects.select_for_update().get(pk=organization.pk)  # a rotation copies the secret
        endpoint = WebhookEndpoint.current(organization)
        known = endpoint.signing_secret
        if (known.reveal() if known else "") == text:
            return
        WebhookEndpoint.objects.filter(organization=organization, kind=EndpointKind.ZENDESK).update(
            signing_secret=Secret.hide(text),
            secret_set_at=timezone.now() if text else None,
            secret_set_by=FETCHED_BY if text else "",
        )
        audit.record(
            organization,
            "webhook.signing_secret",
            actor_label=who,
            object_label=_("Webhook URL"),
            before={"calls_must_be_signed": bool(known)},
            after={"calls_must_be_signed": bool(text)} | ({"secret": how} if how else {}),
        )
