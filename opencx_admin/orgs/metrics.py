"""Figures for Prometheus, read from the database when it asks: no process keeps a counter of its own.

An app registers what it can count in `AppConfig.ready()`; `/metrics` asks each query at every scrape.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db.models import Count, Max, Model, QuerySet
from django.utils import timezone
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from opencx_admin.due import Due, due
from opencx_admin.orgs.models import Heartbeat

OUT_OF_ORDER = dt.timedelta(minutes=1)
M = TypeVar("M", bound=Model)
Query = Callable[[], Iterable[tuple[Sequence[str], float]]]


@dataclass(frozen=True)
class Metric:
    """One figure: what it says, the names of its labels, and the query that gives label values and numbers."""

    name: str
    help: str
    labels: tuple[str, ...]
    query: Query


_metrics: dict[str, Metric] = {}
_due: dict[str, type[Due]] = {}


def register(name: str, help: str, labels: Sequence[str], query: Query) -> None:
    """Show `query` as the gauge `name`. Registering a name again replaces its query.

    `query` gives `(label values, number)` pairs, label values in the order of `labels`.
    """
    _metrics[name] = Metric(name, help, tuple(labels), query)


def watch_due(table: str, model: type[Due]) -> None:
    """Show how many rows of `model` are due, and since when the oldest is, under the label `table`."""
    _due[table] = model


def rows_since(rows: QuerySet[M], field: str, since: dt.datetime) -> QuerySet[M]:
    """The rows whose time `field` is `since` or later, in a table that grows in the order of that time.

    It needs no index on the time: the first such row is found by halving the ids. Rows may be out of order by
    up to a minute.
    """
    low, high = 0, rows.aggregate(last=Max("pk"))["last"] or 0
    while low < high:
        middle = (low + high) // 2
        pk, at = rows.filter(pk__gt=middle).order_by("pk").values_list("pk", field)[0]
        if at >= since - OUT_OF_ORDER:
            high = middle
        else:
            low = pk
    return rows.filter(pk__gt=low, **{f"{field}__gte": since})


def count_by(rows: QuerySet[M], *fields: str) -> dict[tuple[Any, ...], int]:
    """How many rows there are of each combination of the fields' values."""
    found = rows.order_by().values_list(*fields).annotate(n=Count("*"))
    return {tuple(row[:-1]): row[-1] for row in found}


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


def _due_rows() -> Iterable[tuple[Sequence[str], float]]:
    return [((table,), due(model._default_manager.all()).count()) for table, model in _due.items()]


def _due_ages() -> Iterable[tuple[Sequence[str], float]]:
    now = timezone.now()
    for table, model in _due.items():
        oldest = due(model._default_manager.all()).values_list("next_attempt_at", flat=True).first()
        yield (table,), (now - oldest).total_seconds() if oldest else 0


register("opencx_due_rows", "Rows whose time has come and that no worker holds.", ["table"], _due_rows)
register("opencx_due_oldest_seconds", "How long the oldest due row waits.", ["table"], _due_ages)
register("opencx_heartbeat_age_seconds", "Time since a background part was last seen.", ["name"], _heartbeat_ages)
