"""Reconciliation, visible: how many public replies there are, how many arrived, and what was found late."""

from __future__ import annotations

import pytest
from django.test import Client

from integrations.models import PlatformEvent
from opencx_admin.orgs.models import Organization
from tests.factories import (
    AgentReplyFactory,
    PlatformConnectionFactory,
    SessionFactory,
    ZendeskConnectionFactory,
)
from ticketing.models import ReconcileRun
from ticketing.reading.reconciled import read_reconciled

pytestmark = pytest.mark.django_db


def test_the_sentence_counts_the_replies_of_the_last_day(org: Organization) -> None:
    AgentReplyFactory.create_batch(2, organization=org)
    AgentReplyFactory.create(organization=org, event__status=PlatformEvent.Status.FAILED)
    AgentReplyFactory.create(organization=org, event__status=PlatformEvent.Status.QUEUED)
    canary = SessionFactory.create(organization=org, is_canary=True)
    AgentReplyFactory.create(session=canary)
    assert (
        read_reconciled(org).sentence == "Last 24 h: 4 public replies in Zendesk, 2 delivered, 1 missing, 1 on the way"
    )


def test_nothing_is_called_fine_before_anything_was_compared(org: Organization) -> None:
    AgentReplyFactory.create(organization=org)
    assert read_reconciled(org).mark.value == "unproven"
    run = ReconcileRun.objects.create(organization=org, tickets_checked=3, tickets_read=1)
    assert read_reconciled(org).mark.value == "ok"
    run.errors = 1
    run.save()
    assert read_reconciled(org).mark.value == "unknown"


def test_what_was_found_late_is_not_hidden_by_its_repair(as_lea: Client, org: Organization) -> None:
    ZendeskConnectionFactory.create(organization=org)
    PlatformConnectionFactory.create(organization=org)
    AgentReplyFactory.create(organization=org, found_by="reconcile")
    ReconcileRun.objects.create(organization=org, tickets_checked=1, tickets_read=1, replies_found=1)
    for url in ("/", "/problems/"):
        page = as_lea.get(url).content.decode()
        assert "Last 24 h: 1 public reply in Zendesk, 1 delivered, 0 missing" in page
        assert "1 found late" in page
    assert "nobody rang" in as_lea.get("/").content.decode()
