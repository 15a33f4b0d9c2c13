"""What is said in a Sunshine conversation."""

from typing import Any

import pytest
import requests

from tests.sandbox.chats import begin, code, pass_control, post, user
from tests.sandbox.server import Desk

CONTACT = {"type": "user", "userExternalId": "c1"}
ITEMS = [{"title": "Tacos", "actions": [{"type": "postback", "text": "Take", "payload": "T"}]}]


def test_both_sides_speak(desk: Desk) -> None:
    chat = begin(desk)
    made = post(desk, chat, "Hello", CONTACT, metadata={"marker": 1})
    assert made.status_code == 201
    message = made.json()["messages"][0]
    assert (message["author"]["type"], message["author"]["userId"]) == ("user", desk.sunshine()["users"][0]["id"])
    assert (message["source"], message["metadata"]) == ({"type": "api:conversations"}, {"marker": 1})
    business = post(desk, chat, "Hi Bob", {"type": "business", "displayName": "AI"}).json()["messages"][0]
    assert (business["author"]["displayName"], business["content"]["text"]) == ("AI", "Hi Bob")


def test_messages_are_listed_from_the_end_backwards(desk: Desk) -> None:
    chat = begin(desk)
    for number in range(105):
        post(desk, chat, str(number))
    where = f"conversations/{chat}/messages"
    last = desk.sc("GET", where).json()
    assert [one["content"]["text"] for one in last["messages"]] == [str(number) for number in range(5, 105)]
    assert last["meta"]["hasMore"] is True
    first = desk.sc("GET", where, params={"page[before]": last["messages"][0]["id"]}).json()
    assert [one["content"]["text"] for one in first["messages"]] == ["0", "1", "2", "3", "4"]
    assert first["meta"]["hasMore"] is False
    after = desk.sc("GET", where, params={"page[after]": last["messages"][-2]["id"]}).json()
    assert [one["content"]["text"] for one in after["messages"]] == ["104"]


@pytest.mark.parametrize(
    "content",
    [
        {"type": "image", "mediaUrl": "https://example.com/a.png"},
        {"type": "file", "mediaUrl": "https://example.com/a.pdf", "text": "Here", "altText": "a.pdf"},
        {"type": "carousel", "items": ITEMS},
        {"type": "list", "items": ITEMS},
        {"type": "location", "coordinates": {"lat": 45.5, "long": -73.6}},
        {"type": "form", "fields": [{"type": "text", "name": "n", "label": "Name"}]},
        {"type": "text", "markdownText": "**bold**"},
        {"type": "text", "text": "x" * 4096},
    ],
)
def test_the_business_may_say_it(desk: Desk, content: Any) -> None:
    answer = post(desk, begin(desk), content)
    assert answer.status_code == 201, answer.text
    assert content.items() <= answer.json()["messages"][0]["content"].items()


@pytest.mark.parametrize(
    "content",
    [
        None,
        {},
        {"type": "nonsense"},
        {"type": "text"},
        {"type": "text", "text": ""},
        {"type": "text", "text": 5},
        {"type": "text", "text": "x" * 4097},
        {"type": "text", "text": "😀" * 2049},
        {"type": "image"},
        {"type": "image", "mediaUrl": "ftp://example.com/a.png"},
        {"type": "file", "mediaUrl": "https://example.com/a.pdf", "altText": "x" * 129},
        {"type": "carousel", "items": []},
        {"type": "list", "items": ITEMS * 11},
    ],
)
def test_it_cannot_be_said(desk: Desk, content: Any) -> None:
    assert code(post(desk, begin(desk), content)) == (400, "bad_request")
    assert desk.conversations()[0]["messages"] == []


@pytest.mark.parametrize(
    ("author", "wanted"),
    [
        ({}, (400, "bad_request")),
        ({"type": "nobody"}, (400, "bad_request")),
        ({"type": "user"}, (400, "bad_request")),
        ({"type": "user", "userExternalId": "nobody"}, (404, "user_not_found")),
        ({"type": "user", "userExternalId": "c2"}, (400, "bad_request")),
        ({"type": "business", "subtypes": ["human"]}, (400, "bad_request")),
    ],
)
def test_nobody_may_say_it(desk: Desk, author: Any, wanted: tuple[int, str]) -> None:
    user(desk, "c2")
    said = {"author": author, "content": {"type": "text", "text": "Hello"}}
    answer = desk.sc("POST", f"conversations/{begin(desk)}/messages", json=said)
    assert code(answer) == wanted


def test_a_user_says_but_text_and_files(desk: Desk) -> None:
    chat = begin(desk)
    assert post(desk, chat, {"type": "image", "mediaUrl": "https://example.com/a.png"}, CONTACT).status_code == 201
    assert code(post(desk, chat, {"type": "carousel", "items": ITEMS}, CONTACT)) == (400, "bad_request")


def test_metadata_is_flat_and_small(desk: Desk) -> None:
    chat = begin(desk)
    refused: list[Any] = [{"a": []}, {"a": None}, {"a": "x" * 4090}, []]
    for metadata in refused:
        assert code(post(desk, chat, "Hello", metadata=metadata)) == (400, "bad_request")
    assert post(desk, chat, "Hello", metadata={"a": "x" * 4000, "b": True, "c": 1.5}).status_code == 201


def test_a_full_conversation_is_locked(desk: Desk) -> None:
    chat = begin(desk)
    desk.sunshine(message_limit=1)
    post(desk, chat, "One")
    assert code(post(desk, chat, "Two")) == (423, "locked")
    assert desk.sc("DELETE", f"conversations/{chat}/messages").json() == {}
    assert post(desk, chat, "Two").status_code == 201


def test_an_unknown_conversation_is_not_found(desk: Desk) -> None:
    assert code(post(desk, "0" * 24, "Hello")) == (404, "conversation_not_found")
    assert code(desk.sc("GET", f"conversations/{'0' * 24}/messages")) == (404, "conversation_not_found")


def test_reading_clears_what_is_unread(desk: Desk) -> None:
    chat = begin(desk)
    post(desk, chat, "Hello")
    where = f"conversations/{chat}/participants"
    assert desk.sc("GET", where).json()["participants"][0]["unreadCount"] == 1
    read = {"author": CONTACT, "type": "conversation:read"}
    assert desk.sc("POST", f"conversations/{chat}/activity", json=read).json() == {}
    assert desk.sc("GET", where).json()["participants"][0]["unreadCount"] == 0
    typing = {"author": CONTACT, "type": "typing:start"}
    assert code(desk.sc("POST", f"conversations/{chat}/activity", json=typing)) == (400, "bad_request")


def test_a_file_is_uploaded_and_fetched(desk: Desk) -> None:
    files = {"source": ("my label.pdf", b"%PDF", "application/pdf")}
    made = desk.sc("POST", "attachments", params={"access": "public"}, files=files)
    assert made.status_code == 201
    url = made.json()["attachment"]["mediaUrl"]
    assert requests.get(url, timeout=5).content == b"%PDF"
    chat = begin(desk)
    assert post(desk, chat, {"type": "file", "mediaUrl": url}).json()["messages"][0]["content"]["mediaType"] == (
        "application/pdf"
    )
    assert desk.sc("POST", "attachments/remove", json={"mediaUrl": url}).json() == {}
    assert requests.get(url, timeout=5).status_code == 404
    assert code(desk.sc("POST", "attachments", files=files)) == (400, "bad_request")


def test_an_agent_answers_in_words_and_files(desk: Desk) -> None:
    chat = begin(desk)
    pass_control(desk, chat)
    desk.agent_reply(chat, "Hello Bob", agent="linus@acme.example")
    desk.agent_file(chat, "https://example.com/a.png", kind="image", text="Look")
    desk.automatic_text(chat, "We are closed")
    words, image, automatic = desk.conversations()[0]["messages"]
    linus = next(one for one in desk.description["people"] if one["email"] == "linus@acme.example")
    assert words["source"]["type"] == "zd:agentWorkspace"
    assert (words["author"]["displayName"], words["metadata"]["__zendesk_msg.agent.id"]) == (
        "Linus Agent",
        str(linus["id"]),
    )
    assert (image["content"]["type"], image["content"]["text"]) == ("image", "Look")
    assert automatic["metadata"]["__zendesk_msg.agent.id"] == "__trigger"
