"""The moment a session is passed to people in Zendesk, as a due row."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from opencx_admin.due import Due, due_index
from opencx_admin.orgs.models import Organization
from ticketing.models.sessions import Message, Sentiment, Session


class HandoffReason(models.TextChoices):
    """Why the AI passes the session on (contract 3)."""

    BASED_ON_INSTRUCTIONS = "based_on_instructions", _("Its instructions say so")
    INSTRUCTIONS_NOT_CLEAR = "instructions_not_clear", _("Its instructions are not clear")
    INSUFFICIENT_KNOWLEDGE = "insufficient_knowledge", _("It does not know enough")
    INSUFFICIENT_TOOLS = "insufficient_tools", _("It lacks a tool")
    PROHIBITED_TOPIC = "prohibited_topic", _("The topic is not for the AI")
    USER_REQUESTED = "user_requested_human_assistance", _("The contact asked for a person")


class ReasonCode(models.TextChoices):
    """Why a handoff retries or failed (contract 3). The label is the cause in plain words."""

    CONTACT_HAS_NO_EMAIL = "contact_has_no_email", _("No email or number for a requester")
    NOT_CONNECTED = "not_connected", _("Zendesk is not connected")
    CREDENTIALS_REJECTED = "credentials_rejected", _("Zendesk refuses our credentials")
    PERMISSION_MISSING = "permission_missing", _("Our Zendesk user lacks a permission")
    REQUESTER_SUSPENDED = "requester_suspended", _("Requester is suspended in Zendesk")
    FIELD_REJECTED = "field_rejected", _("Zendesk refused a field of the ticket")
    RATE_LIMITED = "rate_limited", _("Zendesk said: too many requests")
    ZENDESK_UNAVAILABLE = "zendesk_unavailable", _("Zendesk is not answering as it should")
    OUTCOME_UNKNOWN = "outcome_unknown", _("No answer; we look before we try again")
    CONVERSATION_LIMIT = "conversation_limit", _("Zendesk allows one conversation per contact")
    TICKET_DELETED = "ticket_deleted", _("Ticket was deleted, the link has ended")
    REJECTED = "rejected", _("Zendesk refused the ticket")


class Owner(models.TextChoices):
    """Whose move it is."""

    YOU_HERE = "you_here", _("You, here")
    YOU_ZENDESK = "you_zendesk", _("You, in Zendesk")
    CONTACT = "contact", _("The contact")
    ZENDESK = "zendesk", _("Zendesk")
    US = "us", _("Us")
    NOBODY = "nobody", _("Nobody")


OWNERS: dict[str, Owner] = {
    ReasonCode.CONTACT_HAS_NO_EMAIL: Owner.YOU_HERE,
    ReasonCode.NOT_CONNECTED: Owner.YOU_HERE,
    ReasonCode.CREDENTIALS_REJECTED: Owner.YOU_HERE,
    ReasonCode.PERMISSION_MISSING: Owner.YOU_ZENDESK,
    ReasonCode.REQUESTER_SUSPENDED: Owner.YOU_ZENDESK,
    ReasonCode.FIELD_REJECTED: Owner.YOU_ZENDESK,
    ReasonCode.RATE_LIMITED: Owner.ZENDESK,
    ReasonCode.ZENDESK_UNAVAILABLE: Owner.ZENDESK,
    ReasonCode.OUTCOME_UNKNOWN: Owner.US,
    ReasonCode.CONVERSATION_LIMIT: Owner.YOU_ZENDESK,
    ReasonCode.TICKET_DELETED: Owner.YOU_HERE,
    ReasonCode.REJECTED: Owner.YOU_ZENDESK,
}


# What heals by itself, and what has no cause of its own: once we gave up, a person must say "go on".
HEALING_CODES = frozenset({"", *(code for code, owner in OWNERS.items() if owner in (Owner.ZENDESK, Owner.US))})


def owner_of_cause(code: str, *, has_failed: bool) -> Owner:
    """Whose move a cause is. What failed for good is never Zendesk's or ours."""
    if has_failed and code in HEALING_CODES:
        return Owner.YOU_HERE
    return OWNERS.get(code, Owner.US)


# These fail at once: trying again changes nothing until a person acts (contract 3).
FINAL_CODES = frozenset(
    {
        ReasonCode.NOT_CONNECTED,
        ReasonCode.CREDENTIALS_REJECTED,
        ReasonCode.PERMISSION_MISSING,
        ReasonCode.CONTACT_HAS_NO_EMAIL,
        ReasonCode.REQUESTER_SUSPENDED,
        ReasonCode.TICKET_DELETED,
    }
)
# The connection's next successful Verify queues those that waited for it.
WAIT_FOR_VERIFY = frozenset({ReasonCode.NOT_CONNECTED, ReasonCode.CREDENTIALS_REJECTED, ReasonCode.PERMISSION_MISSING})


class Handoff(Due):
    """One handoff of a session; at most one that is not cancelled per session, held by the database.

    Record before, outcome after: `request_body` and `request_key` are stored and `request_sent_at` set
    before the write leaves. A row found with `request_sent_at` and without an outcome is looked up in
    Zendesk before anything is written again.
    """

    class Status(models.TextChoices):
        QUEUED = "queued", _("Queued")
        WORKING = "working", _("Working")
        LINKED = "linked", _("Linked")
        RETRYING = "retrying", _("Retrying")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    class Route(models.TextChoices):
        UNDECIDED = "", _("Not decided yet")
        TICKET = "ticket", _("Ticket")
        CONVERSATION = "conversation", _("Live conversation")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="handoffs")
    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="handoffs")
    reason = models.CharField(_("reason"), max_length=40, choices=HandoffReason.choices)
    summary = models.TextField(_("summary"), blank=True)
    sentiment = models.CharField(_("sentiment"), max_length=8, choices=Sentiment.choices, blank=True)
    topic = models.CharField(_("topic"), max_length=500, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.QUEUED)
    reason_code = models.CharField(_("cause"), max_length=24, choices=ReasonCode.choices, blank=True)
    detail = models.TextField(_("detail"), blank=True)
    created_at = models.DateTimeField(_("asked at"), default=timezone.now)
    # When the present run of tries began: the 24 hours count from here; a Retry begins anew.
    queued_at = models.DateTimeField(default=timezone.now)
    linked_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    # The transcript holds the messages up to this one; the contact's later ones follow as comments.
    last_message = models.ForeignKey(Message, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    # Where it goes: a ticket, or a live conversation. `fell_back` says why a chat became a ticket.
    route = models.CharField(max_length=12, choices=Route.choices, blank=True, default="")
    fell_back = models.CharField(_("why a ticket"), max_length=300, blank=True)

    # 1, then one more for each new ticket after the former was deleted or its key was burnt.
    generation = models.PositiveSmallIntegerField(default=1)
    request_key = models.CharField(max_length=255, blank=True)
    request_body = models.TextField(blank=True)
    request_sent_at = models.DateTimeField(null=True, blank=True)
    # Parts of the transcript that did not fit into the ticket's first comment, in order.
    overflow = models.JSONField(default=list, blank=True)
    requester_id = models.BigIntegerField(null=True, blank=True)
    # What we left out of the ticket because Zendesk refused it (`assignee_id` …).
    left_out = models.JSONField(default=list, blank=True)

    class Meta:
        verbose_name = _("handoff")
        verbose_name_plural = _("handoffs")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["session"], condition=~models.Q(status="cancelled"), name="handoff_one_live_per_session"
            ),
        ]
        indexes: ClassVar = [
            due_index("handoff_due"),
            models.Index(fields=["organization", "status", "-created_at"], name="handoff_status_newest"),
            models.Index(fields=["organization", "-created_at"], name="handoff_newest"),
        ]

    def __str__(self) -> str:
        return str(self.id)

    def get_absolute_url(self) -> str:
        return reverse("handoff", args=[self.id])

    @property
    def owner(self) -> Owner:
        """Whose move it is now."""
        if self.status in (self.Status.QUEUED, self.Status.WORKING):
            return Owner.US
        if self.status in (self.Status.LINKED, self.Status.CANCELLED):
            return Owner.NOBODY
        return owner_of_cause(self.reason_code, has_failed=self.status == self.Status.FAILED)

    @property
    def can_retry(self) -> bool:
        """Retry is offered when retrying or failed."""
        return self.status in (self.Status.RETRYING, self.Status.FAILED)

    @property
    def can_cancel(self) -> bool:
        """Cancel is offered until linked."""
        return self.status not in (self.Status.LINKED, self.Status.CANCELLED)

    @property
    def has_open_write(self) -> bool:
        """True when a ticket may have been made though we do not know it."""
        return self.request_sent_at is not None and self.linked_at is None
