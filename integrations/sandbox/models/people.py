"""People of an account, and the roles agents may have."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from integrations.sandbox.store import new_id, now

LIGHT_AGENT, CHAT_AGENT, CONTRIBUTOR, ADMIN, BILLING = 1, 2, 3, 4, 5


class CustomRole(models.Model):
    """A role made by the account; ``configuration`` is Zendesk's own object."""

    id = models.BigIntegerField(primary_key=True, default=new_id)
    account = models.ForeignKey("sandbox.Account", on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=200)
    role_type = models.IntegerField(default=0)
    configuration = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=now)

    objects: ClassVar[models.Manager[CustomRole]] = models.Manager()

    class Meta:
        app_label = "sandbox"

    def __str__(self) -> str:
        return self.name


class Person(models.Model):
    """A user: admin, agent or end user."""

    id = models.BigIntegerField(primary_key=True, default=new_id)
    account = models.ForeignKey("sandbox.Account", on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=255)
    email = models.CharField(max_length=254, null=True, db_index=True)  # noqa: DJ001  (Zendesk says null)
    phone = models.CharField(max_length=60, null=True, db_index=True)  # noqa: DJ001
    external_id = models.CharField(max_length=255, null=True, db_index=True)  # noqa: DJ001
    role = models.CharField(max_length=20, default="end-user")
    role_type = models.IntegerField(null=True)
    custom_role_id = models.BigIntegerField(null=True)
    is_suspended = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    is_verified = models.BooleanField(default=False)
    extra = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=now)
    updated_at = models.DateTimeField(default=now)

    objects: ClassVar[models.Manager[Person]] = models.Manager()

    class Meta:
        app_label = "sandbox"

    def __str__(self) -> str:
        return self.name

    @property
    def is_staff(self) -> bool:
        """Works for the account, whatever the rights."""
        return self.role in ("admin", "agent")
