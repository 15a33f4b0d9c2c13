"""What a person may do on a handoff's page. Each act is one transaction with its audit entry; then the bell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from celery import Task
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from integrations import platform_events
from integrations import tasks as integration_tasks
from integrations.models import PlatformEvent
from opencx_admin.crypto import mask
from opencx_admin.orgs import audit
from ticketing import handoff as handoffs
from ticketing import tasks, updates
from ticketing.models import Contact, Handoff, TicketUpdate
from ticketing.problems.keeping import hurry


@dataclass(frozen=True, slots=True)
class Done:
    """What came of an act, as a sentence for the person. Not known: the page has no such action."""

    ok: bool
    text: str
    is_known: bool = True


def act(request: HttpRequest, handoff: Handoff, action: str) -> Done:
    """Do what the button says: retry, cancel, `retry_event:<id>` or `retry_update:<id>`."""
    name, _colon, key = action.partition(":")
    plain: dict[str, Callable[[HttpRequest, Handoff], Done]] = {"retry": retry_handoff, "cancel": cancel_handoff}
    keyed: dict[str, Callable[[HttpRequest, Handoff, int], Done]] = {
        "retry_event": retry_event,
        "retry_update": retry_update,
    }
    if name in plain and not key:
        return plain[name](request, handoff)
    if name in keyed and key.isdecimal() and len(key) < 19:
        return keyed[name](request, handoff, int(key))
    return Done(ok=False, text=_("This page does not know that action. Nothing changed."), is_known=False)


def retry_handoff(request: HttpRequest, handoff: Handoff) -> Done:
    """Queue it again, now."""
    before = {"status": handoff.status, "reason_code": handoff.reason_code}
    with transaction.atomic():
        if not handoffs.retry(handoff):
            return _too_late(handoff)
        _record(request, handoff, "handoff.retry", before, {"status": Handoff.Status.QUEUED})
        _ring(tasks.advance_handoff, str(handoff.pk))
    return Done(ok=True, text=_("Queued. The ticket is made now; this page follows it."))


def cancel_handoff(request: HttpRequest, handoff: Handoff) -> Done:
    """Stop trying."""
    before = {"status": handoff.status}
    with transaction.atomic():
        if not handoffs.cancel(handoff):
            return _too_late(handoff)
        _record(request, handoff, "handoff.cancel", before, {"status": Handoff.Status.CANCELLED})
    return Done(ok=True, text=_("Cancelled. No ticket will be made unless OpenCX asks again."))


def save_contact(request: HttpRequest, handoff: Handoff, *, email: str, phone: str) -> Done:
    """Keep how to reach the contact, and try again."""
    contact: Contact = handoff.session.contact
    before = {"email": mask(contact.email), "phone": mask(contact.phone)}
    with transaction.atomic():
        contact.email, contact.phone = email or contact.email, phone or contact.phone
        if email:
            contact.is_email_verified = False
        contact.save(update_fields=["email", "phone", "is_email_verified", "updated_at"])
        after = {"email": mask(contact.email), "phone": mask(contact.phone)}
        _record(request, handoff, "handoff.save_contact", before, after)
        if not handoffs.retry(handoff):
            return Done(ok=True, text=_("Saved. The handoff did not need another try."))
        _ring(tasks.advance_handoff, str(handoff.pk))
    return Done(ok=True, text=_("Saved. The ticket is made now; this page follows it."))


def retry_event(request: HttpRequest, handoff: Handoff, key: int) -> Done:
    """Send an event of this session to the platform again, under the same id."""
    rows = PlatformEvent.objects.filter(organization=handoff.organization, session_ref=handoff.session.external_id)
    event = rows.filter(pk=key).first()
    if event is None:
        return Done(ok=False, text=_("That event is not of this session. Nothing changed."))
    with transaction.atomic():
        if not platform_events.retry(event):
            return Done(ok=False, text=_("Nothing to send: OpenCX has it by now."))
        name = "reply.retry" if hasattr(event, "reply") else "event.retry"
        _record(request, handoff, name, {"status": event.status}, {"status": PlatformEvent.Status.QUEUED})
        _ring(integration_tasks.deliver_event, event.pk)
    return Done(ok=True, text=_("Queued. It goes to OpenCX now; this page follows it."))


def retry_update(request: HttpRequest, handoff: Handoff, key: int) -> Done:
    """Write something into the ticket again."""
    update = TicketUpdate.objects.filter(session=handoff.session, pk=key).first()
    if update is None:
        return Done(ok=False, text=_("That message is not of this session. Nothing changed."))
    before = {"status": update.status, "reason_code": update.reason_code}
    with transaction.atomic():
        if not updates.retry(update):
            return Done(ok=False, text=_("Nothing to write: it is on its way or in the ticket by now."))
        _record(request, handoff, "update.retry", before, {"status": TicketUpdate.Status.QUEUED})
        _ring(tasks.ring_session, handoff.session_id)
    return Done(ok=True, text=_("Queued. It goes into the ticket now; this page follows it."))


def _too_late(handoff: Handoff) -> Done:
    handoff.refresh_from_db(fields=["status"])
    status = handoff.get_status_display()
    return Done(ok=False, text=_("Nothing changed: the handoff is “%(status)s” by now.") % {"status": status})


def _record(request: HttpRequest, handoff: Handoff, action: str, before: dict[str, Any], after: dict[str, Any]) -> None:
    audit.record(
        handoff.organization,
        action,
        request=request,
        object_label=handoff.session.external_id,
        object_url=handoff.get_absolute_url(),
        before=before,
        after=after,
    )
    hurry(handoff.organization)


def _ring(task: Task[..., Any], *args: Any) -> None:
    transaction.on_commit(lambda: tasks.ring(task, *args))
