"""What each operation of the platform's API does (contract 3)."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt

from opencx_admin.orgs.models import Organization
from ticketing import handoff, intake, replies, status_sync, tasks
from ticketing.api import errors, openapi, schemas
from ticketing.api.dispatch import Address, Call, Operation, answer
from ticketing.api.present import session_out
from ticketing.models import Handoff, Session


def find_session(organization: Organization, session_id: str) -> Session:
    """The organization's session with this id. Raises `ApiError` 404."""
    rows = Session.objects.select_related("contact", "organization")
    session = rows.filter(organization=organization, external_id=session_id).first()
    if session is None:
        raise errors.unknown_session()
    return session


def put_session(call: Call, body: schemas.SessionIn) -> tuple[int, schemas.SessionOut]:
    session, is_new = intake.record_session(call.organization, call.id, body.facts())
    return (201 if is_new else 200), session_out(session)


def get_session(call: Call) -> tuple[int, schemas.SessionOut]:
    return 200, session_out(find_session(call.organization, call.id))


def patch_session(call: Call, body: schemas.StatusIn) -> tuple[int, schemas.SessionOut]:
    session = find_session(call.organization, call.id)
    status_sync.change_status(session, body.status, reflect=bool(body.reflect_status_change_for_integration))
    ring_after_commit(tasks.ring_session, session.pk)
    session.refresh_from_db(fields=["status", "updated_at"])
    return 200, session_out(session)


def post_messages(call: Call, body: schemas.MessagesIn) -> tuple[int, schemas.MessagesOut]:
    session = find_session(call.organization, call.id)
    facts = [message.facts() for message in body.messages]
    if intake.record_messages(session, facts):
        ring_after_commit(tasks.ring_session, session.pk)
    accepted = len({message.external_id for message in facts})
    return 202, schemas.MessagesOut(session_id=session.external_id, accepted=accepted)


def post_handoff(call: Call, body: schemas.HandoffIn) -> tuple[int, schemas.HandoffAskedOut]:
    session = find_session(call.organization, call.id)
    asked, is_new = handoff.request_handoff(
        session,
        reason=body.reason,
        summary=body.summary or "",
        sentiment=body.sentiment or "",
        topic=body.topic or "",
    )
    ring_after_commit(tasks.advance_handoff, str(asked.pk))
    return (202 if is_new else 200), schemas.HandoffAskedOut(handoff_id=asked.pk, status=Handoff.Status(asked.status))


def post_receipt(call: Call, body: schemas.ReceiptIn) -> tuple[int, schemas.ReceiptOut]:
    if replies.record_receipt(call.organization, call.id, body.status, body.detail or "") is None:
        raise errors.unknown_reply()
    return 200, schemas.ReceiptOut(reply_id=call.id, status=body.status)


def ring_after_commit(task: Any, *args: object) -> None:
    """Ring the worker once what it shall find is stored. The rows are the queue: a lost ring costs time only."""
    transaction.on_commit(partial(tasks.ring, task, *args))


ADDRESSES = [
    Address(
        "sessions/{id}/messages",
        "session_id",
        {
            "POST": Operation(
                "addMessages",
                _("Add messages; a repeated id keeps its first text"),
                post_messages,
                {202: schemas.MessagesOut},
                schemas.MessagesIn,
            )
        },
    ),
    Address(
        "sessions/{id}/handoff",
        "session_id",
        {
            "POST": Operation(
                "handOff",
                _("Pass the session to people; asking again answers with the same handoff"),
                post_handoff,
                {202: schemas.HandoffAskedOut, 200: schemas.HandoffAskedOut},
                schemas.HandoffIn,
            )
        },
    ),
    Address(
        "sessions/{id}",
        "session_id",
        {
            "GET": Operation("getSession", _("The session as we know it"), get_session, {200: schemas.SessionOut}),
            "PUT": Operation(
                "putSession",
                _("Make the session known, or bring it up to date"),
                put_session,
                {201: schemas.SessionOut, 200: schemas.SessionOut},
                schemas.SessionIn,
                is_creating=True,
            ),
            "PATCH": Operation(
                "changeStatus",
                _("Close or reopen the session; with the flag the ticket follows"),
                patch_session,
                {200: schemas.SessionOut},
                schemas.StatusIn,
            ),
        },
    ),
    Address(
        "replies/{id}/receipt",
        "reply_id",
        {
            "POST": Operation(
                "reportReceipt",
                _("Say what became of a reply in the contact's channel"),
                post_receipt,
                {200: schemas.ReceiptOut},
                schemas.ReceiptIn,
            )
        },
    ),
]


@csrf_exempt
def api(request: HttpRequest, path: str) -> HttpResponse:
    """Everything below /api/v1/."""
    return answer(request, path, ADDRESSES)


@csrf_exempt
def describe(request: HttpRequest) -> HttpResponseBase:
    """GET /api/v1/openapi.json, open to everybody."""
    if request.method != "GET":
        return errors.wrong_method(["GET"]).response()
    return HttpResponse(openapi.document_text(ADDRESSES), content_type="application/json")
