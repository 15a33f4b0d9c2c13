"""Changing the address that Zendesk calls: a new URL with an overlap, and the secret that signs the calls."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.models import EndpointKind, WebhookEndpoint
from integrations.provisioning.runs import follow_rotation, start_rotation
from opencx_admin.crypto import Secret
from opencx_admin.orgs import audit
from opencx_admin.orgs.models import Organization

SECRET_FIELDS = ("signing_secret", "former_secret", "former_secret_until", "secret_set_at", "secret_set_by")
# What a new address takes over from the one before.
KEPT_FIELDS = (*SECRET_FIELDS, "parks_since")


def rotate(
    organization: Organization, overlap_hours: int, *, request: HttpRequest, kind: str = EndpointKind.ZENDESK
) -> WebhookEndpoint:
    """Replace the current address; the old one is answered for `overlap_hours` more, and 410 after that.

    Older ones end then at the latest: who says that an address leaked (0) does not mean the last one only.
    The signing secret moves along: in Zendesk it belongs to the webhook, whose endpoint is edited. When that
    webhook is one that we keep in order, a run is begun in the same transaction that tells Zendesk the new
    address; the caller rings for it (`provisioning.runs.find_moving`), else the sweep does.
    """
    with transaction.atomic():
        Organization.objects.select_for_update().get(pk=organization.pk)
        old, ends_at = WebhookEndpoint.current(organization, kind), timezone.now() + dt.timedelta(hours=overlap_hours)
        older = WebhookEndpoint.objects.filter(organization=organization, kind=kind, is_current=False)
        older.filter(expires_at__gt=ends_at).update(expires_at=ends_at)
        old.is_current, old.expires_at = False, ends_at
        old.save(update_fields=["is_current", "expires_at"])
        new = WebhookEndpoint.issue(organization, kind)
        for name in KEPT_FIELDS:
            setattr(new, name, getattr(old, name))
        new.save(update_fields=KEPT_FIELDS)
        audit.record(
            organization,
            "webhook.rotate",
            request=request,
            object_label=_("Sunshine’s webhook URL") if kind == EndpointKind.SUNSHINE else _("Webhook URL"),
            after={"overlap_hours": overlap_hours, "old_url_ends_at": ends_at.isoformat(timespec="seconds")},
        )
        if kind == EndpointKind.ZENDESK:
            start_rotation(organization, request=request)
    if kind == EndpointKind.ZENDESK:
        follow_rotation(organization, request=request)  # a run that ended meanwhile still saw the old URL
    return new


def set_signing_secret(endpoint: WebhookEndpoint, text: str, *, request: HttpRequest) -> None:
    """Check calls with this secret from now on; the empty text forgets it. The old addresses follow."""
    with transaction.atomic():
        Organization.objects.select_for_update().get(pk=endpoint.organization_id)
        before = bool(endpoint.signing_secret)
        rows = WebhookEndpoint.objects.filter(organization=endpoint.organization, kind=endpoint.kind)
        rows.update(
            signing_secret=Secret.hide(text),
            secret_set_at=timezone.now() if text else None,
            secret_set_by=str(request.user)[:254] if text else "",
        )
        audit.record(
            endpoint.organization,
            "webhook.signing_secret",
            request=request,
            object_label=_("Webhook URL"),
            before={"calls_must_be_signed": before},
            after={"calls_must_be_signed": bool(text)} | ({"secret": _("entered")} if text else {}),
        )
