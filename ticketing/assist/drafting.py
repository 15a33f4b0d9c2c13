"""One case from its bell to its end: read, decide, ask, write once.

What is written stands on the row before it leaves; a row found with an open write is looked up in the ticket first,
and never becomes another kind of write: a note or a tag, not both and neither twice.
"""

from __future__ import annotations

import datetime as dt
import logging
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.budget import Lane
from integrations.clients import errors
from integrations.clients.zendesk import ZendeskClient
from integrations.clients.zendesk_tags import add_tags
from integrations.connect import note_refusal, open_zendesk
from integrations.models import ZendeskConnection
from opencx_admin.crypto import Undecryptable
from opencx_admin.due import GIVE_UP_AFTER, LostClaim, backoff
from ticketing.ai.engine import Passage
from ticketing.assist import asking
from ticketing.assist.cases import WAIT_FOR_VERIFY, read_rules, settle
from ticketing.assist.deciding import TAGS, judge_draft, judge_ticket, read_question
from ticketing.assist.note import LONGEST_DRAFT, write_note
from ticketing.assist.reading import Reading, find_own_note, read_ticket
from ticketing.failures import Stuck, is_closed, name_failure
from ticketing.knowledge.citing import note_cited
from ticketing.models import AssistCase, AssistReason, ReasonCode

Status = AssistCase.Status
# Longer than the service may take for its two questions.
WHILE_ASKING = dt.timedelta(seconds=120)
# An agent has answered by then: a draft that comes later helps nobody.
ENGINE_PATIENCE = dt.timedelta(hours=1)
MOST_REFUSALS = 3
log = logging.getLogger("opencx.assist")


def advance(case: AssistCase) -> None:
    """One try at a due case, if this worker wins it."""
    if not case.claim(status=Status.WORKING):
        return
    try:
        _work(case)
    except LostClaim:
        return
    except Stuck as stuck:
        _end_try(case, AssistReason(stuck.code), stuck.detail)
    except errors.ProviderError as error:
        _end_failure(case, error)
    except Undecryptable as error:
        _end_try(case, AssistReason.CREDENTIALS_REJECTED, str(error))
    except Exception:
        log.exception("Assist case %s could not be carried out", case.pk)
        _end_try(case, AssistReason.OUTCOME_UNKNOWN, _("It could not be carried out; the log tells more."))


def _work(case: AssistCase) -> None:
    connection = ZendeskConnection.objects.filter(organization_id=case.organization_id).first()
    if connection is None:
        raise Stuck(ReasonCode.NOT_CONNECTED, _("Zendesk Ticketing is not set up for this organization."))
    client = open_zendesk(connection, lane=Lane.ASSIST, subject=f"assist:{case.uid}", keep_claim=case.hold)
    found = read_ticket(case.organization, case.ticket_id, client)
    if not settle(case, found.seen):
        return
    if case.sent_at is not None and _is_written(case, found):
        _finish(case, found)
        return
    rules = read_rules(case.organization)
    stop = judge_ticket(rules, found.seen, case.comment_id or 0)
    if stop is not None:
        _stay_quiet(case, *stop)
    elif case.body:
        _send(case, found, client)
    else:
        _decide(case, found, client)


def _decide(case: AssistCase, found: Reading, client: ZendeskClient) -> None:
    """Ask the engine and store what is to be written."""
    rules = read_rules(case.organization)
    case.hold(WHILE_ASKING)
    answer = asking.ask(case.organization, read_question(found.seen), rules, subject=f"assist:{case.uid}")
    draft = answer.draft
    told: dict[str, Any] = {
        "confidence": answer.topic_confidence if answer.topic else draft.confidence,
        "topic": answer.topic[:300],
        "draft": draft.text[:LONGEST_DRAFT],
        "sources": [show_source(passage) for passage in draft.sources],
        "answered_by": str(draft.source),
        "ms": answer.ms,
        "tokens_in": case.tokens_in + draft.usage.tokens_in,
        "tokens_out": case.tokens_out + draft.usage.tokens_out,
        "cost": case.cost + draft.usage.cost,
    }
    stop = judge_draft(rules, draft)
    if answer.topic:
        told |= {"draft": "", "sources": [], "answered_by": ""}
        stop = AssistReason.NO_ASSIST_TOPIC, _("It is about “%(topic)s”.") % {"topic": answer.topic}
    case.hold(**told)
    if stop is None:
        case.hold(body=write_note(case))
    elif stop[0] == AssistReason.ENGINE_FAILED:
        is_over = timezone.now() - case.queued_at >= ENGINE_PATIENCE
        _end_try(case, *stop, is_over=is_over)
        return
    else:
        case.hold(body={"tags": [TAGS[stop[0]]], "why": list(stop)})
    _send(case, found, client)


def show_source(passage: Passage) -> dict[str, object]:
    """An article as the ledger keeps it."""
    return {"id": passage.article_id, "title": passage.title, "url": passage.url, "is_public": passage.is_public}


def _is_written(case: AssistCase, found: Reading) -> bool:
    """Whether an earlier try's write is in the ticket; the note's comment is kept."""
    if "tags" in case.body:
        return set(case.body["tags"]) <= set(found.ticket.tags)
    note = find_own_note(case, found.comments)
    if note is not None:
        case.note_comment_id = note.id
    return note is not None


def _send(case: AssistCase, found: Reading, client: ZendeskClient) -> None:
    """Mark, send, and take the mark back when Zendesk refused: then nothing was written."""
    was_open = case.sent_at is not None
    if "tags" in case.body and _is_written(case, found):  # it stands there from an earlier comment
        _finish(case, found)
        return
    case.hold(sent_at=timezone.now())
    try:
        if "tags" in case.body:
            add_tags(client, found.ticket, case.body["tags"])
        else:
            case.note_comment_id = client.update_ticket(case.ticket_id, case.body).comment_id
    except errors.ProviderError as error:
        if isinstance(error, errors.Rejected | errors.Forbidden) or not (error.is_outcome_unknown or was_open):
            case.hold(sent_at=None)
        if is_closed(error):
            _stay_quiet(case, AssistReason.STATUS, _("The ticket was closed before the note was written."))
            return
        raise
    _finish(case, found)


def _finish(case: AssistCase, found: Reading) -> None:
    """Recorded even when the claim was lost meanwhile: it was written, and nobody may write it again."""
    is_quiet = "tags" in case.body
    reason, detail = case.body["why"] if is_quiet else ("", "")
    AssistCase.objects.filter(pk=case.pk).update(
        status=Status.QUIET if is_quiet else Status.DRAFTED,
        tag=case.body["tags"][0] if is_quiet else "",
        note_comment_id=case.note_comment_id,
        done_at=timezone.now(),
        last_error="",
        next_attempt_at=None,
        reason=reason,
        detail=detail,
        **({} if case.subject else {"subject": found.seen.subject[:300]}),
    )
    if not is_quiet:
        keys = [str(source["id"]) for source in case.sources]
        note_cited(case.organization_id, keys, timezone.now())


def _stay_quiet(case: AssistCase, reason: AssistReason, detail: str) -> None:
    """Nothing is written for this reason; a draft that was never sent is forgotten."""
    case.rest(
        status=Status.QUIET, reason=reason, detail=detail, done_at=timezone.now(), last_error="", body={}, sent_at=None
    )


def _end_failure(case: AssistCase, error: errors.ProviderError) -> None:
    if isinstance(error, errors.NotFound) and error.is_record:
        _stay_quiet(case, AssistReason.TICKET_GONE, _("It was deleted in Zendesk."))
        return
    if isinstance(error, errors.Unauthorized):
        connection = ZendeskConnection.objects.filter(organization_id=case.organization_id).first()
        if connection is not None:
            note_refusal(connection, error)
    code = str(name_failure(error))
    reason = AssistReason(code) if code in AssistReason.values else AssistReason.REJECTED
    is_stubborn = isinstance(error, errors.Rejected) and case.attempts >= MOST_REFUSALS
    _end_try(case, reason, error.sentence, error.retry_after, is_over=is_stubborn)


def _end_try(
    case: AssistCase, reason: AssistReason, detail: str, retry_after: float | None = None, *, is_over: bool = False
) -> None:
    """Try again later, or leave it to a person."""
    changes = {"reason": reason, "detail": detail, "last_error": detail}
    if is_over or reason in WAIT_FOR_VERIFY or timezone.now() - case.queued_at >= GIVE_UP_AFTER:
        case.rest(status=Status.FAILED, done_at=timezone.now(), **changes)
        return
    delay = backoff(case.attempts) if retry_after is None else max(retry_after, 0.5)
    case.postpone(delay, status=Status.RETRYING, **changes)
