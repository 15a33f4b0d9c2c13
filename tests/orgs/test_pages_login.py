"""Logging in and out: who gets in, where they land, what a guesser meets."""

from __future__ import annotations

import pytest
from django.test import Client

from opencx_admin.orgs.models import User
from tests.factories.people import PASSWORD

pytestmark = pytest.mark.django_db


def log_in(client: Client, email: str, password: str, **more: str) -> int:
    return client.post("/login/", {"email": email, "password": password, **more}).status_code


def test_the_right_password_opens_the_overview(client: Client, lea: User) -> None:
    answer = client.post("/login/", {"email": "LEA@example.com ", "password": PASSWORD})
    assert answer.status_code == 302
    assert answer["Location"] == "/"
    assert client.get("/account/").status_code == 200


def test_a_person_lands_where_they_wanted_to_go(client: Client, lea: User) -> None:
    answer = client.post("/login/", {"email": lea.email, "password": PASSWORD, "next": "/audit/?who=Lea"})
    assert answer["Location"] == "/audit/?who=Lea"


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "\\\\evil"])
def test_nobody_is_sent_to_another_site(client: Client, lea: User, target: str) -> None:
    answer = client.post("/login/", {"email": lea.email, "password": PASSWORD, "next": target})
    assert answer["Location"] == "/"


def test_a_wrong_password_is_422_and_does_not_say_whether_the_person_exists(client: Client, lea: User) -> None:
    known = client.post("/login/", {"email": lea.email, "password": "wrong"})
    stranger = client.post("/login/", {"email": "nobody@example.com", "password": "wrong"})
    assert known.status_code == stranger.status_code == 422
    sentence = "This email and password do not belong together"
    assert sentence in known.content.decode()
    assert sentence in stranger.content.decode()


def test_the_password_never_comes_back_in_the_page(client: Client, lea: User) -> None:
    assert b"tell-nobody" not in client.post("/login/", {"email": lea.email, "password": "tell-nobody"}).content


def test_guessing_is_paused_even_for_the_right_password(client: Client, lea: User) -> None:
    tries = [log_in(client, lea.email, "wrong") for _ in range(8)]
    assert tries[0] == 422
    answer = client.post("/login/", {"email": lea.email, "password": PASSWORD})
    assert answer.status_code == 429
    assert "Login paused" in answer.content.decode()
    assert client.get("/account/").status_code == 302


def test_logging_out_needs_a_post_and_ends_the_session(as_lea: Client) -> None:
    assert as_lea.get("/logout/").status_code == 405
    assert as_lea.post("/logout/")["Location"] == "/login/"
    assert as_lea.get("/account/").status_code == 302


def test_a_form_without_a_token_is_refused_in_plain_words(lea: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post("/login/", {"email": lea.email, "password": PASSWORD})
    assert answer.status_code == 403
    assert "The form was too old" in answer.content.decode()
