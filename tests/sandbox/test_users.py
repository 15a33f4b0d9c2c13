"""Users: found, made, updated."""

from typing import Any

import requests

from tests.sandbox.server import Desk


def upsert(desk: Desk, **said: Any) -> requests.Response:
    return desk.api("POST", "users/create_or_update.json", json={"user": said})


def test_a_phone_contact_is_made_once_by_external_id(desk: Desk) -> None:
    first = upsert(desk, name="Bob", phone="+4915112345678", external_id="contact-1", skip_verify_email=True)
    second = upsert(desk, name="Bob Smith", phone="+4915112345678", external_id="CONTACT-1")
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["user"]["id"] == second.json()["user"]["id"]
    assert second.json()["user"]["name"] == "Bob Smith"
    assert first.headers["Location"].endswith(f"/users/{first.json()['user']['id']}.json")


def test_an_email_matches_too(desk: Desk) -> None:
    first = upsert(desk, name="Bob", email="bob@example.com").json()["user"]
    second = upsert(desk, name="Bob", email="Bob@Example.com", external_id="c1").json()["user"]
    assert (second["id"], second["external_id"]) == (first["id"], "c1")


def test_a_user_needs_a_name_and_a_wellformed_email(desk: Desk) -> None:
    assert upsert(desk, email="bob@example.com").json()["details"]["name"][0]["error"] == "BlankValue"
    assert (
        "not properly formatted" in upsert(desk, name="Bob", email="bob").json()["details"]["email"][0]["description"]
    )


def test_one_user_takes_five_updates_a_minute(desk: Desk) -> None:
    answers = [upsert(desk, name=f"Bob {n}", external_id="c1") for n in range(7)]
    assert [one.status_code for one in answers] == [201, 200, 200, 200, 200, 200, 429]
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert answers[1].headers["zendesk-ratelimit-create-update-user"].startswith("total=5; remaining=4")


def test_users_are_searched_by_email_phone_and_external_id(desk: Desk) -> None:
    bob = upsert(desk, name="Bob", phone="+491511", email="bob@example.com", external_id="c1").json()["user"]["id"]
    for query in ("query=email:bob@example.com", "query=phone:%2B491511", "external_id=C1", 'query="bob@example.com"'):
        found = desk.api("GET", f"users/search.json?{query}").json()
        assert ([one["id"] for one in found["users"]], found["count"]) == ([bob], 1), query


def test_users_are_read_one_by_one_and_together(desk: Desk) -> None:
    one, two = (person["id"] for person in desk.description["people"][:2])
    assert desk.api("GET", f"users/{one}.json").json()["user"]["name"] == "Ada Admin"
    assert len(desk.api("GET", f"users/show_many.json?ids={one},{two}").json()["users"]) == 2
    assert desk.api("GET", "users/1.json").status_code == 404


def test_suspension_goes_through_the_api(desk: Desk) -> None:
    bob = upsert(desk, name="Bob", email="bob@example.com").json()["user"]["id"]
    answer = desk.api("PUT", f"users/{bob}", json={"user": {"suspended": True}})
    assert answer.json()["user"]["suspended"] is True


def test_a_merged_user_is_gone_and_the_tickets_move(desk: Desk) -> None:
    gone = upsert(desk, name="Bob", phone="+491511", external_id="c1").json()["user"]["id"]
    kept = upsert(desk, name="Bob", email="bob@example.com").json()["user"]["id"]
    ticket = {"ticket": {"comment": {"body": "Hello"}, "requester_id": gone}}
    number = desk.api("POST", "tickets", json=ticket).json()["ticket"]["id"]
    assert desk.api("PUT", f"users/{gone}/merge", json={"user": {"id": kept}}).status_code == 200
    assert desk.api("GET", f"tickets/{number}").json()["ticket"]["requester_id"] == kept
    assert desk.api("GET", f"users/{gone}").status_code == 404
