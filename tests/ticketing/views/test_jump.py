"""/jump/?q=: straight to what a text names, inside one organization."""

from __future__ import annotations

import pytest
from django.test import Client

from opencx_admin.orgs.models import Organization
from tests.factories import (
    AgentReplyFactory,
    ContactFactory,
    ConversationTransferFactory,
    HandoffFactory,
    PlatformEventFactory,
    SessionFactory,
    SessionTicketLinkFactory,
    WebhookEventFactory,
)
from tests.ticketing.views.pages import handoff_of, words

pytestmark = pytest.mark.django_db


def jump(client: Client, text: str) -> str:
    """Where it leads; empty when it stays."""
    response = client.get("/jump/", {"q": text})
    assert response.status_code in (200, 302)
    return response["Location"] if response.status_code == 302 else ""


@pytest.mark.parametrize(
    "text",
    [
        "48213",
        "#48213",
        " 48213 ",
        "https://acme.zendesk.com/agent/tickets/48213",
        "http://localhost:8001/acme/agent/tickets/48213/",
        "acme.zendesk.com/agent/tickets/48213?brand=1",
    ],
)
def test_a_ticket_s_number_or_address_leads_to_its_handoff(as_vera: Client, org: Organization, text: str) -> None:
    link = SessionTicketLinkFactory.create(organization=org, ticket_id=48213)
    assert jump(as_vera, text) == handoff_of(link).get_absolute_url()


def test_the_active_link_wins_over_one_that_ended(as_lea: Client, org: Organization) -> None:
    active = SessionTicketLinkFactory.create(organization=org, ticket_id=5)
    SessionTicketLinkFactory.create(organization=org, ticket_id=5, is_active=False, ended_as="merged")
    assert jump(as_lea, "5") == handoff_of(active).get_absolute_url()


def test_a_conversation_s_id_leads_to_its_handoff(as_lea: Client, as_mallory: Client, org: Organization) -> None:
    link = SessionTicketLinkFactory.create(organization=org, ticket_id=0, conversation_id="0123456789abcdef01234567")
    on_its_way = ConversationTransferFactory.create(handoff__organization=org, conversation_id="conversation-2")
    assert jump(as_lea, "0123456789abcdef01234567") == handoff_of(link).get_absolute_url()
    assert jump(as_lea, "conversation-2") == on_its_way.handoff.get_absolute_url()
    assert jump(as_mallory, "0123456789abcdef01234567") == ""
    assert jump(as_mallory, "conversation-2") == ""


def test_ids_of_the_platform_and_ours_lead_to_their_pages(as_lea: Client, org: Organization) -> None:
    session = SessionFactory.create(organization=org, external_id="ses/42 x")
    handoff = HandoffFactory.create(session=session)
    reply = AgentReplyFactory.create(session=session)
    event = PlatformEventFactory.create(organization=org, session_ref="ses/42 x")
    here = session.get_absolute_url()
    assert jump(as_lea, "ses/42 x") == here
    assert jump(as_lea, f"http://localhost:8000{here}") == here
    assert jump(as_lea, str(handoff.pk)) == handoff.get_absolute_url()
    assert jump(as_lea, f"http://localhost:8000{handoff.get_absolute_url()}") == handoff.get_absolute_url()
    assert jump(as_lea, reply.public_id) == f"{here}#reply-{reply.pk}"
    assert jump(as_lea, event.webhook_id) == here


def test_an_email_leads_to_the_session_or_to_the_list_of_them(as_lea: Client, org: Organization) -> None:
    contact = ContactFactory.create(organization=org, email="carla@posteo.example")
    first = SessionFactory.create(contact=contact)
    assert jump(as_lea, "Carla@posteo.example") == first.get_absolute_url()
    SessionFactory.create(contact=contact)
    assert jump(as_lea, "carla@posteo.example") == "/sessions/?q=carla%40posteo.example"


def test_a_webhook_call_is_found_by_its_number_and_by_zendesk_s(as_lea: Client, org: Organization) -> None:
    call = WebhookEventFactory.create(organization=org, invocation_id="01JCXA7W")
    assert jump(as_lea, "01JCXA7W") == f"/webhooks/{call.pk}/"
    assert jump(as_lea, str(call.pk)) == f"/webhooks/{call.pk}/"


@pytest.mark.parametrize(
    "text",
    ["nothing-like-this", "9" * 19, "9" * 60, "http://[", "a@b", "rep_999", "evt_" + "0" * 32, "²", "\x00", "x" * 5000],
)
def test_what_is_not_here_says_what_was_looked_for(as_lea: Client, org: Organization, text: str) -> None:
    response = as_lea.get("/jump/", {"q": text})
    assert response.status_code == 200
    assert "Looked for a ticket number or URL" in words(response.content)


def test_part_of_a_name_shows_who_matches(as_lea: Client, org: Organization) -> None:
    SessionFactory.create(contact=ContactFactory.create(organization=org, name="Mariana Delacroix"))
    response = as_lea.get("/jump/", {"q": "delacroix"})
    assert "Mariana Delacroix" in words(response.content)


@pytest.mark.parametrize("text", ["delacroix", "mariana@posteo.example", "Mariana@Posteo.example", "+4915112345678"])
def test_a_viewer_does_not_find_people_by_what_is_masked(as_vera: Client, org: Organization, text: str) -> None:
    contact = ContactFactory.create(
        organization=org, name="Mariana Delacroix", email="mariana@posteo.example", phone="+4915112345678"
    )
    SessionFactory.create(contact=contact)
    response = as_vera.get("/jump/", {"q": text})
    assert response.status_code == 200
    assert "Nothing here is called" in words(response.content)
    assert "a contact’s email" not in words(response.content)


def test_nothing_of_another_organization_is_found(as_mallory: Client, org: Organization) -> None:
    link = SessionTicketLinkFactory.create(organization=org, ticket_id=48213)
    call = WebhookEventFactory.create(organization=org, invocation_id="01JCXA7W")
    reply = AgentReplyFactory.create(link=link)
    event = PlatformEventFactory.create(organization=org, session_ref=link.session.external_id)
    contact = link.session.contact
    for text in ("48213", link.session.external_id, str(handoff_of(link).pk), "01JCXA7W", str(call.pk), contact.email):
        assert jump(as_mallory, text) == "", text
    assert jump(as_mallory, reply.public_id) == ""
    assert jump(as_mallory, event.webhook_id) == ""
