"""Another account is connected: the objects of the former one are not ours to touch any more."""

from __future__ import annotations

import pytest
from django.utils import timezone

from integrations.models import ObjectKind, ProvisionedObject, ProvisioningRun, WebhookEndpoint
from integrations.provisioning.leaving import account_of, leave_other_accounts, stop_runs
from opencx_admin.crypto import Secret
from opencx_admin.due import LostClaim
from opencx_admin.orgs.models import Organization
from tests.factories import SunshineConnectionFactory, ZendeskConnectionFactory

pytestmark = pytest.mark.django_db


def keep(organization: Organization, kind: ObjectKind, account: str) -> None:
    ProvisionedObject.objects.create(organization=organization, kind=kind, external_id="1", account=account)


def kinds(organization: Organization) -> set[str]:
    return set(ProvisionedObject.objects.filter(organization=organization).values_list("kind", flat=True))


def test_only_objects_of_the_former_account_are_forgotten(org: Organization, other_org: Organization) -> None:
    keep(org, ObjectKind.WEBHOOK, "former")
    keep(org, ObjectKind.VIEW, "acme")
    keep(org, ObjectKind.SUNSHINE_WEBHOOK, "former/app")
    keep(other_org, ObjectKind.WEBHOOK, "former")
    leave_other_accounts(org, ZendeskConnectionFactory.create(organization=org, subdomain="acme"))
    assert kinds(org) == {"view", "sunshine_webhook"}
    assert kinds(other_org) == {"webhook"}
    leave_other_accounts(org, SunshineConnectionFactory.create(organization=org))
    assert kinds(org) == {"view"}


def test_another_app_is_another_account(org: Organization) -> None:
    connection = SunshineConnectionFactory.create(organization=org)
    keep(org, ObjectKind.SUNSHINE_WEBHOOK, account_of(connection))
    leave_other_accounts(org, connection)
    assert kinds(org) == {"sunshine_webhook"}
    connection.app_id = "another"
    leave_other_accounts(org, connection)
    assert kinds(org) == set()


def test_a_run_at_work_in_the_former_account_loses_its_claim(org: Organization) -> None:
    run = ProvisioningRun.objects.create(organization=org, action="apply", next_attempt_at=timezone.now())
    assert run.claim(status="working")
    stop_runs(org)
    with pytest.raises(LostClaim):
        run.hold()
    run.refresh_from_db()
    assert (run.status, run.problem) == ("failed", "Another account was connected meanwhile.")


def test_the_former_accounts_webhook_takes_its_secret_along(org: Organization) -> None:
    endpoint = WebhookEndpoint.current(org)
    WebhookEndpoint.objects.update(signing_secret=Secret.hide("of the former account"))
    keep(org, ObjectKind.VIEW, "former")
    connection = ZendeskConnectionFactory.create(organization=org, subdomain="acme")
    leave_other_accounts(org, connection)
    endpoint.refresh_from_db()
    assert endpoint.signing_secret  # nothing of ours signed with it there
    keep(org, ObjectKind.WEBHOOK, "former")
    leave_other_accounts(org, connection)
    endpoint.refresh_from_db()
    assert not endpoint.signing_secret
