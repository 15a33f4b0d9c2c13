"""Writing the audit log."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest

from opencx_admin.orgs.models import AuditEntry, Organization, User

_word_books: list[Callable[[str], str]] = []


def register_words(say: Callable[[str], str]) -> None:
    """Have the log name acts in words; `say` gives an act back as it is when it knows none. For `AppConfig.ready`."""
    _word_books.append(say)


def say_act(action: str) -> str:
    """The words of an act (`handoff.retry`); empty when nobody knows any."""
    return next((words for say in _word_books if (words := say(action)) != action), "")


def record(
    organization: Organization,
    action: str,
    *,
    request: HttpRequest | None = None,
    actor_label: str = "",
    object_label: str = "",
    object_url: str = "",
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> AuditEntry:
    """Write one entry inside the caller's transaction.

    `action` is `noun.verb` (`handoff.retry`, `zendesk.save`). The person and the address come from
    `request`; without one, `actor_label` says who acted (`platform`, `system`). Values must hold no secret.
    """
    person = request.user if request and isinstance(request.user, User) else None
    return AuditEntry.objects.create(
        organization=organization,
        action=action,
        actor=person,
        actor_label=(str(person) if person else actor_label or "system")[:254],
        object_label=object_label[:254],
        object_url=object_url[:500],
        before=before or {},
        after=after or {},
        ip=request.META.get("REMOTE_ADDR") or None if request else None,
    )
