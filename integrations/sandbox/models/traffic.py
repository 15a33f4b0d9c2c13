"""What came in through the API, and what is to go wrong with it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from integrations.sandbox.store import now


class ApiRequest(models.Model):
    """A call as it came, and how it was answered; status 0 = hung up."""

    id = models.BigAutoField(primary_key=True)
    subdomain = models.CharField(max_length=63, db_index=True)
    method = models.CharField(max_length=10)
    path = models.TextField()
    query = models.TextField(default="")
    body = models.TextField(default="")
    idempotency_key = models.CharField(max_length=300, default="")
    headers = models.JSONField(default=dict)
    status = models.IntegerField()
    fault = models.CharField(max_length=40, default="")
    ms = models.IntegerField(default=0)
    at = models.DateTimeField(default=now)

    objects: ClassVar[models.Manager[ApiRequest]] = models.Manager()

    class Meta:
        app_label = "sandbox"

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


class Fault(models.Model):
    """Something that goes wrong: for the next ``times`` matching calls, or always (null).

    ``method`` and ``path`` are shell patterns, the path without the account: ``/api/v2/tickets/*``.
    ``seconds`` is Retry-After, or how long to wait, as the kind has it.
    """

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey("sandbox.Account", on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=40)
    method = models.CharField(max_length=20, default="*")
    path = models.CharField(max_length=200, default="*")
    times = models.IntegerField(null=True)
    seconds = models.FloatField(null=True)
    is_after_write = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=now)

    objects: ClassVar[models.Manager[Fault]] = models.Manager()

    class Meta:
        app_label = "sandbox"

    def __str__(self) -> str:
        return self.kind


class IdempotentAnswer(models.Model):
    """The first answer under an ``Idempotency-Key``."""

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey("sandbox.Account", on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    body = models.JSONField()
    location = models.TextField()
    created_at = models.DateTimeField(default=now)

    objects: ClassVar[models.Manager[IdempotentAnswer]] = models.Manager()

    class Meta:
        app_label = "sandbox"
        constraints = [
            models.UniqueConstraint(fields=["account", "key"], name="one_answer_per_key"),
        ]

    def __str__(self) -> str:
        return self.key


class Job(models.Model):
    """A job status, as merges and bulk updates answer it."""

    id = models.CharField(primary_key=True, max_length=32)
    account = models.ForeignKey("sandbox.Account", on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=60)
    results = models.JSONField(default=list)
    created_at = models.DateTimeField(default=now)

    objects: ClassVar[models.Manager[Job]] = models.Manager()

    class Meta:
        app_label = "sandbox"

    def __str__(self) -> str:
        return str(self.pk)


class Upload(models.Model):
    """A file sent ahead of the comment that will carry it."""

    id = models.BigIntegerField(primary_key=True)
    account = models.ForeignKey("sandbox.Account", on_delete=models.CASCADE, related_name="+")
    token = models.CharField(max_length=40, db_index=True)
    file_name = models.CharField(max_length=255)
    content_type = models.CharField(max_length=100)
    content = models.BinaryField()
    created_at = models.DateTimeField(default=now)

    objects: ClassVar[models.Manager[Upload]] = models.Manager()

    class Meta:
        app_label = "sandbox"

    def __str__(self) -> str:
        return self.file_name
