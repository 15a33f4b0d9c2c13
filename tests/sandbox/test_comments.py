"""What is said on a ticket, and what Zendesk makes of it."""

from typing import Any

import pytest

from tests.sandbox.server import Desk
from tests.sandbox.test_tickets import make, put


def say(desk: Desk, number: int, **said: Any) -> dict[str, Any]:
    answer = put(desk, number, comment={"public": False, **said})
    assert answer.status_code == 200, answer.text
    return desk.comments(number)[-1]


@pytest.fixture
def number(desk: Desk) -> int:
    """A ticket with one internal comment."""
    return make(desk)


def test_placeholders_are_expanded_and_unknown_ones_vanish(desk: Desk, number: int) -> None:
    said = say(desk, number, body="#{{ticket.id}} {{ticket.requester.name}} [{{nonsense}}] {{ current_user.email }}")
    assert said["body"] == f"#{number} Bob Smith [] admin@acme.example"


def test_broken_braces_stay_as_they_are(desk: Desk, number: int) -> None:
    assert say(desk, number, body="{\u200b{ticket.id}}")["body"] == "{\u200b{ticket.id}}"
    assert say(desk, number, html_body="<p>&#123;&#123;ticket.id}}</p>")["plain_body"] == "{{ticket.id}}"


def test_html_is_cleaned_and_wrapped(desk: Desk, number: int) -> None:
    said = say(desk, number, html_body='<p onclick="x()">Hi<script>alert(1)</script> <b>you</b></p>')
    assert said["html_body"] == '<div class="zd-comment" dir="auto"><p>Hi <b>you</b></p></div>'
    assert said["plain_body"] == "Hi you"


def test_blank_lines_of_plain_text_are_squeezed(desk: Desk, number: int) -> None:
    assert say(desk, number, body="a\n\n\n\nb   c")["body"] == "a\n\nb c"


def test_text_over_64_kb_is_cut_without_a_word(desk: Desk, number: int) -> None:
    said = say(desk, number, html_body=f"<p>{'ä' * 40_000}</p>")
    assert len(said["plain_body"].encode()) < 65_536
    assert said["plain_body"].startswith("äää")


def test_staff_may_speak_as_the_requester(desk: Desk, number: int) -> None:
    requester = desk.api("GET", f"tickets/{number}").json()["ticket"]["requester_id"]
    said = say(desk, number, body="It is me", author_id=requester, public=True)
    assert (said["author_id"], said["public"]) == (requester, True)


def test_the_newest_come_first_when_asked_and_the_cursor_walks_on(desk: Desk, number: int) -> None:
    for word in ("two", "three"):
        say(desk, number, body=word)
    first = desk.api("GET", f"tickets/{number}/comments.json?sort=-created_at&page[size]=2&include=users").json()
    assert [one["body"] for one in first["comments"]] == ["three", "two"]
    assert first["meta"]["has_more"] is True
    assert [one["role"] for one in first["users"]] == ["admin"]
    rest = desk.api("GET", first["links"]["next"].partition("/api/v2/")[2]).json()
    assert [one["body"] for one in rest["comments"]] == ["Hello"]
    assert rest["meta"]["has_more"] is False
    assert rest["links"]["next"] is not None


def test_offset_pages_carry_a_count(desk: Desk, number: int) -> None:
    say(desk, number, body="two")
    page = desk.api("GET", f"tickets/{number}/comments?per_page=1&page=2").json()
    assert ([one["body"] for one in page["comments"]], page["count"], page["next_page"]) == (["two"], 2, None)
    assert "page=1" in page["previous_page"]


@pytest.mark.parametrize("query", ["page[size]=101", "page[size]=0", "page[after]=%21", "per_page=100&page=200"])
def test_impossible_pages_are_400(desk: Desk, number: int, query: str) -> None:
    answer = desk.api("GET", f"tickets/{number}/comments?{query}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["code"].startswith("InvalidPagination")


def test_an_upload_becomes_an_attachment(desk: Desk, number: int) -> None:
    answer = desk.api("POST", "uploads.json?filename=bill.pdf", data=b"%PDF-1")
    assert (answer.status_code, answer.headers["Content-Type"]) == (201, "text/plain; charset=utf-8")
    token = answer.json()["upload"]["token"]
    attachment = say(desk, number, body="See this", uploads=[token])["attachments"][0]
    assert (attachment["file_name"], attachment["content_type"], attachment["size"]) == (
        "bill.pdf",
        "application/pdf",
        6,
    )
    path = attachment["content_url"].removeprefix(desk.url)
    assert desk.api("GET", "../.." + path, auth=None).content == b"%PDF-1"


def test_the_agents_page_marks_replies_and_notes(desk: Desk, number: int) -> None:
    reply, note = desk.reply(number, "Hello Bob"), desk.note(number, "Careful")
    seen = {one["id"]: (one["public"], one["via"]["channel"]) for one in desk.comments(number)}
    assert (seen[reply], seen[note]) == ((True, "web"), (False, "web"))


def test_mail_from_the_requester_opens_a_solved_ticket(desk: Desk, number: int) -> None:
    desk.play("solve", number)
    assert desk.play("end_user", number, text="Still broken")["status"] == "open"
    last = desk.comments(number)[-1]
    assert (last["via"]["channel"], last["via"]["source"]["from"]["address"]) == ("email", "bob@example.com")
