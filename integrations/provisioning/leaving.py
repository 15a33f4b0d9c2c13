"""Going over to another account: what we kept in order in the former one is not ours to touch any more."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.models import ObjectKind, ProvisionedObject, ProvisioningRun, SunshineConnection, ZendeskConnection
from integrations.provisioning.secret import forget_secret
from opencx_admin.orgs.models import Organization


def account_of(connection: ZendeskConnection | SunshineConnection) -> str:
    """How rows name the account: the subdomain, for Sunshine with its app."""
    if isinstance(connection, SunshineConnection):
        return f"{connection.subdomain}/{connection.app_id}"
    return connection.subdomain


def leave_other_accounts(organization: Organization, connection: ZendeskConnection | SunshineConnection) -> None:
    """Forget the objects of any account but this one, and stop the run that was at work there.

    They stay in Zendesk as they are. Inside the transaction that saves the connection.
    """
    rows = ProvisionedObject.objects.filter(organization=organization)
    is_sunshine = isinstance(connection, SunshineConnection)
    rows = (
        rows.filter(kind=ObjectKind.SUNSHINE_WEBHOOK) if is_sunshine else rows.exclude(kind=ObjectKind.SUNSHINE_WEBHOOK)
    )
    left = rows.exclude(account__in=("", account_of(connection)))
    if left.filter(kind=ObjectKind.WEBHOOK).exists():
        forget_secret(organization, who=_("system"))  # it signs the former account's calls, and no other's
    left.delete()


def stop_runs(organization: Organization, why: str = "") -> None:
    """End the run that is under way: its worker loses its claim and writes nothing more."""
    moving = (ProvisioningRun.Status.QUEUED, ProvisioningRun.Status.WORKING)
    ProvisioningRun.objects.filter(organization=organization, status__in=moving).update(
        status=ProvisioningRun.Status.FAILED,
        problem=why or _("Another account was connected meanwhile."),
        next_attempt_at=None,
        finished_at=timezone.now(),
    )
