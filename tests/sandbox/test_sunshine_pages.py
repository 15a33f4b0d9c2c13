"""The stand-in's Agent Workspace, by hand."""

import pytest

from tests.sandbox.chats import begin, pass_control, post
from tests.sandbox.server import Desk, Sandbox
from tests.sandbox.test_pages import Browser


@pytest.fixture
def visitor(sandbox: Sandbox) -> Browser:
    """Somebody at the stand-in's pages."""
    return Browser(sandbox.url)


@pytest.fixture
def chat(desk: Desk) -> str:
    """A conversation with the agents."""
    made = begin(desk, opencx_session_id="sess-1")
    post(desk, made, "Where is my order?", {"type": "user", "userExternalId": "c1"})
    pass_control(desk, made, **{"dataCapture.systemField.tags": "opencx_handedoff"})
    return made


def test_the_agents_page_leads_to_the_chats(visitor: Browser, desk: Desk, chat: str) -> None:
    assert "Chats (1)" in visitor.open("/acme/agent/")
    assert f"/acme/agent/chats/{chat}/" in visitor.open("/acme/agent/chats/")
    assert f"/acme/agent/chats/{chat}/" in visitor.open("/acme/agent/tickets/1001")


def test_a_chat_shows_what_was_said_and_what_came_along(visitor: Browser, desk: Desk, chat: str) -> None:
    page = visitor.open(f"/acme/agent/chats/{chat}/")
    for words in ("Where is my order?", "Waiting for an agent", "opencx_handedoff", "sess-1", "#1001"):
        assert words in page, words


def test_an_agent_takes_the_chat_answers_and_ends_it(visitor: Browser, desk: Desk, chat: str) -> None:
    path = f"/acme/agent/chats/{chat}/"
    visitor.post(path, action="chat_take", agent="linus@acme.example")
    assert "With an agent" in visitor.open(path)
    visitor.post(path, action="chat_reply", text="On its way", agent="linus@acme.example")
    visitor.post(path, action="chat_file", url="https://example.com/label.pdf", kind="file", agent="linus@acme.example")
    visitor.post(path, action="chat_end", agent="linus@acme.example")
    [found] = desk.conversations()
    assert [one["content"].get("text") for one in found["messages"]] == ["Where is my order?", "On its way", None]
    assert (found["agent"], found["control"], desk.tickets()[0]["status"]) == ("linus@acme.example", None, "solved")
    assert "Ended" in visitor.open(path)


def test_nothing_is_sent_without_words_or_address(visitor: Browser, desk: Desk, chat: str) -> None:
    path = f"/acme/agent/chats/{chat}/"
    assert "There is no text." in visitor.post(path, action="chat_reply", text=" ").text
    assert "The address of the file is missing." in visitor.post(path, action="chat_file", url="").text
    refused = visitor.post(path, action="chat_file", url="nonsense", kind="image")
    assert (refused.status_code, "content.mediaUrl" in refused.text) == (422, True)
    assert visitor.post(path, action="nonsense").status_code == 422
    assert len(desk.conversations()[0]["messages"]) == 1


def test_a_chat_the_agents_do_not_have_cannot_be_answered(visitor: Browser, desk: Desk) -> None:
    path = f"/acme/agent/chats/{begin(desk)}/"
    assert "control was not passed" in visitor.open(path)
    assert visitor.post(path, action="chat_reply", text="Hello").status_code == 422


def test_an_automatic_text_is_marked(visitor: Browser, desk: Desk, chat: str) -> None:
    path = f"/acme/agent/chats/{chat}/"
    visitor.post(path, action="automatic_text", text="We are closed")
    assert "automatic text" in visitor.open(path)


def test_a_deleted_chat_is_gone(visitor: Browser, desk: Desk, chat: str) -> None:
    answer = visitor.post(f"/acme/agent/chats/{chat}/", action="conversation_remove")
    assert answer.url.endswith("/acme/agent/chats/")
    assert desk.conversations() == []


def test_hostile_words_stay_words(visitor: Browser, desk: Desk, chat: str) -> None:
    post(desk, chat, "<script>alert(1)</script>")
    text = visitor.session.get(f"{visitor.url}/acme/agent/chats/{chat}/", timeout=10).text
    assert "<script>alert(1)" not in text
    assert (
        "default-src 'none'"
        in visitor.session.get(f"{visitor.url}/acme/agent/chats/", timeout=10).headers["Content-Security-Policy"]
    )


def test_the_start_page_shows_the_app_and_its_key(visitor: Browser, desk: Desk) -> None:
    page = visitor.open("/")
    assert desk.app_id in page
    assert desk.sunshine_key()[0] in page


def test_the_admin_sees_the_events_sent(visitor: Browser, desk: Desk, chat: str) -> None:
    assert "None yet" in visitor.open("/acme/admin/")
    hook = {"target": f"{desk.sandbox.url}/nowhere", "triggers": ["conversation:message"]}
    desk.sc("POST", "integrations", json={"type": "custom", "webhooks": [hook]})
    post(desk, chat, "Hello")
    desk.wait_for_events(1)
    assert "conversation:message" in visitor.open("/acme/admin/")
