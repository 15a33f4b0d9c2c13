from celery import shared_task

from opencx_admin.orgs.models import Heartbeat


@shared_task(name="orgs.beat")
def beat() -> None:
    """The worker is alive; `/readyz` reads it."""
    Heartbeat.beat("worker")
