"""/sessions/ and /sessions/<id>/: who talked, what was said, and everything that came of it."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from opencx_admin.orgs.models import Organization, Role, User
from tests.factories import (
    AgentReplyFactory,
    ContactFactory,
    HandoffFactory,
    MembershipFactory,
    MessageFactory,
    PlatformEventFactory,
    ProviderCallFactory,
    SessionFactory,
    SessionTicketLinkFactory,
    WebhookEventFactory,
)
from tests.ticketing.views.pages import HTMX, handoff_of, read
from ticketing.models import Channel, Sender, SessionStatus

pytestmark = pytest.mark.django_db
LIST = "/sessions/"


def shown(client: Client, query: str = "") -> list[str]:
    return [row["session"].external_id for row in client.get(LIST + query).context["rows"]]


def test_the_newest_session_comes_first_with_its_handoff_and_ticket(as_lea: Client, org: Organization) -> None:
    SessionFactory.create(organization=org, external_id="first")
    link = SessionTicketLinkFactory.create(
        session=SessionFactory.create(organization=org, external_id="second"), ticket_id=4711
    )
    assert shown(as_lea) == ["second", "first"]
    page = read(as_lea, LIST)
    assert "#4711" in page
    assert "not handed off" in page
    assert link.session.get_absolute_url() in as_lea.get(LIST).content.decode()


def test_filters_by_channel_status_and_handoff(as_lea: Client, org: Organization) -> None:
    SessionFactory.create(organization=org, external_id="plain", channel=Channel.WEB)
    SessionFactory.create(organization=org, external_id="closed", status=SessionStatus.CLOSED_RESOLVED)
    handed = SessionFactory.create(organization=org, external_id="handed")
    HandoffFactory.create(session=handed, is_failed=True)
    assert shown(as_lea, "?channel=web") == ["plain"]
    assert shown(as_lea, "?status=closed_resolved") == ["closed"]
    assert shown(as_lea, "?handed_off=yes") == ["handed"]
    assert shown(as_lea, "?handed_off=failed") == ["handed"]
    assert shown(as_lea, "?handed_off=no") == ["closed", "plain"]


@pytest.mark.parametrize("text", ["ses-42", "Mariana", "mariana@", "+49151"])
def test_a_lead_finds_a_session_by_id_or_any_part_of_the_contact(as_lea: Client, org: Organization, text: str) -> None:
    contact = ContactFactory.create(
        organization=org, name="Mariana Delacroix", email="mariana@posteo.example", phone="+4915112345678"
    )
    SessionFactory.create(contact=contact, external_id="ses-42")
    SessionFactory.create(organization=org)
    response = as_lea.get(LIST, {"q": text})
    assert [row["session"].external_id for row in response.context["rows"]] == ["ses-42"]


@pytest.mark.parametrize("text", ["mariana@post", "MARIANA@posteo.example", "Mari", "Mariana", "+4915112345678"])
def test_a_viewer_finds_nobody_by_a_masked_detail(as_vera: Client, org: Organization, text: str) -> None:
    contact = ContactFactory.create(
        organization=org, name="Mariana", email="mariana@posteo.example", phone="+4915112345678"
    )
    SessionFactory.create(contact=contact, external_id="ses-42")
    assert as_vera.get(LIST, {"q": text}).context["rows"] == []


@pytest.mark.parametrize("detail", ["email", "phone", "name"])
def test_a_contact_s_id_that_is_a_detail_leads_a_viewer_nowhere(
    as_vera: Client, org: Organization, detail: str
) -> None:
    text = {"email": "mariana@posteo.example", "phone": "+4915112345678", "name": "Mariana"}[detail]
    contact = ContactFactory.create(organization=org, external_id=text, **{detail: text})
    SessionFactory.create(contact=contact, external_id="ses-42")
    assert as_vera.get(LIST, {"q": text}).context["rows"] == []


def test_a_viewer_finds_a_session_by_its_id_or_the_contact_s(as_vera: Client, org: Organization) -> None:
    contact = ContactFactory.create(organization=org, external_id="con-7")
    SessionFactory.create(contact=contact, external_id="ses-42")
    assert shown(as_vera, "?q=ses-4") == ["ses-42"]
    assert shown(as_vera, "?q=con-7") == ["ses-42"]


def test_an_empty_list_says_why(as_lea: Client, org: Organization) -> None:
    assert "No session has come yet" in read(as_lea, LIST)
    SessionFactory.create(organization=org)
    assert "Without “Session or contact: nobody” there are 1." in read(as_lea, LIST + "?q=nobody")


def test_the_page_tells_everything_in_one_line_of_time(as_lea: Client, org: Organization) -> None:
    start = timezone.now() - dt.timedelta(minutes=30)

    def at(seconds: int) -> dt.datetime:
        return start + dt.timedelta(seconds=seconds)

    session = SessionFactory.create(organization=org, external_id="ses-1")
    MessageFactory.create(session=session, text="You took it twice.", sent_at=at(0))
    MessageFactory.create(
        session=session, sender=Sender.AI, text="I pass you on.", sent_at=at(3), reasoning="Over the limit.",
        tool_calls=[{"name": "list_charges", "arguments": {"order": 1}, "result": "2 charges", "ms": 412}],
        knowledge=[{"title": "Refunds", "url": "https://help.example/refunds"}],
    )  # fmt: skip
    handoff = HandoffFactory.create(session=session, is_linked=True, created_at=at(4), summary="Charged twice.")
    link = SessionTicketLinkFactory.create(handoff=handoff, ticket_id=48213)
    ProviderCallFactory.create(organization=org, subject=f"handoff:{handoff.pk}", ms=642, at=at(5))
    WebhookEventFactory.create(organization=org, ticket_id="48213", received_at=at(60), ms=14)
    event = PlatformEventFactory.create(
        organization=org, session_ref="ses-1", is_delivered=True, delivered_at=at(62), last_ms=40
    )
    AgentReplyFactory.create(
        link=link, event=event, text="We pay it back.", commented_at=at(58), receipt="delivered", receipt_at=at(63)
    )
    told = as_lea.get(session.get_absolute_url()).context["events"]
    kinds = [item.kind for item in told if item.kind != "now"]
    assert kinds == ["contact", "ai", "handoff", "call_out", "agent", "call_in", "call_out"]
    page = read(as_lea, session.get_absolute_url())
    for said in (
        "You took it twice.", "AI after 3 s", "Over the limit.", "list_charges", "412 ms", "Refunds", "Charged twice.",
        "201 made 642 ms #48213", "We pay it back.", "webhook 200 14 ms", "receipt: delivered",
    ):  # fmt: skip
        assert said in page, said


def test_one_side_of_the_story_can_be_read_alone(as_lea: Client, org: Organization) -> None:
    handoff = HandoffFactory.create(organization=org)
    MessageFactory.create(session=handoff.session)
    ProviderCallFactory.create(organization=org, subject=f"handoff:{handoff.pk}")
    url = handoff.session.get_absolute_url()
    assert {item.kind for item in as_lea.get(url + "?show=conversation").context["events"]} <= {
        "contact",
        "handoff",
        "now",
    }
    assert "contact" not in {item.kind for item in as_lea.get(url + "?show=us").context["events"]}
    assert as_lea.get(url + "?show=nonsense").status_code == 200


@pytest.mark.parametrize(
    "external_id", ["a/b", "a b", "a?b#c", "ä ö", "%2F", "a//b", "trailing/", "line\nbreak", "'\"><script>", "x" * 255]
)
def test_an_id_may_hold_any_character(as_lea: Client, org: Organization, external_id: str) -> None:
    session = SessionFactory.create(organization=org, external_id=external_id, subject="Found it")
    assert "Found it" in read(as_lea, session.get_absolute_url())
    assert as_lea.get(LIST).status_code == 200


def test_a_session_of_the_person_s_other_organization_switches_to_it(
    as_lea: Client, lea: User, org: Organization, other_org: Organization
) -> None:
    MembershipFactory.create(organization=other_org, user=lea, role=Role.LEAD)
    session = SessionFactory.create(organization=other_org, external_id="over-there", subject="In Globex")
    response = as_lea.get(session.get_absolute_url(), follow=True)
    assert response.redirect_chain == [(session.get_absolute_url(), 302)]
    assert "In Globex" in response.content.decode()


def test_a_session_of_strangers_is_not_there(as_lea: Client, org: Organization, other_org: Organization) -> None:
    session = SessionFactory.create(organization=other_org, external_id="theirs")
    assert as_lea.get(session.get_absolute_url()).status_code == 404


def test_two_organizations_may_use_one_id_and_never_notice(
    as_lea: Client, as_mallory: Client, org: Organization, other_org: Organization
) -> None:
    for organization in (org, other_org):
        session = SessionFactory.create(organization=organization, external_id="same", subject=organization.name)
        ticket = SessionTicketLinkFactory.create(session=session, ticket_id=7)
        ProviderCallFactory.create(
            organization=organization, subject=f"handoff:{handoff_of(ticket).pk}", path=f"/of/{organization.slug}"
        )
        WebhookEventFactory.create(organization=organization, session_ref="same", detail=f"for {organization.slug}")
    assert "globex" not in read(as_lea, "/sessions/same/").lower()
    assert "acme" not in read(as_mallory, "/sessions/same/").lower()


def test_attachments_are_links_only_when_they_are_web_addresses(as_lea: Client, org: Organization) -> None:
    files = [{"name": "bill.pdf", "url": "https://files.example/1"}, {"name": "evil", "url": "javascript:alert(1)"}]
    message = MessageFactory.create(session=SessionFactory.create(organization=org), attachments=files)
    page = as_lea.get(message.session.get_absolute_url()).content.decode()
    assert 'href="https://files.example/1"' in page
    assert "javascript:" not in page


def test_markup_in_words_stays_words(as_lea: Client, org: Organization) -> None:
    message = MessageFactory.create(
        session=SessionFactory.create(organization=org), text="<img src=x onerror=alert(1)>"
    )
    assert "<img" not in as_lea.get(message.session.get_absolute_url()).content.decode()


def test_odd_shapes_of_tool_calls_and_knowledge_do_not_break_the_page(as_lea: Client, org: Organization) -> None:
    message = MessageFactory.create(
        session=SessionFactory.create(organization=org), sender=Sender.AI,
        tool_calls=["x", {"name": "a"}, {"ms": "soon"}, {"result": {"deep": [1]}}],
        knowledge=[{"title": "only a title"}, 3], attachments={"no": "list"},
    )  # fmt: skip
    assert "only a title" in read(as_lea, message.session.get_absolute_url())


def test_a_very_long_session_shows_its_end_and_a_way_to_the_rest(as_lea: Client, org: Organization) -> None:
    session = SessionFactory.create(organization=org)
    start = timezone.now() - dt.timedelta(hours=1)
    for number in range(305):
        MessageFactory.create(session=session, text=f"<{number}>", sent_at=start + dt.timedelta(seconds=number))
    url = session.get_absolute_url()
    page = as_lea.get(url).content.decode()
    assert "5 earlier messages" in page
    assert "&lt;304&gt;" in page
    assert "&lt;4&gt;" not in page
    assert "&lt;4&gt;" in as_lea.get(url + "?messages=all").content.decode()


def test_a_viewer_reads_the_transcript_with_the_contact_s_details_masked(as_vera: Client, org: Organization) -> None:
    contact = ContactFactory.create(
        organization=org, name="Mariana Delacroix", email="m@posteo.example", phone="+491511"
    )
    session = SessionFactory.create(contact=contact)
    MessageFactory.create(session=session, text="I am mariana delacroix, call +491511 or write to other@mail.example")
    page = as_vera.get(session.get_absolute_url()).content.decode()
    for detail in ("Mariana", "mariana", "Delacroix", "posteo", "+491511", "other@mail"):
        assert detail not in page
    assert "M••• D•••" in page
    assert "masked for your role" in page


def test_an_open_linked_session_looks_again_by_itself_and_a_quiet_one_does_not(
    as_lea: Client, org: Organization
) -> None:
    link = SessionTicketLinkFactory.create(organization=org)
    url = link.session.get_absolute_url()
    assert 'hx-trigger="every 5s"' in as_lea.get(url).content.decode()
    link.ticket_status = "solved"
    link.save()
    assert "every 5s" not in as_lea.get(url).content.decode()
    assert as_lea.get(url, headers={**HTMX, "HX-Target": "live-part"}).status_code == 286


def test_the_number_of_queries_does_not_grow_with_the_rows(
    as_lea: Client, org: Organization, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    SessionTicketLinkFactory.create_batch(20, organization=org)
    with django_assert_max_num_queries(13):
        as_lea.get(LIST)


def test_what_a_webhook_call_made_us_read_stands_in_the_line(as_lea: Client, org: Organization) -> None:
    link = SessionTicketLinkFactory.create(organization=org, ticket_id=48213)
    rang = WebhookEventFactory.create(organization=org, ticket_id="48213")
    ProviderCallFactory.create(
        organization=org, subject=f"webhook:{rang.pk}", method="GET", path="/api/v2/tickets/48213/comments", status=200
    )
    assert "GET /api/v2/tickets/48213/comments 200" in read(as_lea, link.session.get_absolute_url())


def test_a_live_conversation_is_shown_as_one(as_lea: Client, org: Organization) -> None:
    link = SessionTicketLinkFactory.create(organization=org, ticket_id=0, conversation_id="conv-77", url="")
    WebhookEventFactory.create(organization=org, ticket_id="0", detail="of somebody else")
    page = read(as_lea, link.session.get_absolute_url())
    assert "conv-77" in page
    assert "#0" not in page
    assert "of somebody else" not in page
    for url in (LIST, "/handoffs/?view=all", handoff_of(link).get_absolute_url()):
        assert "#0" not in read(as_lea, url)
    assert "by a conversation" in read(as_lea, "/")


def test_a_reply_in_the_second_of_the_handoff_stands_behind_it(as_lea: Client, org: Organization) -> None:
    second = timezone.now().replace(microsecond=0) - dt.timedelta(minutes=1)
    handoff = HandoffFactory.create(
        organization=org, is_linked=True, created_at=second + dt.timedelta(milliseconds=300)
    )
    link = SessionTicketLinkFactory.create(handoff=handoff, ticket_id=48213)
    AgentReplyFactory.create(link=link, event=None, commented_at=second)
    WebhookEventFactory.create(organization=org, ticket_id="48213", received_at=second + dt.timedelta(milliseconds=700))
    told = as_lea.get(link.session.get_absolute_url()).context["events"]
    assert [item.kind for item in told if item.kind != "now"] == ["handoff", "agent", "call_in"]


def test_a_button_of_the_session_page_is_a_plain_form_to_the_handoff_s(as_lea: Client, org: Organization) -> None:
    handoff = HandoffFactory.create(organization=org, is_failed=True)
    page = as_lea.get(handoff.session.get_absolute_url()).content.decode()
    assert f'action="{handoff.get_absolute_url()}"' in page
    assert "hx-post" not in page
    assert "hx-post" in as_lea.get(handoff.get_absolute_url()).content.decode()
