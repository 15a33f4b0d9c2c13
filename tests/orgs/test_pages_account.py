"""/account/: name, time zone, theme, keys, password."""

from __future__ import annotations

import pytest
from django.test import Client

from opencx_admin.orgs.models import User
from tests.factories.people import PASSWORD

pytestmark = pytest.mark.django_db
ACCOUNT = "/account/"
NEW = "quiet harbour lamp"


def save(client: Client, **changes: str) -> int:
    fields = {"action": "save", "name": "Lea Sommer", "time_zone": "Europe/Berlin", "theme": "", "keys": "on"}
    return client.post(ACCOUNT, fields | changes).status_code


def test_the_profile_is_kept(as_lea: Client, lea: User) -> None:
    assert save(as_lea, theme="dark") == 302
    lea.refresh_from_db()
    assert (lea.name, lea.time_zone, lea.theme) == ("Lea Sommer", "Europe/Berlin", "dark")
    assert "Berlin" in as_lea.get(ACCOUNT).content.decode()


@pytest.mark.parametrize("wrong", [{"time_zone": "Mars/Olympus"}, {"theme": "pink"}, {"name": "x" * 201}])
def test_what_cannot_be_is_422_and_nothing_changes(as_lea: Client, lea: User, wrong: dict[str, str]) -> None:
    before = (lea.name, lea.time_zone, lea.theme)
    assert save(as_lea, **wrong) == 422
    lea.refresh_from_db()
    assert (lea.name, lea.time_zone, lea.theme) == before


def test_the_single_letter_keys_can_be_turned_off_and_on(as_lea: Client) -> None:
    save(as_lea, keys="")
    assert 'data-keys="off"' in as_lea.get(ACCOUNT).content.decode()
    save(as_lea)
    assert 'data-keys="off"' not in as_lea.get(ACCOUNT).content.decode()


def test_a_new_password_works_and_other_browsers_are_out(as_lea: Client, lea: User) -> None:
    elsewhere = Client()
    elsewhere.post("/login/", {"email": lea.email, "password": PASSWORD})
    fields = {"action": "password", "old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}
    here = Client()
    here.post("/login/", {"email": lea.email, "password": PASSWORD})
    assert here.post(ACCOUNT, fields).status_code == 302
    assert here.get(ACCOUNT).status_code == 200
    assert elsewhere.get(ACCOUNT).status_code == 302
    assert Client().post("/login/", {"email": lea.email, "password": NEW}).status_code == 302


@pytest.mark.parametrize(
    ("old", "first", "second"),
    [
        ("wrong", NEW, NEW),
        (PASSWORD, NEW, "another one"),
        (PASSWORD, "tiny#1", "tiny#1"),
        (PASSWORD, "1234567890", "1234567890"),
    ],
)
def test_a_password_that_will_not_do_is_422(as_lea: Client, lea: User, old: str, first: str, second: str) -> None:
    fields = {"action": "password", "old_password": old, "new_password1": first, "new_password2": second}
    answer = as_lea.post(ACCOUNT, fields)
    assert answer.status_code == 422
    assert first.encode() not in answer.content
    lea.refresh_from_db()
    assert lea.check_password(PASSWORD)


def test_strangers_log_in_first(client: Client) -> None:
    assert client.get(ACCOUNT)["Location"] == "/login/?next=/account/"
