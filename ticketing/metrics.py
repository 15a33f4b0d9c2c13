"""What Prometheus is told of handoffs and of what waits to be written into tickets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from opencx_admin.orgs.metrics import count_by, register, watch_due
from ticketing.models import CanaryRun, Handoff, Session, TicketUpdate


def register_figures() -> None:
    """Show this app's figures."""
    watch_due("handoff", Handoff)
    watch_due("ticket_update", TicketUpdate)
    watch_due("canary", CanaryRun)
    register("opencx_handoffs", "Handoffs, by status.", ["status"], _handoffs)


def _handoffs() -> Iterable[tuple[Sequence[str], float]]:
    counts = count_by(Handoff.objects.all(), "status")  # by its index alone, then without our own tests
    tests = count_by(Handoff.objects.filter(session__in=Session.objects.filter(is_canary=True).values("pk")), "status")
    left = {status: counts.get((status,), 0) - tests.get((status,), 0) for status in Handoff.Status.values}
    return [((status,), max(number, 0)) for status, number in left.items()]  # one may begin between the two looks
