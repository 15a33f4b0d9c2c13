"""The stand-in's own pages: the agent, the admin, the contact."""

import re
from html import unescape

import pytest
import requests

from tests.sandbox.receiver import Receiver
from tests.sandbox.server import Desk, Sandbox
from tests.sandbox.test_tickets import make


class Browser:
    """Follows links and posts forms, with the token that each page gives."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.session = requests.Session()

    def open(self, path: str) -> str:
        """The page's text."""
        answer = self.session.get(self.url + path, timeout=20)
        assert answer.status_code == 200, answer.text
        return unescape(answer.text)

    def post(self, page: str, **said: str | list[str]) -> requests.Response:
        """Posts a form of that page; redirects are followed."""
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.open(page))
        assert token is not None
        said["csrfmiddlewaretoken"] = token[1]
        return self.session.post(self.url + page, data=said, timeout=20)


@pytest.fixture
def visitor(sandbox: Sandbox) -> Browser:
    """Somebody at the stand-in's pages."""
    return Browser(sandbox.url)


def test_every_page_opens_and_says_that_it_is_a_stand_in(visitor: Browser, desk: Desk) -> None:
    number = make(desk)
    for path in ("/", "/acme/agent/", f"/acme/agent/tickets/{number}", "/acme/admin/", "/platform/"):
        assert "Stand-in Zendesk" in visitor.open(path), path


def test_pages_keep_the_strict_policy(visitor: Browser, desk: Desk) -> None:
    answer = visitor.session.get(f"{visitor.url}/acme/agent/", timeout=10)
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert not re.search(r"\sstyle=|<script>|\son\w+=", answer.text)


def test_an_agent_replies_and_solves(visitor: Browser, desk: Desk) -> None:
    path = f"/acme/agent/tickets/{make(desk)}"
    visitor.post(path, action="reply", text="Hello Bob", agent="linus@acme.example", status="solved")
    last = desk.comments(1001)[-1]
    author = desk.api("GET", f"users/{last['author_id']}").json()["user"]["name"]
    assert (last["body"], last["public"], author) == ("Hello Bob", True, "Linus Agent")
    assert desk.tickets()[0]["status"] == "solved"


def test_an_internal_note_is_marked(visitor: Browser, desk: Desk) -> None:
    path = f"/acme/agent/tickets/{make(desk, comment={'body': 'Hello', 'public': True})}"
    visitor.post(path, action="note", text="Careful")
    assert desk.comments(1001)[-1]["public"] is False
    assert "Internal note" in visitor.open(path)


def test_an_admin_lifts_a_suspension(visitor: Browser, desk: Desk) -> None:
    suspended = desk.play("suspend_user", email="wolfgang@example.com")["user_id"]
    assert "wolfgang@example.com" in visitor.open("/acme/admin/").partition('id="suspended"')[2]
    visitor.post("/acme/admin/", action="lift_suspension", person=str(suspended))
    assert desk.api("GET", f"users/{suspended}").json()["user"]["suspended"] is False
    assert visitor.post("/acme/admin/", action="lift_suspension", person=str(suspended)).status_code == 422


def test_what_zendesk_refuses_is_said_on_the_page(visitor: Browser, desk: Desk) -> None:
    path = f"/acme/agent/tickets/{make(desk)}"
    answer = visitor.post(path, action="merge", into="4711")
    assert (answer.status_code, "no ticket 4711" in answer.text) == (422, True)
    assert visitor.post(path, action="reply", text=" ").status_code == 422


def test_hostile_words_are_shown_as_words(visitor: Browser, desk: Desk) -> None:
    number = make(
        desk, subject="<script>alert(1)</script>", comment={"html_body": "<img src=x onerror=alert(1)><b>hi</b>"}
    )
    text = visitor.session.get(f"{visitor.url}/acme/agent/tickets/{number}", timeout=10).text
    assert "<script>alert(1)" not in text
    assert "onerror" not in text


def test_a_ticket_is_suspended_merged_and_deleted_by_hand(visitor: Browser, desk: Desk) -> None:
    first, second = make(desk), make(desk)
    visitor.post(f"/acme/agent/tickets/{first}", action="suspend_user", email="bob@example.com")
    assert "suspended" in visitor.open(f"/acme/agent/tickets/{first}")
    visitor.post(f"/acme/agent/tickets/{first}", action="merge", into=str(second))
    answer = visitor.post(f"/acme/agent/tickets/{second}", action="delete")
    assert answer.url.endswith("/acme/agent/")
    assert [(one["status"], one["deleted"]) for one in desk.tickets()] == [("closed", False), ("new", True)]


def test_the_admin_switches_faults(visitor: Browser, desk: Desk) -> None:
    visitor.post("/acme/admin/", action="start_fault", kind="503", path="/api/v2/tickets*", times="2", seconds="9")
    answer = desk.api("GET", "tickets")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "9")
    assert "503 Maintenance" in visitor.open("/acme/admin/")
    visitor.post("/acme/admin/", action="end_fault")
    assert desk.api("GET", "tickets").status_code == 200


def test_a_form_without_its_token_is_refused(visitor: Browser, desk: Desk) -> None:
    assert visitor.session.post(f"{visitor.url}/acme/admin/", data={"action": "account"}, timeout=10).status_code == 403


@pytest.fixture
def product(sandbox: Sandbox, receiver: Receiver) -> Receiver:
    """Takes the place of the product's API."""
    sandbox.reset()
    sandbox.platform(product_url=receiver.url, api_key="key-1")
    receiver.body = {"status": "open", "handoff": None, "ticketing_system": None}
    return receiver


def test_the_contact_writes_and_the_ai_answers_with_its_reasons(visitor: Browser, product: Receiver) -> None:
    answer = visitor.post(
        "/platform/", channel="whatsapp", name="Dana", email="", phone="+4915112345678", text="My refund?"
    )
    session_id = answer.url.rstrip("/").rsplit("/", 1)[1]
    put, contact, ai = product.received[:3]
    assert (put.method, put.path) == ("PUT", f"/api/v1/sessions/{session_id}")
    assert put.json["contact"] == {"id": "contact-+4915112345678", "name": "Dana", "phone": "+4915112345678"}
    assert contact.json["messages"][0]["text"] == "My refund?"
    said = ai.json["messages"][0]
    assert (said["sender"], bool(said["reasoning"])) == ("ai", True)
    assert said["tool_calls"][0]["name"] == "find_order"
    assert said["knowledge"][0]["title"] == "How refunds work"
    assert ai.headers["Authorization"] == "Bearer key-1"


def test_talk_to_a_human_hands_off_through_the_api(visitor: Browser, product: Receiver) -> None:
    where = visitor.post("/platform/", channel="web", name="Dana", email="d@example.com", text="My refund?").url
    visitor.post(where.removeprefix(visitor.url), action="human")
    handoff = next(call for call in product.received if call.path.endswith("/handoff"))
    assert handoff.json["reason"] == "user_requested_human_assistance"
    assert (handoff.json["summary"], handoff.json["topic"]) == ("The contact asked: My refund?", "Refunds")
    product.received.clear()
    visitor.post(where.removeprefix(visitor.url), action="say", text="Are you there?")
    sent = [call.json["messages"][0] for call in product.received if call.path.endswith("/messages")]
    assert [(one["sender"], one["text"]) for one in sent] == [("contact", "Are you there?")]


def test_a_refusal_of_the_product_stands_under_the_message(visitor: Browser, product: Receiver) -> None:
    product.answers = [(401, {})] * 4
    page = visitor.post("/platform/", channel="web", name="Dana", email="d@example.com", text="Hello").text
    assert "OpenCX did not take it" in page


def test_a_live_chat_is_linked_from_the_contacts_page(visitor: Browser, product: Receiver, sandbox: Sandbox) -> None:
    sandbox.account("acme")
    system = {"id_type": "conversation_id", "external_id": "6b03", "url": None}
    product.body = {"status": "open", "handoff": {"status": "linked"}, "ticketing_system": system}
    page = visitor.post("/platform/", channel="web", name="Dana", email="d@example.com", text="Hello").text
    assert '<a href="/acme/agent/chats/6b03/">6b03</a>' in page


def test_the_secret_that_the_product_showed_is_pasted_on_the_first_page(sandbox: Sandbox, visitor: Browser) -> None:
    """A link without one refuses events; an empty organization of the demo begins so."""
    sandbox.platform("northwind", product_url="http://localhost:8000")
    assert "/platform/events/northwind" in visitor.open("/")

    refused = visitor.post("/", link="northwind", events_secret="not a secret")
    assert "begins with whsec_" in unescape(refused.text)

    visitor.post("/", link="northwind", events_secret="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    assert 'value="northwind"' not in visitor.open("/")
