"""Where the contact can be answered, until when, and what limits an answer there: the channel's own rules."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from opencx_admin.orgs.components import Mark
from ticketing.models import Channel, Contact, Sender, Session
from ticketing.models.handoffs import Owner

# WhatsApp takes free text for a day after the contact's last message, then templates only.
# https://docs.open.cx/integrations/zendesk/channels/whatsapp
WHATSAPP_WINDOW = dt.timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Reach:
    """`mark` says it in a few words, `text` what follows from it, `owner` whose move it is ("" nobody's)."""

    mark: Mark
    text: str = ""
    owner: str = ""

    @property
    def is_warning(self) -> bool:
        return self.mark.value == "warning"


def read_reach(session: Session) -> Reach | None:
    """None for channels whose limits we know nothing of."""
    rules: dict[str, Callable[[Session], Reach]] = {
        Channel.WHATSAPP: _on_whatsapp,
        Channel.SMS: _by_sms,
        Channel.PHONE_VOICE: _after_a_call,
        Channel.EMAIL: _by_email,
    }
    rule = rules.get(session.channel)
    return rule(session) if rule else None


def is_unknown_caller(contact: Contact) -> bool:
    """True when a number is all that is known."""
    return bool(contact.phone) and not contact.name and not contact.email


def _on_whatsapp(session: Session) -> Reach:
    last = session.messages.filter(sender=Sender.CONTACT).order_by("-sent_at").values_list("sent_at", flat=True).first()
    if last is None:
        text = _("The contact has written nothing here. WhatsApp takes only a template until they do.")
        return Reach(Mark("warning", _("Not reachable on WhatsApp yet")), text, Owner.CONTACT)
    until = last + WHATSAPP_WINDOW
    words = {"time": date_format(timezone.localtime(until), "D H:i")}
    if timezone.now() < until:
        text = _("24 hours after the contact’s last message; then WhatsApp takes only a template.")
        return Reach(Mark("ok", _("Reachable on WhatsApp until %(time)s") % words), text)
    if timezone.now() - until > dt.timedelta(days=6):
        words = {"time": date_format(timezone.localtime(until), "j M H:i")}
    text = _("A day after the contact’s last message WhatsApp takes only a template, which agents choose in Zendesk.")
    return Reach(Mark("warning", _("Not reachable on WhatsApp since %(time)s") % words), text, Owner.YOU_ZENDESK)


def _by_sms(session: Session) -> Reach:
    if not session.contact.phone:
        return Reach(Mark("warning", _("No number is known")), _("Answers cannot be sent as SMS."), Owner.YOU_ZENDESK)
    text = _("Carriers cut an answer into parts of 160 characters, 70 with emoji or other scripts. Keep it short.")
    return Reach(Mark("ok", _("Reachable by SMS")), text)


def _after_a_call(session: Session) -> Reach:
    """Agents read the transcript of a call; what they write is heard by nobody in it."""
    contact = session.contact
    if contact.phone and contact.email:
        mark = Mark("warning", _("Answers reach the contact only by SMS, email or a call back"))
    elif contact.phone:
        mark = Mark("warning", _("Answers reach the contact only by SMS or a call back"))
    elif contact.email:
        mark = Mark("warning", _("Answers reach the contact only by email"))
    else:
        text = _("Neither a number nor an email is known.")
        return Reach(Mark("warning", _("Not reachable after the call")), text, Owner.CONTACT)
    text = _("The transcript came at the handoff; nobody on a call reads a chat.")
    if is_unknown_caller(contact):
        text = _("Unknown caller: only the number is known.") + " " + text
    return Reach(mark, text)


def _by_email(session: Session) -> Reach:
    if session.contact.email:
        return Reach(Mark("ok", _("Reachable by email")))
    text = _("Answers go by email, and the contact gave none.")
    return Reach(Mark("warning", _("No email is known")), text, Owner.CONTACT)
