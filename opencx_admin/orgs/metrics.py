"""Figures for Prometheus, read from the database when it asks: no process keeps a counter of its own.

An app registers what it can count in `AppConfig.ready()`; `/metrics` asks each query at every scrape.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from django.utils import timezone
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from opencx_admin.orgs.models import Heartbeat

Query = Callable[[], Iterable[tuple[Sequence[str], float]]]


@dataclass(frozen=True)
class Metric:
    """One figure: what it says, the names of its labels, and the query that gives label values and numbers."""

    name: str
    help: str
    labels: tuple[str, ...]
    query: Query


_metrics: dict[str, Metric] = {}


def register(name: str, help: str, labels: Sequence[str], query: Query) -> None:
    """Show `query` as the gauge `name`. Registering a name again replaces its query.

    `query` gives `(label values, number)` pairs, label values in the order of `labels`.
    """
    _metrics[name] = Metric(name, help, tuple(labels), query)


class DatabaseCollector(Collector):
    """Runs every registered query, once per scrape."""

    def collect(self) -> Iterable[GaugeMetricFamily]:
        for metric in _metrics.values():
            family = GaugeMetricFamily(metric.name, metric.help, labels=metric.labels)
            for values, number in metric.query():
                family.add_metric([str(value) for value in values], float(number))
            yield family


def render_metrics() -> bytes:
    """Every registered metric in Prometheus' text format. Raises the database's own errors."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(DatabaseCollector())
    return generate_latest(registry)


def _heartbeat_ages() -> Iterable[tuple[Sequence[str], float]]:
    now = timezone.now()
    return [((beat.name,), (now - beat.beat_at).total_seconds()) for beat in Heartbeat.objects.order_by("name")]


register("opencx_heartbeat_age_seconds", "Time since a background part was last seen.", ["name"], _heartbeat_ages)
