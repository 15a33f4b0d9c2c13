"""The platform's side of the settings: the events URL, its signing secret, and the API keys."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.models import PlatformConnection
from integrations.platform_events import release_waiting
from opencx_admin.orgs import audit
from opencx_admin.orgs.models import ApiKey, Organization

OBJECT = "OpenCX"


def save_events_url(organization: Organization, url: str, *, request: HttpRequest) -> str:
    """Keep where events go; what waited for a URL is due at once.

    Returns the signing secret's text when this made the first one (to be shown once), else the empty text.
    """
    with transaction.atomic():
        connection, _made = PlatformConnection.objects.select_for_update().get_or_create(organization=organization)
        before, shown = connection.events_url, ""
        if before != url:
            connection.proven_at = None
        connection.events_url = url
        if not connection.signing_secret:
            shown = _renew(connection, request)
        connection.save()
        release_waiting(organization)
        audit.record(
            organization,
            "platform.save",
            request=request,
            object_label=OBJECT,
            before={"events_url": before} if before else {},
            after={"events_url": url} | ({"signing_secret": _("made")} if shown else {}),
        )
    return shown


def renew_secret(organization: Organization, *, request: HttpRequest) -> str:
    """A new signing secret, from the next event on. Returns its text, to be shown once."""
    with transaction.atomic():
        connection, _made = PlatformConnection.objects.select_for_update().get_or_create(organization=organization)
        text = _renew(connection, request)
        connection.save(update_fields=["signing_secret", "secret_set_at", "secret_set_by"])
        audit.record(
            organization,
            "platform.rotate_secret",
            request=request,
            object_label=OBJECT,
            after={"signing_secret": _("replaced")},
        )
    return text


def issue_key(organization: Organization, name: str, *, request: HttpRequest) -> str:
    """A new API key beside the old ones. Returns its text, to be shown once."""
    with transaction.atomic():
        key, text = ApiKey.issue(organization, name=name[:100], created_by=str(request.user)[:254])
        audit.record(
            organization,
            "api_key.create",
            request=request,
            object_label=str(key),
            after={"name": name, "key": str(key)},
        )
    return text


def revoke_key(key: ApiKey, *, request: HttpRequest) -> None:
    """End a key now."""
    with transaction.atomic():
        key.revoke()
        audit.record(
            key.organization, "api_key.revoke", request=request, object_label=str(key), before={"name": key.name}
        )


def _renew(connection: PlatformConnection, request: HttpRequest) -> str:
    text = connection.renew_secret()
    connection.secret_set_at, connection.secret_set_by = timezone.now(), str(request.user)[:254]
    return text
