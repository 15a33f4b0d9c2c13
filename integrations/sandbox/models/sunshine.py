"""Sunshine Conversations: the app of an account, its users, and what they say."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from integrations.sandbox.store import new_object_id, now

OPTIONS: dict[str, Any] = {
    "multi_conversations": True,
    "conversation_limit": {
        "status": 400,
        "code": "bad_request",
        "title": "User already has a personal conversation and multiConvo is not enabled",
    },
    "message_limit": 30_000,
    "answers_by_bot": False,
    "events_per_call": 1,
    "failing_passes": 0,
}


class SunshineApp(models.Model):
    """The one app of an account. ``options``: what differs from ``OPTIONS``."""

    id = models.BigAutoField(primary_key=True)
    account = models.OneToOneField("sandbox.Account", on_delete=models.CASCADE, related_name="sunshine")
    uid = models.CharField(max_length=64, db_index=True)
    display_name = models.CharField(max_length=100)
    settings = models.JSONField(default=dict)
    metadata = models.JSONField(default=dict)
    options = models.JSONField(default=dict)
    switchboard_uid = models.CharField(max_length=24, default=new_object_id)
    has_switchboard = models.BooleanField(default=True)
    is_switchboard_enabled = models.BooleanField(default=True)
    default_seat = models.ForeignKey("sandbox.Seat", null=True, on_delete=models.SET_NULL, related_name="+")

    objects: ClassVar[models.Manager[SunshineApp]] = models.Manager()

    class Meta:
        app_label = "sandbox"

    def __str__(self) -> str:
        return self.uid

    def option(self, name: str) -> Any:
        """A choice made for this app, else the usual one."""
        chosen: dict[str, Any] = self.options
        return chosen.get(name, OPTIONS[name])


class SunshineIntegration(models.Model):
    """A channel or a custom integration of an app."""

    id = models.BigAutoField(primary_key=True)
    app = models.ForeignKey(SunshineApp, on_delete=models.CASCADE, related_name="+")
    uid = models.CharField(max_length=24, unique=True, default=new_object_id)
    kind = models.CharField(max_length=40)
    display_name = models.CharField(max_length=100, null=True)  # noqa: DJ001  (Sunshine says null)
    status = models.CharField(max_length=20, default="active")

    objects: ClassVar[models.Manager[SunshineIntegration]] = models.Manager()

    class Meta:
        app_label = "sandbox"

    def __str__(self) -> str:
        return f"{self.kind} {self.uid}"


class SunshineKey(models.Model):
    """An API key: ``scope`` is account, app or integration (then of that one)."""

    id = models.BigAutoField(primary_key=True)
    app = models.ForeignKey(SunshineApp, on_delete=models.CASCADE, related_name="keys")
    key_id = models.CharField(max_length=60, db_index=True)
    integration = models.ForeignKey(SunshineIntegration, null=True, on_delete=models.CASCADE, related_name="+")
    display_name = models.CharField(max_length=100, default="")
    secret = models.CharField(max_length=120)
    scope = models.CharField(max_length=20, default="app")

    objects: ClassVar[models.Manager[SunshineKey]] = models.Manager()

    class Meta:
        app_label = "sandbox"

    def __str__(self) -> str:
        return self.key_id


class SunshineHook(models.Model):
    """A webhook on an integration; ``secret`` goes out as ``X-API-Key``."""

    id = models.BigAutoField(primary_key=True)
    integration = models.ForeignKey(SunshineIntegration, on_delete=models.CASCADE, related_name="+")
    uid = models.CharField(max_length=24, unique=True, default=new_object_id)
    target = models.TextField()
    triggers = models.JSONField(default=list)
    secret = models.CharField(max_length=120)
    includes_full_user = models.BooleanField(default=False)
    includes_full_source = models.BooleanField(default=False)

    objects: ClassVar[models.Manager[SunshineHook]] = models.Manager()

    class Meta:
        app_label = "sandbox"

    def __str__(self) -> str:
        return self.target


class Seat(models.Model):
    """A switchboard integration: who may have control of a conversation."""

    id = models.BigAutoField(primary_key=True)
    app = models.ForeignKey(SunshineApp, on_delete=models.CASCADE, related_name="+")
    uid = models.CharField(max_length=24, unique=True, default=new_object_id)
    name = models.CharField(max_length=128)
    integration_uid = models.CharField(max_length=24, default=new_object_id)
    integration_type = models.CharField(max_length=60)
    delivers_standby_events = models.BooleanField(default=True)
    next_seat = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="+")
    message_history_count = models.IntegerField(null=True)

    objects: ClassVar[models.Manager[Seat]] = models.Manager()

    class Meta:
        app_label = "sandbox"

    def __str__(self) -> str:
        return self.name


class SunshineUser(models.Model):
    """A messaging user; ``person`` is the Support user it is linked to, once there is one."""

    id = models.BigAutoField(primary_key=True)
    app = models.ForeignKey(SunshineApp, on_delete=models.CASCADE, related_name="+")
    uid = models.CharField(max_length=24, unique=True, default=new_object_id)
    external_id = models.CharField(max_length=1024, null=True)  # noqa: DJ001
    person = models.ForeignKey("sandbox.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    is_authenticated = models.BooleanField(default=False)
    profile = models.JSONField(default=dict)
    metadata = models.JSONField(default=dict)
    identities = models.JSONField(default=list)
    signed_up_at = models.DateTimeField(default=now)

    objects: ClassVar[models.Manager[SunshineUser]] = models.Manager()

    class Meta:
        app_label = "sandbox"
        constraints = [
            models.UniqueConstraint(fields=["app", "external_id"], name="one_sunshine_user_per_external_id"),
        ]

    def __str__(self) -> str:
        return self.external_id or self.uid

    @property
    def name(self) -> str:
        """What an agent calls this user."""
        said: dict[str, Any] = self.profile
        given, surname = str(said.get("givenName") or ""), str(said.get("surname") or "")
        return f"{given} {surname}".strip() or self.external_id or self.uid


class Chat(models.Model):
    """A Sunshine conversation. ``seat`` is in control; ``ticket`` is what the Agent Workspace made of it;
    ``captured`` is the metadata that came with the pass."""

    id = models.BigAutoField(primary_key=True)
    app = models.ForeignKey(SunshineApp, on_delete=models.CASCADE, related_name="+")
    uid = models.CharField(max_length=24, unique=True, default=new_object_id)
    kind = models.CharField(max_length=20, default="personal")
    is_default = models.BooleanField(default=False)
    display_name = models.CharField(max_length=100, default="")
    description = models.CharField(max_length=100, default="")
    icon_url = models.TextField(default="")
    metadata = models.JSONField(default=dict)
    seat = models.ForeignKey(Seat, null=True, on_delete=models.SET_NULL, related_name="+")
    pending_seat = models.ForeignKey(Seat, null=True, on_delete=models.SET_NULL, related_name="+")
    captured = models.JSONField(default=dict)
    ticket = models.ForeignKey("sandbox.Ticket", null=True, on_delete=models.SET_NULL, related_name="+")
    agent = models.ForeignKey("sandbox.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    business_last_read = models.DateTimeField(null=True)
    last_updated_at = models.DateTimeField(default=now)
    created_at = models.DateTimeField(default=now)

    objects: ClassVar[models.Manager[Chat]] = models.Manager()

    class Meta:
        app_label = "sandbox"

    def __str__(self) -> str:
        return self.uid


class Participant(models.Model):
    """A user in a conversation."""

    id = models.BigAutoField(primary_key=True)
    uid = models.CharField(max_length=24, unique=True, default=new_object_id)
    chat = models.ForeignKey(Chat, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(SunshineUser, on_delete=models.CASCADE, related_name="+")
    unread_count = models.IntegerField(default=0)
    last_read = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager[Participant]] = models.Manager()

    class Meta:
        app_label = "sandbox"

    def __str__(self) -> str:
        return self.uid


class ChatMessage(models.Model):
    """Something said in a conversation, as Sunshine keeps it."""

    id = models.BigAutoField(primary_key=True)
    chat = models.ForeignKey(Chat, on_delete=models.CASCADE, related_name="+")
    uid = models.CharField(max_length=24, unique=True, default=new_object_id)
    received = models.DateTimeField(default=now)
    user = models.ForeignKey(SunshineUser, null=True, on_delete=models.SET_NULL, related_name="+")
    author = models.JSONField(default=dict)
    content = models.JSONField(default=dict)
    source = models.JSONField(default=dict)
    metadata = models.JSONField(null=True)

    objects: ClassVar[models.Manager[ChatMessage]] = models.Manager()

    class Meta:
        app_label = "sandbox"

    def __str__(self) -> str:
        return str(self.content.get("text") or self.content.get("type"))[:40]


class EventCall(models.Model):
    """One call of a webhook with its events: due while ``next_attempt_at`` is set (real time, UTC).

    ``attempts``: ``[{"status", "status_code", "ms", "at", "answer"}]``.
    """

    id = models.BigAutoField(primary_key=True)
    hook = models.ForeignKey(SunshineHook, on_delete=models.CASCADE, related_name="+")
    events = models.JSONField(default=list)
    sends_wrong_key = models.BooleanField(default=False)
    status = models.CharField(max_length=20, default="in progress")
    attempts = models.JSONField(default=list)
    next_attempt_at = models.DateTimeField(null=True, db_index=True)
    created_at = models.DateTimeField(default=now)

    objects: ClassVar[models.Manager[EventCall]] = models.Manager()

    class Meta:
        app_label = "sandbox"

    def __str__(self) -> str:
        return f"{self.pk} {self.status}"


class MediaFile(models.Model):
    """A file uploaded for a message."""

    id = models.BigAutoField(primary_key=True)
    app = models.ForeignKey(SunshineApp, on_delete=models.CASCADE, related_name="+")
    token = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=255)
    content_type = models.CharField(max_length=128)
    content = models.BinaryField()

    objects: ClassVar[models.Manager[MediaFile]] = models.Manager()

    class Meta:
        app_label = "sandbox"

    def __str__(self) -> str:
        return self.name
