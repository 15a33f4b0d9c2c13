"""A session on its way into a Sunshine conversation, step by step."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from ticketing.models.handoffs import Handoff


class ConversationTransfer(models.Model):
    """Each step is stored before it is taken; a crash resumes where it stopped and repeats nothing.

    `messages` is the exact list of what is posted, made once. `message_asked` is the position that was on its
    way when a worker died: its marker is looked for in the conversation before it is posted again.
    """

    class Merge(models.TextChoices):
        NONE = "", _("not looked for")
        FOUND = "found", _("joined with the contact's user in Support")
        NOBODY = "nobody", _("no such user in Support yet")
        MISSED = "missed", _("could not be looked for")

    handoff = models.OneToOneField(Handoff, on_delete=models.CASCADE, related_name="transfer")
    user_id = models.CharField(max_length=64, blank=True)
    merge = models.CharField(max_length=8, choices=Merge.choices, blank=True, default="")
    merge_detail = models.CharField(max_length=300, blank=True)
    support_user_id = models.BigIntegerField(null=True, blank=True)
    conversation_asked_at = models.DateTimeField(null=True, blank=True)
    conversation_id = models.CharField(max_length=64, blank=True)
    messages = models.JSONField(default=list, blank=True)
    message_asked = models.IntegerField(default=-1)
    messages_sent = models.PositiveIntegerField(default=0)
    control_asked_at = models.DateTimeField(null=True, blank=True)
    control_passed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("transfer into a conversation")
        verbose_name_plural = _("transfers into conversations")
        indexes: ClassVar = [models.Index(fields=["conversation_id"], name="transfer_conversation")]

    def __str__(self) -> str:
        return self.conversation_id or str(self.handoff_id)
