"""What the calls that came tell of objects in Zendesk that we may not see."""

from __future__ import annotations

from django.utils.translation import gettext as _

from integrations.models import EndpointKind, ObjectKind, WebhookEndpoint, WebhookEvent
from integrations.provisioning.reading import TRIGGERS
from integrations.webhooks import parse
from opencx_admin.orgs.times import moment_text

WITHOUT_IDS = (parse.MALFORMED, parse.MISSING_TICKET, parse.MISSING_EXTERNAL)


def tell_evidence(endpoint: WebhookEndpoint, kind: ObjectKind) -> str:
    """A sentence on whether a person made the webhook or the triggers; empty for what no call tells."""
    if kind == ObjectKind.WEBHOOK:
        if endpoint.last_called_at is None:
            return _("We may not see it, and no call has come to this URL yet.")
        return _("We may not see it, but a call came to this URL %(when)s.") % {
            "when": moment_text(endpoint.last_called_at)
        }
    if kind not in TRIGGERS:
        return ""
    calls = WebhookEvent.objects.filter(organization=endpoint.organization, kind=EndpointKind.ZENDESK)
    calls = calls.exclude(reason="test_call").defer("body", "headers")
    last = calls.first()
    if last is None:
        return _("We may not see it, and no call has come yet: reply publicly in a ticket that was handed off.")
    words = {"when": moment_text(last.received_at), "ticket": last.ticket_id}
    if last.reason in WITHOUT_IDS:
        return _("We may not see it. The last call, %(when)s, came without the ids: look at its body.") % words
    return _("We may not see it, but a call for ticket #%(ticket)s came %(when)s.") % words
