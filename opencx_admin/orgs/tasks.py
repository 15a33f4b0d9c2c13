"""The worker's own pulse."""

from __future__ import annotations

from celery import shared_task

from opencx_admin.orgs.models import Heartbeat


@shared_task(name="orgs.beat")
def beat() -> None:
    """Say that scheduler, broker and worker pass work on (`/readyz`)."""
    Heartbeat.beat("worker")
