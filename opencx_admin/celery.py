"""The Celery application. A task is a doorbell: it names a row, the row holds the work."""

from __future__ import annotations

import logging
import os
import time
import warnings
from typing import TYPE_CHECKING, Any, ClassVar

from celery import Celery
from celery.contrib.django.task import DjangoTask
from celery.exceptions import SecurityWarning
from celery.signals import setup_logging, worker_ready
from kombu.exceptions import KombuError

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "opencx_admin.settings")

logger = logging.getLogger(__name__)

# Celery warns a worker that root runs, because of pickle; here every message is JSON.
warnings.filterwarnings("ignore", category=SecurityWarning)


if TYPE_CHECKING:
    _Task = DjangoTask[..., Any]
else:
    _Task = DjangoTask


class Doorbell(_Task):
    """A task whose ringing never fails its caller: with the broker down, the sweep finds the row.

    After a failure nobody tries again for `QUIET` seconds, so that a web request does not wait for a
    broker that does not answer.
    """

    QUIET: ClassVar[float] = 2.0
    quiet_until: ClassVar[float] = 0.0

    def apply_async(self, *args: Any, **kwargs: Any) -> Any:
        """Send the message; None, and a line in the log, when the broker cannot be reached."""
        if time.monotonic() < Doorbell.quiet_until:
            return None
        try:
            return super().apply_async(*args, **kwargs)
        except (KombuError, OSError) as error:
            Doorbell.quiet_until = time.monotonic() + self.QUIET
            logger.warning("The broker did not take %s: %s", self.name, error)
            return None


app = Celery("opencx_admin", task_cls="opencx_admin.celery:Doorbell")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def keep_logging(**kwargs: Any) -> None:
    """With a receiver Celery sets up no logging of its own: Django's, with LOG_LEVEL, holds in the worker too."""


@worker_ready.connect
def ring_first_beat(**kwargs: Any) -> None:
    """A worker that starts says so at once instead of at the scheduler's next tick."""
    app.send_task("orgs.beat")
