"""The operator's commands print one JSON object each and say what went wrong in one sentence."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from pytest_django import Settings

from opencx_admin.crypto import Secret, Undecryptable
from opencx_admin.orgs.models import ApiKey, AuditEntry, Membership, Organization, User
from tests.factories import ZendeskConnectionFactory


def run(*words: str) -> dict[str, Any]:
    out = io.StringIO()
    call_command(*words, stdout=out)
    said: dict[str, Any] = json.loads(out.getvalue())
    return said


def test_an_organization_comes_with_its_owner_and_a_key_that_works(db: None) -> None:
    said = run("create_organization", "Acme Outfitters", "--owner", "Ana@Example.com")
    assert said["slug"] == "acme-outfitters"
    assert said["owner"] == "ana@example.com"
    key = ApiKey.find(said["api_key"])
    assert key is not None
    assert str(key.organization.pk) == said["organization_id"]
    assert User.objects.get(email="ana@example.com").check_password(said["password"])
    assert Membership.objects.get().role == "owner"
    assert said["api_key"] not in json.dumps(list(AuditEntry.objects.values("before", "after")))


def test_a_password_from_the_environment_is_not_printed(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OWNER_PASSWORD", "correct horse battery")
    said = run("create_organization", "Acme", "--owner", "ana@example.com", "--password-env", "OWNER_PASSWORD")
    assert "password" not in said
    assert User.objects.get().check_password("correct horse battery")


def test_two_organizations_of_one_name_get_two_slugs(db: None) -> None:
    first = run("create_organization", "Acme", "--owner", "ana@example.com")
    second = run("create_organization", "Acme", "--owner", "ana@example.com")
    assert [first["slug"], second["slug"]] == ["acme", "acme-2"]
    assert "password" not in second, "she has one already"


def test_a_person_joins_with_a_role_and_may_change_it(org: Organization) -> None:
    said = run("create_user", "vera@example.com", "--organization", org.slug, "--role", "viewer")
    assert said["role"] == "viewer"
    assert said["password"]
    run("create_user", "vera@example.com", "--organization", org.slug, "--role", "lead")
    assert Membership.objects.get(user__email="vera@example.com").role == "lead"


@pytest.mark.parametrize(
    "words",
    [
        ("create_organization", " ", "--owner", "ana@example.com"),
        ("create_organization", "Acme", "--owner", "nobody"),
        ("create_organization", "Acme", "--owner", "ana@example.com", "--password-env", "NOT_SET_ANYWHERE"),
        ("create_user", "vera@example.com", "--organization", "nowhere", "--role", "viewer"),
        ("reconcile", "--organization", "nowhere"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_changes_nothing(db: None, words: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        call_command(*words)
    assert not Organization.objects.exists()
    assert not User.objects.exists()


def test_rotating_keys_lets_the_old_key_go(org: Organization, settings: Settings) -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    settings.CREDENTIALS_KEYS = [old]
    connection = ZendeskConnectionFactory.create(organization=org, client_secret=Secret.hide("s3cret"))
    settings.CREDENTIALS_KEYS = [new, old]
    assert run("rotate_keys")["secrets"] == 1
    settings.CREDENTIALS_KEYS = [new]
    connection.refresh_from_db()
    assert connection.client_secret.reveal() == "s3cret"


def test_rotating_changes_nothing_when_one_secret_cannot_be_opened(org: Organization, settings: Settings) -> None:
    connection = ZendeskConnectionFactory.create(organization=org)
    before = connection.client_secret.token
    settings.CREDENTIALS_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(CommandError, match="Nothing was changed"):
        call_command("rotate_keys")
    connection.refresh_from_db()
    assert connection.client_secret.token == before
    with pytest.raises(Undecryptable):
        connection.client_secret.reveal()
