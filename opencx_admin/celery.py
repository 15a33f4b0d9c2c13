"""The Celery application. A task is a doorbell: it names a row, the row holds the work."""

from __future__ import annotations

import logging
import os
from typing import Any

from celery import Celery
from celery.contrib.django.task import DjangoTask
from kombu.exceptions import KombuError

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "opencx_admin.settings")

logger = logging.getLogger(__name__)


class Doorbell(DjangoTask):  # type: ignore[misc, unused-ignore]
    """A task whose ringing never fails its caller: with the broker down, the sweep finds the row."""

    def apply_async(self, *args: Any, **kwargs: Any) -> Any:
        """Send the message; None, and a line in the log, when the broker cannot be reached."""
        try:
            return super().apply_async(*args, **kwargs)
        except (KombuError, OSError) as error:
            logger.warning("The broker did not take %s: %s", self.name, error)
            return None


app = Celery("opencx_admin", task_cls="opencx_admin.celery:Doorbell")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
