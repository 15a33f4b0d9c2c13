"""Where a contact can be answered, until when, and what limits it."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.test import Client

from opencx_admin.orgs.models import Organization
from tests.conftest import NOW
from tests.factories import ContactFactory, HandoffFactory, MessageFactory, SessionFactory
from tests.ticketing.views.pages import read
from ticketing.models import Channel, Sender, Session
from ticketing.reading.reach import read_reach

pytestmark = pytest.mark.django_db


def session_on(channel: str, *, email: str = "", phone: str = "", name: str = "Carla Contact") -> Session:
    return SessionFactory.create(
        contact=ContactFactory.create(email=email, phone=phone, name=name), channel=channel, external_id="ses_1"
    )


def said(session: Session, hours_ago: float, sender: str = Sender.CONTACT) -> None:
    MessageFactory.create(session=session, sender=sender, sent_at=NOW - dt.timedelta(hours=hours_ago))


def reach_of(session: Session) -> tuple[str, str, str]:
    reach = read_reach(session)
    assert reach is not None
    return str(reach.mark.word), reach.text, reach.owner


def test_whatsapp_is_open_for_a_day_after_the_contact_s_last_message(clock: time_machine.Traveller) -> None:
    session = session_on(Channel.WHATSAPP)
    said(session, hours_ago=30)
    said(session, hours_ago=1)
    said(session, hours_ago=0.5, sender=Sender.AI)
    word, _text, owner = reach_of(session)
    assert word == "Reachable on WhatsApp until Tue 08:00"
    assert owner == ""


@pytest.mark.parametrize(
    ("hours", "word"),
    [
        (24, "Not reachable on WhatsApp since Mon 09:00"),
        (25, "Not reachable on WhatsApp since Mon 08:00"),
        (24 * 30, "Not reachable on WhatsApp since 25 Oct 09:00"),
    ],
)
def test_after_a_day_whatsapp_takes_only_a_template(clock: time_machine.Traveller, hours: float, word: str) -> None:
    session = session_on(Channel.WHATSAPP)
    said(session, hours_ago=hours)
    found, text, owner = reach_of(session)
    assert found == word
    assert "template" in text
    assert owner == "you_zendesk"


def test_a_contact_who_wrote_nothing_is_not_reachable_yet(clock: time_machine.Traveller) -> None:
    session = session_on(Channel.WHATSAPP)
    said(session, hours_ago=1, sender=Sender.AI)
    assert reach_of(session)[0] == "Not reachable on WhatsApp yet"


def test_an_sms_is_cut_into_parts() -> None:
    assert "160 characters" in reach_of(session_on(Channel.SMS, phone="+49151"))[1]
    assert reach_of(session_on(Channel.SMS))[0] == "No number is known"


@pytest.mark.parametrize(
    ("email", "phone", "word"),
    [
        ("c@x.example", "+49151", "Answers reach the contact only by SMS, email or a call back"),
        ("", "+49151", "Answers reach the contact only by SMS or a call back"),
        ("c@x.example", "", "Answers reach the contact only by email"),
        ("", "", "Not reachable after the call"),
    ],
)
def test_after_a_phone_call_answers_go_another_way(email: str, phone: str, word: str) -> None:
    assert reach_of(session_on(Channel.PHONE_VOICE, email=email, phone=phone))[0] == word


def test_an_unknown_caller_is_a_number_only() -> None:
    assert "only the number is known" in reach_of(session_on(Channel.PHONE_VOICE, phone="+49151", name=""))[1]
    assert "only the number" not in reach_of(session_on(Channel.PHONE_VOICE, phone="+49151"))[1]


def test_email_needs_an_address() -> None:
    assert reach_of(session_on(Channel.EMAIL, email="c@x.example"))[0] == "Reachable by email"
    assert reach_of(session_on(Channel.EMAIL))[2] == "contact"


@pytest.mark.parametrize("channel", [Channel.WEB, Channel.MESSENGER, Channel.SLACK, Channel.API])
def test_of_other_channels_nothing_is_claimed(channel: str) -> None:
    assert read_reach(session_on(channel)) is None


def test_the_contact_s_card_shows_it_on_the_session_and_the_handoff(as_vera: Client, org: Organization) -> None:
    session = SessionFactory.create(organization=org, channel=Channel.SMS, contact__phone="+491511")
    handoff = HandoffFactory.create(session=session)
    for url in (session.get_absolute_url(), handoff.get_absolute_url()):
        assert "Reach Reachable by SMS" in read(as_vera, url)
