"""What the platform tells us about sessions, recorded once.

Everything here may come twice, at the same moment, or late: the unique constraints decide what is new.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models, transaction

from opencx_admin.orgs.models import Organization
from ticketing.carry import carry_messages
from ticketing.knowledge.citing import note_cited_urls
from ticketing.models import Contact, Message, Session


@dataclass(frozen=True)
class ContactFacts:
    """A contact as told. Empty or None means not said."""

    external_id: str
    name: str = ""
    email: str = ""
    is_email_verified: bool | None = None
    phone: str = ""
    custom_data: dict[str, Any] | None = None


@dataclass(frozen=True)
class SessionFacts:
    """A session as told. Empty or None means not said."""

    channel: str
    contact: ContactFacts
    language: str = ""
    sentiment: str = ""
    subject: str = ""
    custom_data: dict[str, Any] | None = None


@dataclass(frozen=True)
class MessageFacts:
    """A message as told; `sent_at` is the platform's own time."""

    external_id: str
    sender: str
    text: str
    sent_at: dt.datetime
    attachments: list[dict[str, Any]]
    reasoning: str
    tool_calls: list[dict[str, Any]]
    knowledge: list[dict[str, Any]]


def record_session(organization: Organization, session_id: str, facts: SessionFacts) -> tuple[Session, bool]:
    """Store the session and its contact, or bring what is known up to date. True when the session is new."""
    with transaction.atomic():
        contact = _record_contact(organization, facts.contact)
        said = _said(
            contact=contact,
            channel=facts.channel,
            language=facts.language,
            sentiment=facts.sentiment,
            subject=facts.subject,
            custom_data=facts.custom_data,
        )
        session, is_new = Session.objects.get_or_create(
            organization=organization, external_id=session_id, defaults=said
        )
        if not is_new:
            _change(session, said)
        session.contact, session.organization = contact, organization
        return session, is_new


def record_messages(session: Session, messages: Sequence[MessageFacts]) -> list[Message]:
    """Store the messages whose ids the session does not have yet, and return those.

    A contact's new message on a session that is handed off is carried into the ticket. The session's row
    is locked meanwhile, so that a handoff sees a message either in its transcript or after it.
    """
    first_told: dict[str, MessageFacts] = {}
    for told in messages:
        first_told.setdefault(told.external_id, told)
    with transaction.atomic():
        locked = Session.objects.select_for_update().get(pk=session.pk)
        locked.organization, locked.contact = session.organization, session.contact
        known = set(locked.messages.filter(external_id__in=first_told).values_list("external_id", flat=True))
        new = Message.objects.bulk_create(
            _message(locked, facts)
            for facts in sorted(first_told.values(), key=lambda facts: facts.sent_at)
            if facts.external_id not in known
        )
        if new:
            newest = max(message.sent_at for message in new)
            locked.last_message_at = max(locked.last_message_at or newest, newest)
            locked.save(update_fields=["last_message_at", "updated_at"])
        carry_messages(locked, new)
        for message in new:
            if message.knowledge:
                urls = [str(part.get("url") or "") for part in message.knowledge]
                note_cited_urls(locked.organization_id, urls, message.sent_at)
    return new


def _record_contact(organization: Organization, facts: ContactFacts) -> Contact:
    said = _said(
        name=facts.name,
        email=facts.email,
        is_email_verified=facts.is_email_verified,
        phone=facts.phone,
        custom_data=facts.custom_data,
    )
    contact, is_new = Contact.objects.get_or_create(
        organization=organization, external_id=facts.external_id, defaults=said
    )
    if not is_new:
        if facts.email and facts.email != contact.email:
            said.setdefault("is_email_verified", False)
        _change(contact, said)
    return contact


def _message(session: Session, facts: MessageFacts) -> Message:
    return Message(
        session=session,
        external_id=facts.external_id,
        sender=facts.sender,
        text=facts.text,
        sent_at=facts.sent_at,
        attachments=facts.attachments,
        reasoning=facts.reasoning,
        tool_calls=facts.tool_calls,
        knowledge=facts.knowledge,
    )


def _said(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None and value != ""}


def _change(row: models.Model, values: dict[str, Any]) -> None:
    changed = [name for name, value in values.items() if getattr(row, name) != value]
    if changed:
        for name in changed:
            setattr(row, name, values[name])
        row.save(update_fields=[*changed, "updated_at"])
