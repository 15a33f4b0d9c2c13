"""The overview: a verdict, the proof of each part, what needs action, the week, and what changed."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from integrations.models import AuthMethod, RateBudget, ZendeskConnection
from integrations.models.zendesk import API_TOKENS_END
from opencx_admin.orgs.access import PageRequest, page
from opencx_admin.orgs.models import AuditEntry, Organization
from ticketing.act_words import act_word
from ticketing.reading import canary
from ticketing.reading.needs_action import heals, list_actions
from ticketing.reading.proof import DAY, Proof
from ticketing.reading.reader import Reader
from ticketing.reading.reconciled import read_reconciled
from ticketing.reading.verdict import judge, set_up_steps
from ticketing.reading.week import read_week

MOST_CHANGES = 5
BACKGROUND_WAITS = 0.8
A_MINUTE = dt.timedelta(seconds=60)
SOON = 90


@page()
def overview(request: PageRequest) -> HttpResponse:
    """/ and, with `?table=1`, the week as a table."""
    proof = Proof(request.org)
    reader = Reader(request.role)
    rows = list_actions(proof, reader)
    context = {
        "verdict": judge(proof, rows),
        "tiles": [*proof.tiles(), canary.tile(request.org)],
        "rows": rows,
        "need_person": sum(not heals(row) for row in rows),
        "steps": set_up_steps(proof),
        "week": read_week(request.org),
        "reconciled": read_reconciled(request.org) if proof.is_set_up else None,
        "as_table": bool(request.GET.get("table")),
        "token": read_token(proof.zendesk),
        "budget": read_budget(proof.zendesk),
        "changes": read_changes(request.org, reader),
    }
    return render(request, "ticketing/overview.html", context)


@dataclass(frozen=True, slots=True)
class Token:
    """The countdown of a stored API token, in days."""

    ends: dt.date
    days_left: int
    set_at: dt.datetime | None

    @property
    def tone(self) -> str:
        return "bad" if self.days_left <= SOON else "warn"


def read_token(connection: ZendeskConnection | None) -> Token | None:
    """None unless an API token is in use: Zendesk stops them all on one day."""
    if connection is None or connection.auth_method != AuthMethod.API_TOKEN:
        return None
    days = (API_TOKENS_END - timezone.localdate()).days
    return Token(API_TOKENS_END, max(days, 0), connection.secret_set_at)


@dataclass(frozen=True, slots=True)
class Budget:
    """Calls to Zendesk in the running minute, as Zendesk's own headers say."""

    used: int
    per_minute: int
    waits_above: int
    seen_at: dt.datetime
    blocked_until: dt.datetime | None


def read_budget(connection: ZendeskConnection | None) -> Budget | None:
    """None before Zendesk has told its limit."""
    if connection is None:
        return None
    row = RateBudget.objects.filter(account=connection.base_url, seen_at__isnull=False).first()
    if row is None or row.seen_at is None:
        return None
    now = timezone.now()
    is_fresh = row.remaining is not None and now - row.seen_at < A_MINUTE
    used = max(row.per_minute - (row.remaining or 0), 0) if is_fresh else 0
    blocked = row.blocked_until if row.blocked_until and row.blocked_until > now else None
    return Budget(used, row.per_minute, int(row.per_minute * BACKGROUND_WAITS), row.seen_at, blocked)


def read_changes(org: Organization, reader: Reader) -> list[tuple[AuditEntry, str, str]]:
    """What people changed here in the last day, newest first, in words."""
    recent = AuditEntry.objects.filter(organization=org, at__gte=timezone.now() - DAY)
    newest = recent.order_by("-pk")[:MOST_CHANGES]
    return [(entry, act_word(entry.action), reader.emails(entry.object_label)) for entry in newest]
