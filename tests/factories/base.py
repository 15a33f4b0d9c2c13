"""What every factory shares."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db import models
from factory.django import DjangoModelFactory

M = TypeVar("M", bound=models.Model)


class RowFactory(DjangoModelFactory[M]):
    """A factory whose rows belong to the session and the organization of the rows they are given."""

    class Meta:
        abstract = True

    @classmethod
    def _generate(cls, strategy: Any, params: dict[str, Any]) -> Any:
        fields = cls._meta.pre_declarations
        for name in ("handoff", "link", "message"):
            if "session" in fields and params.get(name) is not None:
                params.setdefault("session", params[name].session)
        for name in ("session", "contact"):
            if "organization" in fields and params.get(name) is not None:
                params.setdefault("organization", params[name].organization)
        if params.get("link") is not None:
            params.setdefault("ticket_id", params["link"].ticket_id)
        return super()._generate(strategy, params)  # type: ignore[no-untyped-call]
