"""The rows that each cause is made of: the sweep counts them, the pages show them, Replay acts on them."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q, QuerySet
from django.utils import timezone

from integrations.models import EventResult, EventType, PlatformEvent, WebhookEvent
from opencx_admin.orgs.models import Organization
from ticketing.canary.apart import handoffs_of, leave_out, leave_out_calls
from ticketing.models import AgentReply, AssistCase, Handoff, TicketUpdate
from ticketing.reading.handoff_list import lost_messages, lost_replies
from ticketing.reason_rules import fallen_back as chats_fallen_back

DAY, WEEK = dt.timedelta(days=1), dt.timedelta(days=7)
# A try that failed once is no problem yet.
FEWEST_TRIES = 2
NEEDS_PERSON = (EventResult.NO_MATCH, EventResult.INCOMPLETE, EventResult.FAILED)


def stuck_handoffs(org: Organization) -> QuerySet[Handoff]:
    """Handoffs without a ticket: failed for good, or tried more than once."""
    retrying = Q(status=Handoff.Status.RETRYING, attempts__gte=FEWEST_TRIES)
    return handoffs_of(org).filter(Q(status=Handoff.Status.FAILED) | retrying)


def unsent_replies(org: Organization) -> QuerySet[AgentReply]:
    """Agents' replies that OpenCX did not take."""
    return lost_replies(org).filter(event__status=PlatformEvent.Status.FAILED)


def refused_replies(org: Organization) -> QuerySet[AgentReply]:
    """Agents' replies that OpenCX took and the contact's channel refused."""
    return lost_replies(org).exclude(event__status=PlatformEvent.Status.FAILED)


def missing_messages(org: Organization) -> QuerySet[TicketUpdate]:
    """What should stand in a ticket and does not."""
    return lost_messages(org)


def failed_events(org: Organization) -> QuerySet[PlatformEvent]:
    """Events that OpenCX did not take; replies are a stage of their own."""
    rows = leave_out_calls(PlatformEvent.objects.filter(organization=org), org)
    return rows.filter(status=PlatformEvent.Status.FAILED).exclude(event__in=(EventType.AGENT_RESPONSE, EventType.TEST))


def waiting_events(org: Organization) -> QuerySet[PlatformEvent]:
    """Events that have nowhere to go: no events URL is saved."""
    rows = leave_out_calls(PlatformEvent.objects.filter(organization=org), org)
    return rows.filter(status=PlatformEvent.Status.QUEUED, next_attempt_at=None)


def lost_calls(org: Organization) -> QuerySet[WebhookEvent]:
    """Calls of the last week that came to nothing."""
    rows = leave_out_calls(WebhookEvent.objects.filter(organization=org), org)
    return rows.filter(result__in=NEEDS_PERSON, received_at__gte=timezone.now() - WEEK)


def fallen_back(org: Organization) -> QuerySet[Handoff]:
    """Chats that became tickets in the last day."""
    return chats_fallen_back(handoffs_of(org)).filter(created_at__gte=timezone.now() - DAY)


def healed_replies(org: Organization) -> QuerySet[AgentReply]:
    """Replies of the last day that no call told of: the hourly reading found them."""
    rows = leave_out(AgentReply.objects.filter(organization=org), org)
    return rows.filter(found_by="reconcile", found_at__gte=timezone.now() - DAY)


def failed_drafts(org: Organization) -> QuerySet[AssistCase]:
    """Tickets of the last day that Assist could not answer."""
    rows = AssistCase.objects.filter(organization=org, status=AssistCase.Status.FAILED)
    return rows.filter(created_at__gte=timezone.now() - DAY)
