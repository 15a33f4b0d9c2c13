"""Sessions between a contact and the AI, as the platform tells them. Ids of the platform are text."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from opencx_admin.orgs.models import Organization


class Channel(models.TextChoices):
    """Where the contact talks (contract 3)."""

    WEB = "web", _("Web chat")
    EMAIL = "email", _("Email")
    PHONE_VOICE = "phone_voice", _("Phone")
    SMS = "sms", _("SMS")
    WHATSAPP = "whatsapp", _("WhatsApp")
    INSTAGRAM = "instagram", _("Instagram")
    MESSENGER = "messenger", _("Messenger")
    SLACK = "slack", _("Slack")
    API = "api", _("API")
    WEB_VOICE = "web_voice", _("Web voice")

    @property
    def tag(self) -> str:
        """The ticket's tag for this channel (contract 7)."""
        word = {Channel.PHONE_VOICE: "phone", Channel.WEB_VOICE: "web"}.get(self, str(self.value))
        return f"opencx_channel_{word}"


class Sentiment(models.TextChoices):
    """The contact's mood as the AI read it."""

    ANGRY = "angry", _("Angry")
    NEUTRAL = "neutral", _("Neutral")
    HAPPY = "happy", _("Happy")


class SessionStatus(models.TextChoices):
    """Whether the conversation goes on (contract 3)."""

    OPEN = "open", _("Open")
    CLOSED_RESOLVED = "closed_resolved", _("Closed, resolved")
    CLOSED_UNRESOLVED = "closed_unresolved", _("Closed, unresolved")


class Contact(models.Model):
    """The person who talks with the AI."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="contacts")
    external_id = models.CharField(_("id"), max_length=255)
    name = models.CharField(_("name"), max_length=255, blank=True)
    email = models.CharField(_("email"), max_length=254, blank=True)
    is_email_verified = models.BooleanField(_("email verified"), default=False)
    phone = models.CharField(_("phone"), max_length=64, blank=True)
    custom_data = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        constraints: ClassVar = [models.UniqueConstraint(fields=["organization", "external_id"], name="contact_once")]
        indexes: ClassVar = [models.Index(fields=["organization", "email"], name="contact_email")]

    def __str__(self) -> str:
        return self.display_name

    @property
    def display_name(self) -> str:
        """What a person reads: the name, else the email, the phone, the id."""
        return self.name or self.email or self.phone or self.external_id


class Session(models.Model):
    """One conversation. `external_id` is the platform's id, unique within the organization."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="sessions")
    external_id = models.CharField(_("id"), max_length=255)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="sessions")
    channel = models.CharField(_("channel"), max_length=12, choices=Channel.choices)
    language = models.CharField(_("language"), max_length=35, blank=True)
    sentiment = models.CharField(_("sentiment"), max_length=8, choices=Sentiment.choices, blank=True)
    subject = models.CharField(_("subject"), max_length=1000, blank=True)
    custom_data = models.JSONField(default=dict, blank=True)
    status = models.CharField(_("status"), max_length=20, choices=SessionStatus.choices, default=SessionStatus.OPEN)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)
    last_message_at = models.DateTimeField(null=True, blank=True)
    # Our own test of the round trip, deleted at its end: lists and figures leave it out (`canary/apart.py`).
    is_canary = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        constraints: ClassVar = [models.UniqueConstraint(fields=["organization", "external_id"], name="session_once")]
        indexes: ClassVar = [
            models.Index(fields=["organization", "-id"], name="session_newest"),
            models.Index(fields=["organization"], name="session_canary", condition=models.Q(is_canary=True)),
        ]

    def __str__(self) -> str:
        return self.external_id

    def get_absolute_url(self) -> str:
        return reverse("session", args=[self.external_id])

    @property
    def public_url(self) -> str:
        """The "View session in OpenCX" link."""
        return f"{settings.PUBLIC_URL}{self.get_absolute_url()}"


class Sender(models.TextChoices):
    """Who wrote a message (contract 3)."""

    CONTACT = "contact", _("Contact")
    AI = "ai", _("AI")
    AGENT = "agent", _("Agent")
    SYSTEM = "system", _("System")


class Message(models.Model):
    """One message of a session. The first text under an id stays."""

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="messages")
    external_id = models.CharField(_("id"), max_length=255)
    sender = models.CharField(_("sender"), max_length=8, choices=Sender.choices)
    text = models.TextField(_("text"), blank=True)
    sent_at = models.DateTimeField(_("sent at"))
    attachments = models.JSONField(default=list, blank=True)
    reasoning = models.TextField(_("reasoning"), blank=True)
    tool_calls = models.JSONField(default=list, blank=True)
    knowledge = models.JSONField(default=list, blank=True)
    stored_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering: ClassVar = ["sent_at", "id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["session", "external_id"], name="message_once")]
        indexes: ClassVar = [models.Index(fields=["session", "sent_at", "id"], name="message_order")]

    def __str__(self) -> str:
        return f"{self.sender}: {self.text[:40]}"
