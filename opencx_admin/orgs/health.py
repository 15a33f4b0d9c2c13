"""What a load balancer and Prometheus ask: is the process up, is the product ready, how much is there."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable

from celery import current_app
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from kombu.exceptions import KombuError
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

from opencx_admin.orgs.metrics import render_metrics
from opencx_admin.orgs.models import Heartbeat

WORKER = "worker"
OLDEST_HEARTBEAT = dt.timedelta(seconds=60)


# Run when `/readyz` finds the worker silent: what the worker cannot do then. For `AppConfig.ready`.
when_silent: list[Callable[[], None]] = []


class NotReady(Exception):
    """A part does not answer; the text says what is wrong with it."""


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """The process is up. Touches neither database nor broker."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """Database, broker and worker, each `{"ok", "detail"}`; 503 when one fails."""
    checks = {name: _answer(check) for name, check in CHECKS.items()}
    ready = all(check["ok"] for check in checks.values())
    if checks["database"]["ok"] and not checks["worker"]["ok"]:
        for act in when_silent:
            act()
    return JsonResponse({"status": "ready" if ready else "not_ready", "checks": checks}, status=200 if ready else 503)


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus text, for who knows `METRICS_TOKEN`; 404 while it is unset, 403 for anyone else."""
    if not settings.METRICS_TOKEN:
        raise Http404
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not constant_time_compare(token.strip(), settings.METRICS_TOKEN):
        return HttpResponse(_("A bearer token is needed here: METRICS_TOKEN."), status=403, content_type="text/plain")
    try:
        return HttpResponse(render_metrics(), content_type=CONTENT_TYPE_PLAIN_0_0_4)
    except DatabaseError:
        return HttpResponse(_("The database does not answer."), status=503, content_type="text/plain")


def check_database() -> str:
    """A round trip to the database. Raises `NotReady`."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        raise NotReady(_("The database does not answer.")) from error
    return _("The database answers.")


def check_broker() -> str:
    """A connection to the broker, or a folder that takes messages. Raises `NotReady`."""
    folder = current_app.conf.broker_transport_options.get("data_folder_out")
    if folder is not None and not os.access(folder, os.W_OK | os.X_OK):
        raise NotReady(_("The broker's folder cannot be written."))
    try:
        with current_app.connection_for_write() as broker:
            broker.ensure_connection(max_retries=1, interval_start=0, timeout=3)
    except (KombuError, OSError) as error:
        raise NotReady(_("The broker does not answer.")) from error
    return _("The broker takes messages.")


def check_worker() -> str:
    """The scheduler rings and the worker answers: its heartbeat is recent. Raises `NotReady`."""
    try:
        beat_at = Heartbeat.objects.filter(name=WORKER).values_list("beat_at", flat=True).first()
    except DatabaseError as error:
        raise NotReady(_("The worker's heartbeat cannot be read.")) from error
    if beat_at is None:
        raise NotReady(_("The worker was never seen."))
    age = timezone.now() - beat_at
    words = {"seconds": int(age.total_seconds())}
    if age > OLDEST_HEARTBEAT:
        raise NotReady(_("The worker was last seen %(seconds)d s ago.") % words)
    return _("The worker was seen %(seconds)d s ago.") % words


CHECKS: dict[str, Callable[[], str]] = {"database": check_database, "broker": check_broker, "worker": check_worker}


def _answer(check: Callable[[], str]) -> dict[str, bool | str]:
    try:
        return {"ok": True, "detail": check()}
    except NotReady as failure:
        return {"ok": False, "detail": str(failure)}
