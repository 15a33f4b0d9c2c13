"""The jump box: what a text means, and where it leads. Everything stays inside one organization."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.http import urlencode

from integrations.models import PlatformEvent, WebhookEvent
from opencx_admin.orgs.models import Organization
from ticketing.models import AgentReply, Contact, ConversationTransfer, Session, SessionTicketLink
from ticketing.reading.reader import Reader

LONGEST = 1000
LARGEST_ID = 2**63 - 1
TICKET_PATH = re.compile(r"/(?:agent/)?(?:tickets|requests)/(\d{1,19})(?:\.json)?(?:/|$)")
NUMBER = re.compile(r"#?(\d{1,19})")
REPLY = re.compile(r"rep_(\d{1,18})")
EVENT = re.compile(r"evt_([0-9a-f]{32})")


@dataclass(frozen=True, slots=True)
class Jump:
    """A look-up of one text in one organization, as its reader may: contacts only by who sees them."""

    org: Organization
    text: str
    reader: Reader

    def find(self) -> str | None:
        """The address of what the text names; None when nothing here has that name."""
        looks: tuple[Callable[[], str | None], ...] = (
            self._own_page,
            self._ticket,
            self._session,
            self._conversation,
            self._uuid,
            self._email,
            self._reply_or_event,
            self._call,
        )
        return next((url for look in looks if (url := look())), None)

    def _own_page(self) -> str | None:
        """A pasted address of one of our own pages."""
        parts = urlsplit_or_none(self.text)
        if parts is None:
            return None
        found = re.fullmatch(r"/sessions/(.+?)/?", unquote(parts[1]), flags=re.DOTALL)
        return self._session_url(found.group(1)) if found else None

    def _ticket(self) -> str | None:
        """A ticket's number or its address in Zendesk; the active link first."""
        parts = urlsplit_or_none(self.text)
        found = TICKET_PATH.search(parts[1]) if parts else NUMBER.fullmatch(self.text)
        if not found or int(found.group(1)) > LARGEST_ID:
            return None
        links = SessionTicketLink.objects.filter(organization=self.org, ticket_id=int(found.group(1)))
        return _page_of(links)

    def _conversation(self) -> str | None:
        """The id of a live conversation: its link, else the handoff that is on its way there."""
        links = SessionTicketLink.objects.filter(organization=self.org, conversation_id=self.text)
        url = _page_of(links) if self.text else None
        rows = ConversationTransfer.objects.filter(handoff__organization=self.org, conversation_id=self.text)
        on_its_way = rows.select_related("handoff").order_by("-pk").first() if self.text and not url else None
        return on_its_way.handoff.get_absolute_url() if on_its_way else url

    def _session(self) -> str | None:
        return self._session_url(self.text)

    def _session_url(self, external_id: str) -> str | None:
        session = Session.objects.filter(organization=self.org, external_id=external_id).first()
        return session.get_absolute_url() if session else None

    def _uuid(self) -> str | None:
        """A handoff's id, alone or in the address of its page, or the id of an event."""
        found = re.search(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}", self.text.lower())
        if not found or (len(self.text) > len(found.group()) and "/handoffs/" not in self.text):
            return None
        key = uuid.UUID(found.group())
        handoff = self.org.handoffs.filter(pk=key).first()
        return handoff.get_absolute_url() if handoff else self._event_url(key)

    def _email(self) -> str | None:
        """A contact's email: the session when there is one, the list when there are several."""
        if "@" not in self.text or not self.reader.sees_contacts:
            return None
        contacts = Contact.objects.filter(organization=self.org, email__iexact=self.text)
        sessions = list(Session.objects.filter(contact__in=contacts.values("pk")).order_by("-pk")[:2])
        if not sessions:
            return None
        return sessions[0].get_absolute_url() if len(sessions) == 1 else search_url(self.text)

    def _reply_or_event(self) -> str | None:
        """The ids the platform knows: `rep_…` of a reply, `evt_…` of an event."""
        reply_id, event_id = REPLY.fullmatch(self.text), EVENT.fullmatch(self.text)
        if event_id:
            return self._event_url(uuid.UUID(event_id.group(1)))
        if not reply_id:
            return None
        reply = AgentReply.objects.filter(organization=self.org, pk=int(reply_id.group(1))).first()
        return f"{reply.session.get_absolute_url()}#reply-{reply.pk}" if reply else None

    def _event_url(self, key: uuid.UUID) -> str | None:
        event = PlatformEvent.objects.filter(organization=self.org, uid=key).first()
        return self._session_url(event.session_ref) if event and event.session_ref else None

    def _call(self) -> str | None:
        """A webhook call: our number of it, or Zendesk's invocation id."""
        calls = WebhookEvent.objects.filter(organization=self.org)
        found = NUMBER.fullmatch(self.text)
        call = calls.filter(invocation_id=self.text[:64]).order_by("-pk").first()
        if call is None and found and int(found.group(1)) <= LARGEST_ID:
            call = calls.filter(pk=int(found.group(1))).first()
        return reverse("webhook", args=[call.pk]) if call else None


def _page_of(links: QuerySet[SessionTicketLink]) -> str | None:
    """The handoff of a link, the active one first; the session of one made by hand."""
    link = links.select_related("handoff", "session").order_by("-is_active", "-pk").first()
    if link is None:
        return None
    return link.handoff.get_absolute_url() if link.handoff else link.session.get_absolute_url()


def urlsplit_or_none(text: str) -> tuple[str, str] | None:
    """Host and path of a web address, with or without its scheme; None for anything else."""
    host, slash, _path = text.partition("/")
    is_bare = bool(slash) and "." in host and ":" not in host and " " not in text
    try:
        parts = urlsplit(f"//{text}" if is_bare else text)
    except ValueError:
        return None
    return (parts.netloc, parts.path) if is_bare or parts.scheme in ("http", "https") else None


def search_url(text: str) -> str:
    """The list of sessions that match."""
    return f"{reverse('sessions')}?{urlencode({'q': text})}"
