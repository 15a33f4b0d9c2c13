"""Settings → Team: owners decide, everybody reads, an owner always stays."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from opencx_admin.orgs.models import AuditEntry, Membership, Organization, Role, User
from opencx_admin.orgs.team import LastOwner, remove_member

pytestmark = pytest.mark.django_db
TEAM = "/settings/team/"


def membership(person: User) -> Membership:
    return Membership.objects.get(user=person)


def test_an_owner_adds_somebody_who_logs_in_with_the_password_shown_once(as_olga: Client, org: Organization) -> None:
    answer = as_olga.post(TEAM, {"action": "add", "email": "New@Example.com", "role": "lead"})
    assert answer.status_code == 200
    found = re.search(r'data-copy="([^"]+)"', answer.content.decode())
    assert found
    password = found[1]
    assert password not in as_olga.get(TEAM).content.decode()
    newcomer = Client()
    assert newcomer.post("/login/", {"email": "new@example.com", "password": password}).status_code == 302
    assert newcomer.get(TEAM).status_code == 200


def test_adding_is_in_the_audit_log_without_the_password(as_olga: Client, org: Organization) -> None:
    answer = as_olga.post(TEAM, {"action": "add", "email": "new@example.com", "role": "lead"})
    entry = AuditEntry.objects.get(organization=org, action="member.add")
    assert entry.object_label == "new@example.com"
    assert entry.after == {"role": "lead"}
    assert entry.actor_label == "Olga"
    assert answer.status_code == 200


def test_somebody_known_joins_with_the_password_they_have(as_olga: Client, mallory: User, org: Organization) -> None:
    before = mallory.password
    answer = as_olga.post(TEAM, {"action": "add", "email": mallory.email, "role": "viewer"})
    assert "They log in with the password they have" in answer.content.decode()
    mallory.refresh_from_db()
    assert mallory.password == before
    assert Membership.objects.get(user=mallory, organization=org).role == Role.VIEWER


def test_nobody_joins_twice(as_olga: Client, lea: User) -> None:
    answer = as_olga.post(TEAM, {"action": "add", "email": lea.email, "role": "owner"})
    assert answer.status_code == 422
    assert "in the team already" in answer.content.decode()
    assert membership(lea).role == Role.LEAD


@pytest.mark.parametrize(("email", "role"), [("no-address", "lead"), ("", "lead"), ("a@example.com", "king")])
def test_what_cannot_be_read_is_422_beside_its_field(as_olga: Client, email: str, role: str) -> None:
    answer = as_olga.post(TEAM, {"action": "add", "email": email, "role": role})
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.content.decode()


def test_an_owner_changes_a_role(as_olga: Client, lea: User) -> None:
    as_olga.post(TEAM, {"action": "change_role", "member": membership(lea).pk, "role": "admin"})
    assert membership(lea).role == Role.ADMIN
    entry = AuditEntry.objects.get(action="member.change_role")
    assert (entry.before, entry.after) == ({"role": "lead"}, {"role": "admin"})


def test_the_last_owner_stays_owner(as_olga: Client, olga: User) -> None:
    answer = as_olga.post(TEAM, {"action": "change_role", "member": membership(olga).pk, "role": "lead"}, follow=True)
    assert "needs an owner" in answer.content.decode()
    assert membership(olga).role == Role.OWNER
    with pytest.raises(LastOwner):
        remove_member(membership(olga))


def test_an_owner_leaves_when_another_stays(as_olga: Client, olga: User, lea: User) -> None:
    as_olga.post(TEAM, {"action": "change_role", "member": membership(lea).pk, "role": "owner"})
    as_olga.post(TEAM, {"action": "remove", "member": membership(olga).pk, "confirmed": "yes"})
    assert not Membership.objects.filter(user=olga).exists()
    assert User.objects.filter(pk=olga.pk).exists()


def test_removing_asks_first(as_olga: Client, lea: User) -> None:
    question = as_olga.post(TEAM, {"action": "remove", "member": membership(lea).pk})
    assert "Remove Lea from Acme Outfitters?" in question.content.decode()
    assert Membership.objects.filter(user=lea).exists()
    as_olga.post(TEAM, {"action": "remove", "member": membership(lea).pk, "confirmed": "yes"})
    assert not Membership.objects.filter(user=lea).exists()


def test_a_removed_person_is_out_at_once(as_olga: Client, as_lea: Client, lea: User) -> None:
    assert as_lea.get(TEAM).status_code == 200
    as_olga.post(TEAM, {"action": "remove", "member": membership(lea).pk, "confirmed": "yes"})
    assert as_lea.get(TEAM).status_code == 403


def test_a_member_of_another_organization_is_out_of_reach(as_olga: Client, mallory: User) -> None:
    theirs = membership(mallory).pk
    for action in ("remove", "change_role"):
        answer = as_olga.post(TEAM, {"action": action, "member": theirs, "role": "viewer", "confirmed": "yes"})
        assert answer.status_code == 404
    assert membership(mallory).role == Role.OWNER


@pytest.mark.parametrize("member", ["", "x", "-1", "9" * 30, "²"])
def test_a_member_that_is_no_number_is_404(as_olga: Client, member: str) -> None:
    assert as_olga.post(TEAM, {"action": "remove", "member": member}).status_code == 404


def test_others_read_and_see_why_they_may_not_change(as_alice: Client, as_vera: Client, lea: User) -> None:
    for reader in (as_alice, as_vera):
        page = reader.get(TEAM).content.decode()
        assert lea.email in page
        assert "needs the role owner" in page
        assert 'value="change_role"' not in page
        assert reader.post(TEAM, {"action": "add", "email": "x@example.com", "role": "owner"}).status_code == 403
