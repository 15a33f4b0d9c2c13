"""A support bundle: what is known here of one or two sessions, as an archive that may leave the house.

What people said is left out but for its length; names, addresses and numbers of the contacts are masked, secrets
are never in it.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.models import DoctorRun, ProviderCall, ProvisionedObject, WebhookEvent
from integrations.redact import DOTS, redact_body, redact_headers, redact_text
from opencx_admin.orgs.models import Organization, Role
from ticketing.models import Contact
from ticketing.reading.joined import Side
from ticketing.reading.joined_items import join
from ticketing.reading.reader import Reader
from ticketing.reading.timeline import Story, tell
from ticketing.reading.timeline_text import hide_words, write_timeline

MOST_SESSIONS = 2
MASKED = Reader(Role.VIEWER)
# What opens something here: the tokens of our addresses, keys and signing secrets.
_SECRETS = re.compile(r"\b(?:whk|whsec|ocx|sk)_[\w+/=-]{8,}|(?i:\bbearer|\bbasic)\s+[\w.+/=-]{12,}")


@dataclass(frozen=True)
class Told:
    """One session with Zendesk's side as it was asked for, or None."""

    story: Story
    side: Side | None


def write_bundle(organization: Organization, sessions: Sequence[Told]) -> bytes:
    """The archive: a folder for each session, and the state of the account beside them."""
    contacts = [told.story.session.contact for told in sessions]
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, told in enumerate(sessions, start=1):
            for name, content in _session_files(told).items():
                archive.writestr(f"session-{number}/{name}", _finish(content, contacts))
        for name, content in _account_files(organization, sessions).items():
            archive.writestr(name, _finish(content, contacts))
    return held.getvalue()


def _session_files(told: Told) -> dict[str, Any]:
    story = told.story
    joined = join(story, told.side, MASKED) if told.side else None
    events = [hide_words(event) for event in tell(story, MASKED, joined=joined)]
    return {
        "timeline.txt": write_timeline(story, events, told.side, MASKED),
        "session.json": _session(story),
        "calls.json": [_call(call) for call in story.calls],
        "webhook-calls.json": [_webhook(event) for event in story.webhooks],
    }


def _account_files(organization: Organization, sessions: Sequence[Told]) -> dict[str, Any]:
    objects = ProvisionedObject.objects.filter(organization=organization).order_by("pk")
    runs = DoctorRun.objects.filter(organization=organization, status=DoctorRun.Status.DONE)
    own = Q(subject_kind="", part="")
    for told in sessions:
        own |= Q(subject_kind="session", subject_ref=told.story.session.external_id)
        for handoff in told.story.handoffs:
            own |= Q(subject_kind="handoff", subject_ref=str(handoff.pk))
    newest: dict[tuple[str, str], DoctorRun] = {}
    for run in runs.filter(own, part="").order_by("pk"):
        newest[run.subject_kind, run.subject_ref] = run
    return {
        "provisioning.json": [_object(row) for row in objects],
        "doctor.json": [
            {
                "about": f"{run.subject_kind} {run.subject_ref}".strip() or "account",
                "finished_at": run.finished_at,
                "findings": run.findings,
            }
            for run in newest.values()
        ],
    }


# -- rows ------------------------------------------------------------------------------------------------


def _pick(row: object, *names: str) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def _session(story: Story) -> dict[str, Any]:
    session, contact = story.session, story.session.contact
    return {
        "written_at": timezone.now(),
        **_pick(session, "external_id", "channel", "status", "created_at"),
        "contact": {
            "id": contact.external_id,
            **{name: DOTS if getattr(contact, name) else "" for name in ("name", "email", "phone")},
        },
        "messages": [
            {**_pick(row, "external_id", "sender", "sent_at"), "characters": len(row.text)} for row in story.messages
        ],
        "earlier_messages": story.earlier_messages,
        "handoffs": [
            _pick(
                row, "pk", "reason", "status", "reason_code", "detail", "attempts", "created_at", "linked_at",
                "next_attempt_at",
            )
            for row in story.handoffs
        ],
        "links": [
            _pick(
                row, "ticket_id", "conversation_id", "is_active", "ticket_status", "created_at", "ended_at", "ended_as",
                "comments_read_at",
            )
            for row in story.links
        ],
        "replies": [
            {
                **_pick(row, "public_id", "comment_id", "message_id", "commented_at", "found_at", "found_by"),
                **_pick(row, "receipt", "receipt_at"),
                "characters": len(row.text),
            }
            for row in story.replies
        ],
        "updates": [
            _pick(row, "kind", "status", "reason_code", "attempts", "queued_at", "sent_at", "next_attempt_at")
            for row in story.updates
        ],
        "events": [
            _pick(row, "event", "status", "attempts", "last_status", "last_ms", "created_at", "delivered_at")
            for row in story.events
        ],
    }  # fmt: skip


def _call(call: ProviderCall) -> dict[str, Any]:
    names = ("at", "provider", "method", "path", "status", "error", "ms", "request_id", "subject", "rate")
    return {**_pick(call, *names), "answer": redact_body(call.answer).text if call.answer else ""}


def _webhook(event: WebhookEvent) -> dict[str, Any]:
    names = (
        "pk", "kind", "received_at", "processed_at", "result", "reason", "detail", "http_status", "ms", "ticket_id",
        "external_id", "conversation_id", "event_type", "invocation_id", "is_signed", "is_via_old_url", "effects",
        "replays",
    )  # fmt: skip
    headers = dict(redact_headers(event.headers or {}))
    return {**_pick(event, *names), "headers": headers, "body": _body(event.body)}


def _body(text: str) -> str:
    """Without words: a body that is no JSON may hold them anywhere."""
    try:
        json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return _("no JSON, %(n)s characters") % {"n": len(text)} if text else ""
    return redact_body(text).text


def _object(row: ProvisionedObject) -> dict[str, Any]:
    return _pick(
        row, "kind", "external_id", "title", "is_adopted", "is_gone", "drift", "drift_found_at", "changed_by",
        "changed_at", "checked_at", "check_problem", "written",
    )  # fmt: skip


# -- what leaves -------------------------------------------------------------------------------------------


def _finish(content: Any, contacts: Sequence[Contact]) -> str:
    """The last look at a file: no address, number or name of the contacts, and nothing that opens something."""
    if isinstance(content, str):
        return _hide(content, contacts)
    plain = json.loads(json.dumps(content, cls=DjangoJSONEncoder))
    return json.dumps(_walk(plain, contacts), indent=2, ensure_ascii=False) + "\n"


def _walk(value: Any, contacts: Sequence[Contact]) -> Any:
    if isinstance(value, Mapping):
        return {name: _walk(item, contacts) for name, item in value.items()}
    if isinstance(value, list):
        return [_walk(item, contacts) for item in value]
    return _hide(value, contacts) if isinstance(value, str) else value


def _hide(text: str, contacts: Sequence[Contact]) -> str:
    for contact in contacts:
        text = MASKED.words(text, contact)
    return _SECRETS.sub(DOTS, redact_text(text).text)


def list_files() -> list[tuple[str, str]]:
    """Each file and what it holds, for the page."""
    return [
        ("timeline.txt", _("the line of time, with what Zendesk says where it was asked; words as their length")),
        ("session.json", _("the session, its handoffs, links, replies and receipts, without words")),
        ("calls.json", _("our calls to Zendesk and OpenCX, with their answers")),
        ("webhook-calls.json", _("Zendesk’s calls to us, with headers and bodies")),
        ("provisioning.json", _("what we keep in order in Zendesk, and how it differs")),
        ("doctor.json", _("the doctor’s last findings")),
    ]
