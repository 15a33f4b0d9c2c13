"""What we still have to write into a ticket after it was made, one after another."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from opencx_admin.due import Due, due_index
from opencx_admin.orgs.models import Organization
from ticketing.models.handoffs import ReasonCode
from ticketing.models.links import AgentReply
from ticketing.models.sessions import Message, Session


class TicketUpdate(Due):
    """One update of a session's ticket: the transcript's continuation, a contact's message, a status, or a note.

    The updates of a session go out strictly in the order of their ids. `sent_at` is set before the write
    leaves; a row found with it and without an outcome is looked for in the ticket before it is written again.
    """

    class Kind(models.TextChoices):
        TRANSCRIPT = "transcript", _("Transcript, continued")
        MESSAGE = "message", _("Contact's message")
        STATUS = "status", _("Status")
        NOTE = "note", _("Note to the agent")

    class Status(models.TextChoices):
        QUEUED = "queued", _("Queued")
        WORKING = "working", _("Working")
        RETRYING = "retrying", _("Retrying")
        DONE = "done", _("Delivered")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    uid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="ticket_updates")
    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="ticket_updates")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    message = models.ForeignKey(Message, null=True, blank=True, on_delete=models.CASCADE, related_name="ticket_updates")
    # The reply that a note says did not arrive.
    reply = models.ForeignKey(AgentReply, null=True, blank=True, on_delete=models.CASCADE, related_name="notes")
    # A long message goes in several comments.
    part = models.PositiveSmallIntegerField(default=0)
    # The comment's HTML for a transcript part, a message or a note; the status word for a status.
    content = models.TextField(blank=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.QUEUED)
    reason_code = models.CharField(max_length=24, choices=ReasonCode.choices, blank=True)
    detail = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    queued_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    ticket_id = models.BigIntegerField(null=True, blank=True)
    comment_id = models.BigIntegerField(null=True, blank=True)
    # The exact body of the follow-up ticket when this message needs one.
    follow_up_body = models.TextField(blank=True)
    follow_up_of = models.BigIntegerField(null=True, blank=True)

    class Meta:
        verbose_name = _("ticket update")
        verbose_name_plural = _("ticket updates")
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["message", "part"], name="ticket_update_message_once"),
            models.UniqueConstraint(fields=["reply"], name="ticket_update_note_once"),
        ]
        indexes: ClassVar = [
            due_index("ticket_update_due"),
            models.Index(fields=["session", "status", "id"], name="ticket_update_order"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
