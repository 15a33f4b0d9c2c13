"""The stages of a round trip. Each is safe to repeat and says how long to wait, or None when it went on."""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.clients import errors
from integrations.clients.zendesk import ZendeskClient
from integrations.models import ProviderCall
from ticketing import handoff as handoffs
from ticketing import replies
from ticketing.canary import hops, moving, watching
from ticketing.canary.cleaning import clean_up
from ticketing.canary.moving import Stage, fail, find_link, go_on, is_late, open_account, pause
from ticketing.models import CanaryRun, Channel, Contact, Handoff, HandoffReason, Message, Sender, Session
from ticketing.models.handoffs import Owner

MARKER = "opencx_canary"


def make_ticket(run: CanaryRun) -> float | None:
    """Hand a session of ours off by the code that every session takes, and wait until its ticket is linked."""
    session = _open_session(run)
    handoff = session.handoffs.order_by("-created_at").first()
    if handoff is None or handoff.status == Handoff.Status.CANCELLED:
        fail(run, hops.TICKET, _("Somebody cancelled the handoff of the test."), Owner.YOU_HERE)
        return None
    if handoff.status == Handoff.Status.LINKED:
        _note_link(run, handoff)
        return None
    if handoff.status == Handoff.Status.FAILED or is_late(run):
        said = handoff.detail or _("No worker took the handoff within 60 s.")
        fail(run, hops.TICKET, said, handoff.owner, where="zendesk-ticketing")
        return None
    return pause(run)


def _open_session(run: CanaryRun) -> Session:
    """The run's session, made with its handoff in one transaction."""
    found = moving.find_session(run)
    if found is not None:
        return found
    with transaction.atomic():
        contact = Contact.objects.create(
            organization_id=run.organization_id,
            external_id=run.session_ref,
            name=_("OpenCX canary"),
            email=moving.address_of(run),
        )
        session = Session.objects.create(
            organization_id=run.organization_id,
            external_id=run.session_ref,
            contact=contact,
            channel=Channel.EMAIL,
            subject=_("Test by OpenCX, nothing to do"),
            is_canary=True,
        )
        text = _("This ticket tests the way to Zendesk and back. It is removed by itself within a minute.")
        Message.objects.create(
            session=session, external_id="canary-1", sender=Sender.SYSTEM, text=text, sent_at=timezone.now()
        )
        handoff, _made = handoffs.request_handoff(session, reason=HandoffReason.BASED_ON_INSTRUCTIONS, summary=text)
        # The default agent is not told of a test.
        Handoff.objects.filter(pk=handoff.pk).update(left_out=["assignee_id"])
    return session


def _note_link(run: CanaryRun, handoff: Handoff) -> None:
    link = find_link(run)
    calls = ProviderCall.objects.filter(organization_id=run.organization_id, subject=f"handoff:{handoff.pk}")
    made = calls.filter(method="POST", path="/api/v2/tickets", status__lt=300).order_by("-pk").first()
    linked_at = handoff.linked_at or timezone.now()
    made_at = min(made.at, linked_at) if made else linked_at
    words = {"ticket": link.ticket_id}
    found = hops.end(run.hops, hops.TICKET, made_at, said=_("Ticket #%(ticket)s") % words)
    found = hops.end(hops.begin(found, hops.LINKED, made_at), hops.LINKED, linked_at)
    go_on(run, Stage.REPLY, found, ticket_id=link.ticket_id, requester_id=link.requester_id)


def write_reply(run: CanaryRun) -> None:
    """Write the agent's public reply, as the connection's user. It does not carry the mark of our own writes."""
    began = hops.time_of(hops.find_hop(run.hops, hops.REPLY), "began")
    comment_id = _write(run, hops.REPLY, _("Test by OpenCX: a public reply."), is_public=True)
    found = hops.end(run.hops, hops.REPLY, timezone.now())
    found = hops.begin(found, hops.RANG, began or timezone.now())  # Zendesk may ring before it answers us
    go_on(run, Stage.RING, found, reply_id=comment_id)


def write_note(run: CanaryRun) -> None:
    """Write the internal note that nobody outside may ever see."""
    comment_id = _write(run, hops.NOTE, _("Test by OpenCX: an internal note."), is_public=False)
    go_on(run, Stage.HOLD, hops.end(run.hops, hops.NOTE, timezone.now()), note_id=comment_id)


def _write(run: CanaryRun, name: str, words: str, *, is_public: bool) -> int:
    """The id of the comment, written once: one that an earlier try may have made is looked for first."""
    ticket_id, code = find_link(run).ticket_id, f"{run.session_ref}-{name}"
    client = open_account(run)
    found = _find_comment(client, ticket_id, code) if hops.find_hop(run.hops, name).get("asked") else None
    if found is None:
        run.hold(hops=hops.mark(run.hops, name, hops.WORKING, asked=timezone.now()))
        comment = {"body": f"{words} ({code})", "public": is_public}
        written = client.update_ticket(ticket_id, {"comment": comment, "metadata": {MARKER: code}})
        found = written.comment_id or _find_comment(client, ticket_id, code)
    if found is None:
        raise errors.BadResponse("", status=200)
    return found


def _find_comment(client: ZendeskClient, ticket_id: int, code: str) -> int | None:
    for comment in client.all_comments(ticket_id):
        if comment.metadata.get(MARKER) == code or code in comment.text:
            return comment.id
    return None


def wait_for_ring(run: CanaryRun) -> float | None:
    """Zendesk must call us by its trigger; when it does not, say so and read all the same."""
    asked = hops.time_of(hops.find_hop(run.hops, hops.REPLY), "asked") or run.stage_at
    call = watching.find_call(run, asked)
    if call is not None:
        found = hops.end(run.hops, hops.RANG, call.received_at, said=watching.tell_call(call))
        go_on(run, Stage.READ, hops.begin(found, hops.READ, call.received_at))
        return None
    lost = watching.explain_silence(run, asked, is_late=is_late(run))
    if lost is None:
        return pause(run)
    fail(run, hops.RANG, lost.said, lost.owner, where=lost.where, then=Stage.READ)
    return None


def wait_for_reading(run: CanaryRun) -> float | None:
    """The call must make us read the reply. When none came, we read without it: is that half well?"""
    has_rung = hops.find_hop(run.hops, hops.RANG)["status"] == hops.OK
    if not has_rung:
        replies.read_replies(find_link(run), open_account(run), found_by="canary")
    trouble = watching.explain_call(run) if has_rung else ""
    reply = watching.find_reply(run)
    if reply is not None:
        found = hops.end(run.hops, hops.READ, reply.found_at if has_rung else timezone.now())
        if not has_rung:
            found = hops.mark(found, hops.READ, hops.OK, said=_("without a call: the reading itself works"))
        go_on(run, Stage.DELIVER, hops.begin(found, hops.DELIVERED, reply.found_at))
    elif trouble or not has_rung or is_late(run):
        said = trouble or _("The reply stands in Zendesk, but reading the ticket did not find it.")
        fail(run, hops.READ, said, Owner.US, where="webhooks", then=Stage.NOTE)
    else:
        return pause(run)
    return None


def wait_for_delivery(run: CanaryRun) -> float | None:
    """The platform's events URL must take the reply."""
    reply = watching.find_reply(run)
    event = reply.event if reply else None
    if not watching.has_events_url(run):
        said = _("no events URL is saved, so replies wait here")
        found = hops.mark(run.hops, hops.DELIVERED, hops.SKIPPED, said=said, where="opencx")
        go_on(run, Stage.NOTE, found)
    elif event is not None and event.delivered_at is not None:
        said = _("OpenCX answered %(status)s") % {"status": event.last_status}
        go_on(run, Stage.NOTE, hops.end(run.hops, hops.DELIVERED, event.delivered_at, said=said))
    elif event is None or event.status == event.Status.FAILED or is_late(run):
        why = event.last_error if event else ""
        words = {"why": why or _("no worker sent it within 60 s")}
        said = _("OpenCX did not take the reply: %(why)s") % words
        fail(run, hops.DELIVERED, said, Owner.YOU_HERE, where="opencx", then=Stage.NOTE)
    else:
        return pause(run)
    return None


def hold_back(run: CanaryRun) -> float | None:
    """Read the ticket with the note in it, on purpose: nothing of it may be on its way anywhere."""
    reading = replies.read_replies(find_link(run), open_account(run), found_by="canary")
    if watching.has_leaked(run):
        fail(run, hops.HELD, watching.tell_leak(), Owner.US)
    elif reading.newest_is_public and not is_late(run):
        return pause(run)  # Zendesk does not show the note yet
    elif reading.newest_is_public:
        fail(run, hops.HELD, _("The note does not show in Zendesk, so nothing is proven."), Owner.ZENDESK)
    else:
        said = _("read with the note there; nothing left")
        go_on(run, Stage.CLEAN, hops.end(run.hops, hops.HELD, timezone.now(), said=said))
    return None


STAGES: dict[str, Callable[[CanaryRun], float | None]] = {
    Stage.TICKET: make_ticket,
    Stage.REPLY: write_reply,
    Stage.RING: wait_for_ring,
    Stage.READ: wait_for_reading,
    Stage.DELIVER: wait_for_delivery,
    Stage.NOTE: write_note,
    Stage.HOLD: hold_back,
    Stage.CLEAN: clean_up,
}
