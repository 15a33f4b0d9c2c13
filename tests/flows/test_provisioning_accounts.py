"""One account for two organizations, and one organization that goes over to another account."""

from __future__ import annotations

from integrations.models import ProvisionedObject, WebhookEndpoint, ZendeskConnection
from integrations.provisioning import plan
from integrations.provisioning.leaving import leave_other_accounts
from opencx_admin.crypto import Secret
from opencx_admin.orgs.models import Organization, User
from tests.factories import ZendeskConnectionFactory
from tests.flows.provisioning import act, actions, bare, done, id_of
from tests.sandbox.server import Desk, Sandbox

__all__ = ["bare"]


def connect(organization: Organization, desk: Desk) -> ZendeskConnection:
    secret = Secret.hide(desk.client["client_secret"])
    return ZendeskConnectionFactory.create(
        organization=organization,
        subdomain=desk.subdomain,
        client_id=desk.client["client_id"],
        client_secret=secret,
    )


def test_two_organizations_share_an_account_and_leave_each_other_alone(
    bare: Desk, org: Organization, other_org: Organization, alice: User, mallory: User
) -> None:
    done(act(org, "apply", alice))
    connect(other_org, bare)
    found = plan.build(other_org)
    assert {item.kind.value: item.action for item in found.items} == {
        "webhook": "create",
        "reply_trigger": "create",
        "status_trigger": "create",
        "view": "adopt",  # one view shows the problems of both
    }
    assert found.others == ()

    done(act(other_org, "apply", mallory))
    assert len(bare.webhooks()) == 2
    assert set(actions(org).values()) == {"none"}
    done(act(other_org, "uninstall", mallory))

    assert set(actions(org).values()) == {"none"}
    assert [one["endpoint"] for one in bare.webhooks()] == [WebhookEndpoint.current(org).url]


def test_another_account_is_planned_from_the_beginning(
    bare: Desk, org: Organization, alice: User, sandbox: Sandbox
) -> None:
    done(act(org, "apply", alice))
    former = id_of(org, "webhook")
    globex = sandbox.account("globex", trigger=False)
    ZendeskConnection.objects.all().delete()
    leave_other_accounts(org, connect(org, globex))

    assert not ProvisionedObject.objects.exists()
    assert set(actions(org).values()) == {"create"}
    done(act(org, "apply", alice))
    assert [one["id"] for one in bare.webhooks()] == [former]
    assert len(globex.triggers()) == 2
