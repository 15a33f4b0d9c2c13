"""Tickets: made, changed, closed, merged, followed up, gone."""

from typing import Any

import pytest
import requests

from tests.sandbox.server import Desk, Sandbox

BOB = {"name": "Bob Smith", "email": "bob@example.com"}


def post(desk: Desk, key: str = "", **said: Any) -> requests.Response:
    ticket = {"subject": "Where is it", "comment": {"body": "Hello", "public": False}, "requester": BOB, **said}
    headers = {"Idempotency-Key": key} if key else {}
    return desk.api("POST", "tickets", json={"ticket": ticket}, headers=headers)


def make(desk: Desk, **said: Any) -> int:
    answer = post(desk, **said)
    assert answer.status_code == 201, answer.text
    return int(answer.json()["ticket"]["id"])


def put(desk: Desk, number: int, **said: Any) -> requests.Response:
    return desk.api("PUT", f"tickets/{number}", json={"ticket": said})


def detail(answer: requests.Response, field: str) -> str:
    assert answer.status_code == 422, answer.text
    assert answer.json()["error"] == "RecordInvalid"
    return str(answer.json()["details"][field][0]["description"])


def test_a_ticket_is_made_with_its_requester(desk: Desk) -> None:
    answer = post(desk, external_id="session-1", tags=["b", "a"])
    ticket = answer.json()["ticket"]
    assert answer.headers["Location"] == f"{desk.url}/api/v2/tickets/1001.json"
    assert (ticket["id"], ticket["status"], ticket["external_id"], ticket["tags"]) == (
        1001,
        "new",
        "session-1",
        ["a", "b"],
    )
    requester = desk.api("GET", f"users/{ticket['requester_id']}").json()["user"]
    assert (requester["name"], requester["email"], requester["role"]) == ("Bob Smith", "bob@example.com", "end-user")


def test_the_answer_tells_the_id_of_the_comment_written(desk: Desk) -> None:
    audit = post(desk).json()["audit"]
    event = next(one for one in audit["events"] if one["type"] == "Comment")
    assert event["id"] == desk.comments(1001)[0]["id"]
    assert event["id"] >= 10**13


def test_a_known_requester_is_found_by_email(desk: Desk) -> None:
    first, second = post(desk).json()["ticket"], post(desk, requester={"email": "BOB@example.com"}).json()["ticket"]
    assert first["requester_id"] == second["requester_id"]


def test_an_assigned_ticket_is_open_at_once(desk: Desk) -> None:
    agent = next(one for one in desk.description["people"] if one["name"] == "Grace Agent")
    assert post(desk, assignee_id=agent["id"]).json()["ticket"]["status"] == "open"


def test_an_assignee_must_be_an_agent(desk: Desk) -> None:
    assert detail(post(desk, assignee_id=12345), "assignee") == "Assignee: is not a valid assignee"


@pytest.mark.parametrize(
    ("said", "field", "words"),
    [
        ({"comment": {}}, "base", "Description: cannot be blank"),
        ({"requester": {"name": "Zoe Moe", "email": "not an email"}}, "requester", "not properly formatted"),
        ({"requester": {"email": "zoe@example.com"}}, "requester", "Name: is too short"),
        ({"requester": {"name": "Zoe Moe"}}, "requester", "Email: cannot be blank"),
        ({"requester_id": 1}, "requester", "is not valid"),
        ({"status": "lost"}, "status", "not included"),
        ({"priority": "soon"}, "priority", "not included"),
    ],
)
def test_what_zendesk_refuses_is_422_with_the_field(desk: Desk, said: dict[str, Any], field: str, words: str) -> None:
    assert words in detail(post(desk, **said), field)
    assert desk.tickets() == []


def test_a_suspended_requester_blocks_the_ticket(desk: Desk) -> None:
    make(desk)
    desk.play("suspend_user", email="bob@example.com")
    assert post(desk).json() == {
        "error": "RecordInvalid",
        "description": "Record validation errors",
        "details": {"requester": [{"description": "Requester: Bob Smith is suspended.", "error": "UserSuspended"}]},
    }


def test_unknown_keys_are_dropped_with_a_warning(desk: Desk) -> None:
    answer = post(desk, colour="red")
    assert answer.status_code == 201
    assert '"ticket.colour"' in answer.headers["X-Zendesk-API-Warn"]


def test_the_same_key_and_body_give_the_first_answer_again(desk: Desk) -> None:
    first, second = post(desk, key="k1"), post(desk, key="k1")
    assert (first.headers["x-idempotency-lookup"], second.headers["x-idempotency-lookup"]) == ("miss", "hit")
    assert (second.status_code, second.json()) == (201, first.json())
    assert len(desk.tickets()) == 1


def test_the_same_key_with_another_body_is_400(desk: Desk) -> None:
    post(desk, key="k1")
    answer = post(desk, key="k1", subject="Something else")
    assert answer.status_code == 400
    assert answer.json() == {
        "error": "IdempotentRequestError",
        "description": "Request parameters don't match the given idempotency key",
    }


def test_a_refused_ticket_leaves_its_key_free(desk: Desk) -> None:
    assert post(desk, key="k1", comment={}).status_code == 422
    assert post(desk, key="k1").headers["x-idempotency-lookup"] == "miss"


def test_a_key_is_forgotten_after_two_hours(sandbox: Sandbox, desk: Desk) -> None:
    post(desk, key="k1")
    sandbox.control("clock", {"advance_seconds": 7201})
    again = post(desk, key="k1")
    sandbox.control("clock", {"advance_seconds": -7201})
    assert again.headers["x-idempotency-lookup"] == "miss"
    assert len(desk.tickets()) == 2


def test_tickets_are_found_by_external_id(desk: Desk) -> None:
    make(desk, external_id="one")
    number = make(desk, external_id="two")
    found = desk.api("GET", "tickets", params={"external_id": "two"}).json()
    assert ([one["id"] for one in found["tickets"]], found["count"]) == ([number], 1)
    assert desk.api("GET", "tickets.json?external_id=three").json()["tickets"] == []


def test_a_deleted_ticket_is_not_found(desk: Desk) -> None:
    number = make(desk, external_id="one")
    assert desk.api("DELETE", f"tickets/{number}").status_code == 204
    for answer in (desk.api("GET", f"tickets/{number}"), put(desk, number, tags=["x"])):
        assert (answer.status_code, answer.json()) == (404, {"error": "RecordNotFound", "description": "Not found"})
    assert desk.api("GET", "tickets?external_id=one").json()["tickets"] == []


def test_tags_on_an_update_replace_the_set(desk: Desk) -> None:
    number = make(desk, tags=["a", "b"])
    assert put(desk, number, tags=["c"]).json()["ticket"]["tags"] == ["c"]


def test_the_tags_path_adds_sets_and_removes(desk: Desk) -> None:
    path = f"tickets/{make(desk, tags=['a'])}/tags"
    assert desk.api("PUT", path, json={"tags": ["b"]}).json() == {"tags": ["a", "b"]}
    assert desk.api("DELETE", path, json={"tags": ["a"]}).json() == {"tags": ["b"]}
    answer = desk.api("POST", path, json={"tags": ["c"]})
    assert (answer.status_code, answer.json()) == (201, {"tags": ["c"]})
    assert desk.api("GET", path).json() == {"tags": ["c"]}


def test_a_safe_update_with_an_old_stamp_is_409(sandbox: Sandbox, desk: Desk) -> None:
    number = make(desk)
    stamp = desk.api("GET", f"tickets/{number}").json()["ticket"]["updated_at"]
    assert put(desk, number, safe_update=True, updated_stamp=stamp, tags=["x"]).status_code == 200
    answer = put(desk, number, safe_update=True, updated_stamp="2020-01-01T00:00:00Z", tags=["y"])
    assert (answer.status_code, answer.json()["error"]) == (409, "UpdateConflict")
    assert desk.tickets()[0]["tags"] == ["x"]


def test_a_closed_ticket_takes_no_update(desk: Desk) -> None:
    number = make(desk)
    assert put(desk, number, status="closed").json()["ticket"]["status"] == "closed"
    assert detail(put(desk, number, tags=["x"]), "status") == "Status: closed prevents ticket update"


def test_only_a_closed_ticket_can_be_followed_up(desk: Desk) -> None:
    number = make(desk, tags=["old"])
    desk.play("solve", number)
    assert post(desk, via_followup_source_id=number).status_code == 422
    desk.play("close", number)
    ticket = post(desk, via_followup_source_id=number, external_id="s1").json()["ticket"]
    assert ticket["via"]["source"]["rel"] == "follow_up"
    assert desk.api("GET", f"tickets/{number}").json()["ticket"]["followup_ids"] == [ticket["id"]]


def test_merging_closes_the_source_and_says_where_it_went(desk: Desk) -> None:
    target, source = make(desk, subject="Main"), make(desk, subject="Other")
    job = desk.api("POST", f"tickets/{target}/merge", json={"ids": [source]}).json()["job_status"]
    assert desk.api("GET", f"job_statuses/{job['id']}").json()["job_status"]["status"] == "completed"
    ticket = desk.api("GET", f"tickets/{source}").json()["ticket"]
    assert ticket["status"] == "closed"
    assert "closed_by_merge" in ticket["tags"]
    last = desk.comments(source)[-1]
    assert last["body"] == f'This request was closed and merged into request #{target} "Main".'
    assert last["public"] is False


def test_metadata_is_kept_on_the_audit_and_the_comment(desk: Desk) -> None:
    number = make(desk)
    audit = put(desk, number, comment={"body": "Hi", "public": False}, metadata={"reply": "r1"}).json()["audit"]
    assert audit["metadata"]["custom"] == {"reply": "r1"}
    assert desk.comments(number)[-1]["metadata"]["custom"] == {"reply": "r1"}
    assert desk.api("GET", f"tickets/{number}/audits").json()["audits"][-1]["id"] == audit["id"]


FIELDS = [
    {
        "id": 360000000000001,
        "type": "tagger",
        "title": "Topic",
        "options": [{"name": "Refund", "value": "topic_refund"}],
    },
    {"id": 360000000000002, "type": "integer", "title": "Orders"},
    {"id": 360000000000003, "type": "text", "title": "Cause", "required": True},
]


def test_a_dropdown_takes_an_option_and_its_tag_goes_on_the_ticket(sandbox: Sandbox) -> None:
    desk = sandbox.account("fields", ticket_fields=FIELDS)
    ticket = post(desk, custom_fields=[{"id": FIELDS[0]["id"], "value": "topic_refund"}]).json()["ticket"]
    assert {"id": 360000000000001, "value": "topic_refund"} in ticket["custom_fields"]
    assert ticket["tags"] == ["topic_refund"]
    assert put(desk, ticket["id"], tags=["x"]).json()["ticket"]["custom_fields"][0]["value"] is None


def test_a_value_that_the_field_cannot_hold_is_422_with_its_id(sandbox: Sandbox) -> None:
    desk = sandbox.account("fields", ticket_fields=FIELDS)
    for field_id, value in ((360000000000001, "Refund"), (360000000000002, "many")):
        answer = post(desk, custom_fields=[{"id": field_id, "value": value}])
        assert answer.status_code == 422
        assert answer.json()["details"]["base"][0]["ticket_field_id"] == field_id


def test_solving_needs_the_required_fields(sandbox: Sandbox) -> None:
    desk = sandbox.account("fields", ticket_fields=FIELDS)
    number = make(desk)
    assert "Cause" in detail(put(desk, number, status="solved"), "base")
    value = [{"id": 360000000000003, "value": "lost"}]
    assert put(desk, number, status="solved", custom_fields=value).json()["ticket"]["status"] == "solved"


def test_broken_json_is_refused(desk: Desk) -> None:
    answer = desk.api("POST", "tickets", data="{", headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["message"]) == (422, "Server could not parse JSON")


def test_an_unknown_path_is_an_invalid_endpoint(desk: Desk) -> None:
    answer = desk.api("GET", "tickles.json")
    assert (answer.status_code, answer.json()["error"]) == (404, "InvalidEndpoint")


def test_a_new_ticket_is_public_or_not_as_its_first_comment(desk: Desk) -> None:
    number = make(desk)
    desk.api("PUT", f"tickets/{number}", json={"ticket": {"comment": {"body": "no flag"}}})
    assert desk.comments(number)[-1]["public"] is False
    other = make(desk, comment={"body": "Hello"})
    put(desk, other, comment={"body": "no flag"})
    assert desk.comments(other)[-1]["public"] is True


def test_the_export_walks_by_cursor_and_shows_deleted_tickets(desk: Desk) -> None:
    for _each in range(3):
        make(desk)
    desk.api("DELETE", "tickets/1001")
    first = desk.api("GET", "incremental/tickets/cursor.json?start_time=0&per_page=2").json()
    rest = desk.api("GET", "incremental/tickets/cursor.json", params={"cursor": first["after_cursor"]}).json()
    assert (first["end_of_stream"], rest["end_of_stream"]) == (False, True)
    found = [(one["id"], one["status"]) for one in first["tickets"] + rest["tickets"]]
    assert found == [(1002, "new"), (1003, "new"), (1001, "deleted")]


def test_search_finds_tickets_by_words_of_the_query_language(desk: Desk) -> None:
    number = make(desk, external_id="abc", tags=["opencx_handedoff"])
    make(desk)
    for query in ("external_id:abc", "type:ticket tags:opencx_handedoff", f"type:ticket {number}"):
        found = desk.api("GET", "search", params={"query": query}).json()
        assert [(one["id"], one["result_type"]) for one in found["results"]] == [(number, "ticket")]
    assert desk.api("GET", "search?query=x&page[size]=5").status_code == 400


def test_many_tickets_are_updated_at_once(desk: Desk) -> None:
    numbers = f"{make(desk)},{make(desk)}"
    change = {"ticket": {"additional_tags": ["vip"]}}
    job = desk.api("PUT", f"tickets/update_many?ids={numbers}", json=change).json()["job_status"]
    assert job["status"] == "queued"
    assert [one["tags"] for one in desk.tickets()] == [["vip"], ["vip"]]


@pytest.mark.parametrize("said", [{"custom_fields": 7}, {"tags": {"a": 1}, "comment": {"body": "x", "uploads": 3}}])
def test_values_of_a_wrong_type_are_never_a_crash(desk: Desk, said: dict[str, Any]) -> None:
    assert post(desk, **said).status_code in (201, 400, 422)
