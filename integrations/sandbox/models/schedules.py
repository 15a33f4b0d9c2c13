"""Schedules: business hours and holidays of an account."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from integrations.sandbox.store import new_id, now


class Schedule(models.Model):
    """``intervals``: ``[[start, end]]`` in minutes since Sunday 00:00; ``holidays``: ``{"id", "name", "start_date",
    "end_date"}``. ``time_zone`` is Zendesk's own name of it.
    """

    id = models.BigIntegerField(primary_key=True, default=new_id)
    account = models.ForeignKey("sandbox.Account", on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=200)
    time_zone = models.CharField(max_length=100, default="UTC")
    intervals = models.JSONField(default=list)
    holidays = models.JSONField(default=list)
    created_at = models.DateTimeField(default=now)
    updated_at = models.DateTimeField(default=now)

    objects: ClassVar[models.Manager[Schedule]] = models.Manager()

    class Meta:
        app_label = "sandbox"

    def __str__(self) -> str:
        return self.name
