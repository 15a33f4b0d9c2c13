"""Which ticket belongs to which session, and the agents' replies found there."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from integrations.models import PlatformEvent
from opencx_admin.orgs.models import Organization
from ticketing.models.handoffs import Handoff
from ticketing.models.sessions import Session


class SessionTicketLink(models.Model):
    """One session's ticket. At most one link per session is active."""

    class End(models.TextChoices):
        DELETED = "deleted", _("The ticket was deleted in Zendesk")
        MERGED = "merged", _("The ticket was merged into another")
        FOLLOWED_UP = "followed_up", _("The ticket was closed; a follow-up took over")
        REPLACED = "replaced", _("Replaced by hand")

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="links")
    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="links")
    handoff = models.ForeignKey(Handoff, null=True, on_delete=models.SET_NULL, related_name="links")
    # One of the two: a Support ticket (0: none), or a Sunshine conversation.
    ticket_id = models.BigIntegerField(_("ticket"), default=0)
    conversation_id = models.CharField(_("conversation"), max_length=64, blank=True)
    url = models.CharField(max_length=500, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_as = models.CharField(max_length=12, choices=End.choices, blank=True)
    requester_id = models.BigIntegerField(null=True, blank=True)
    # Zendesk's clock: comments made before this are not ours to deliver.
    deliver_from = models.DateTimeField(null=True, blank=True)
    # Zendesk's times are whole seconds: of the comments of that very second, those after this one are ours.
    deliver_after_id = models.BigIntegerField(default=0)
    # What we know of the ticket: its status, the text a trigger last sent for it, and when each was read.
    ticket_status = models.CharField(max_length=16, blank=True)
    status_text = models.CharField(max_length=64, blank=True)
    ticket_updated_at = models.DateTimeField(null=True, blank=True)
    status_read_at = models.DateTimeField(null=True, blank=True)
    # When the last complete reading of the comments began: a bell that rang before it needs none of its own.
    comments_read_at = models.DateTimeField(null=True, blank=True)
    last_comment_at = models.DateTimeField(null=True, blank=True)
    # Comments that are our own writes; they are never delivered.
    own_comment_ids = models.JSONField(default=list, blank=True)

    class Meta:
        verbose_name = _("session-ticket link")
        verbose_name_plural = _("session-ticket links")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["session"], condition=models.Q(is_active=True), name="link_one_active_per_session"
            ),
            models.CheckConstraint(
                condition=models.Q(ticket_id=0) ^ models.Q(conversation_id=""), name="link_names_one_thing"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["organization", "ticket_id"], name="link_ticket"),
            models.Index(fields=["organization", "conversation_id"], name="link_conversation"),
        ]

    def __str__(self) -> str:
        return f"{self.session} ↔ {self.label}"

    @property
    def is_conversation(self) -> bool:
        return bool(self.conversation_id)

    @property
    def label(self) -> str:
        """`#48231` for a ticket, the id for a conversation."""
        return self.conversation_id or f"#{self.ticket_id}"

    @property
    def ending(self) -> str:
        """How it ended, in words; empty while it is active."""
        of_chats = {
            self.End.DELETED: _("The conversation was deleted in Zendesk"),
            self.End.REPLACED: _("Agents never got the conversation"),
        }
        words = of_chats.get(self.End(self.ended_as)) if self.ended_as and self.is_conversation else None
        return str(words or self.get_ended_as_display())

    @property
    def is_solved(self) -> bool:
        return self.ticket_status in ("solved", "closed")


class AgentReply(models.Model):
    """One public comment of an agent, on its way to the contact or there. Once per session and comment."""

    class Receipt(models.TextChoices):
        NONE = "", _("No receipt yet")
        DELIVERED = "delivered", _("Delivered")
        FAILED = "failed", _("Failed")

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="replies")
    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="replies")
    link = models.ForeignKey(SessionTicketLink, null=True, on_delete=models.SET_NULL, related_name="replies")
    event = models.OneToOneField(PlatformEvent, null=True, on_delete=models.SET_NULL, related_name="reply")
    # A ticket's comment, or a conversation's message.
    comment_id = models.BigIntegerField(_("comment"), null=True, blank=True)
    message_id = models.CharField(_("message"), max_length=64, blank=True)
    ticket_id = models.BigIntegerField(_("ticket"), default=0)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    attachments = models.JSONField(default=list, blank=True)
    agent_id = models.BigIntegerField(null=True, blank=True)
    agent_name = models.CharField(max_length=255, blank=True)
    commented_at = models.DateTimeField()
    found_at = models.DateTimeField(default=timezone.now)
    found_by = models.CharField(max_length=12, default="webhook")  # webhook, reconcile, replay
    receipt = models.CharField(max_length=10, choices=Receipt.choices, blank=True, default="")
    receipt_detail = models.TextField(blank=True)
    receipt_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("agent's reply")
        verbose_name_plural = _("agents' replies")
        ordering: ClassVar = ["commented_at", "comment_id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["session", "comment_id"], name="reply_once"),
            models.UniqueConstraint(
                fields=["session", "message_id"], condition=~models.Q(message_id=""), name="reply_message_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agent_name}: {self.text[:40]}"

    @property
    def public_id(self) -> str:
        """The `reply_id` the platform knows it by."""
        return f"rep_{self.pk}"
