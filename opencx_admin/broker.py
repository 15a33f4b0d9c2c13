"""How the doorbell rings: Celery's broker settings, and the embedded broker that lives in a folder.

Rows are the queue (`due.py`); a message only says "look now". A message lost with its worker costs
the time until the next sweep, never work.
"""

from __future__ import annotations

import json
import os
import uuid
from collections import deque
from pathlib import Path
from queue import Empty
from time import time_ns
from typing import Any

from kombu.transport import filesystem

EMBEDDED = "filesystem://"
QUEUE = "opencx"


class Channel(filesystem.Channel):  # type: ignore[misc, unused-ignore]
    """kombu's folder channel, with whole messages only.

    kombu's own writes a message in place, so a reader can take it half-written, and keeps what it
    reads in the system's temporary folder. Here a message appears by rename and is gone once read.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._listed: deque[str] = deque()

    def _put(self, queue: str, payload: dict[str, Any], **kwargs: Any) -> None:
        folder = Path(self.data_folder_out)
        name = f"{time_ns():020d}-{uuid.uuid4().hex}.{queue}.msg"
        draft = folder / f".{name}"
        draft.write_text(json.dumps(payload), encoding="utf-8")
        draft.rename(folder / name)

    def _get(self, queue: str) -> dict[str, Any]:
        folder = Path(self.data_folder_in)
        if not self._listed:
            self._listed.extend(sorted(name for name in os.listdir(folder) if name.endswith(f".{queue}.msg")))
        while self._listed:
            name = self._listed.popleft()
            taken = folder / f".{name}.{os.getpid()}"
            try:
                (folder / name).rename(taken)
            except FileNotFoundError:  # another worker was quicker
                continue
            text = taken.read_text(encoding="utf-8")
            taken.unlink()
            payload: dict[str, Any] = json.loads(text)
            return payload
        raise Empty


class Transport(filesystem.Transport):  # type: ignore[misc, unused-ignore]
    """The embedded broker, looked at ten times a second while it is idle."""

    Channel = Channel
    polling_interval = 0.1


def broker_settings(url: str, var_dir: Path) -> dict[str, object]:
    """Every `CELERY_*` setting but the beat schedule, for a broker at `url`.

    `url` is `redis://`, `rediss://`, `amqp://` or, empty or `filesystem://`, the embedded broker, whose
    folder is made under `var_dir`. Source: https://docs.celeryq.dev/en/stable/userguide/configuration.html
    """
    common: dict[str, object] = {
        "CELERY_TASK_DEFAULT_QUEUE": QUEUE,
        "CELERY_TASK_IGNORE_RESULT": True,
        "CELERY_TASK_ACKS_LATE": True,
        "CELERY_TASK_REJECT_ON_WORKER_LOST": True,
        "CELERY_TASK_PUBLISH_RETRY": False,
        "CELERY_TASK_SERIALIZER": "json",
        "CELERY_ACCEPT_CONTENT": ["json"],
        "CELERY_WORKER_PREFETCH_MULTIPLIER": 1,
        "CELERY_WORKER_ENABLE_REMOTE_CONTROL": False,
        "CELERY_WORKER_SEND_TASK_EVENTS": False,
        "CELERY_WORKER_HIJACK_ROOT_LOGGER": False,
        "CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS": False,
        "CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP": True,
        "CELERY_BROKER_CONNECTION_TIMEOUT": 2,
        "CELERY_BROKER_POOL_LIMIT": 10,
        "CELERY_ENABLE_UTC": True,
        "CELERY_BEAT_SCHEDULE_FILENAME": str(var_dir / "beat-schedule"),
    }
    if url in ("", EMBEDDED):
        return common | _embedded(var_dir / "broker")
    if url.startswith(("redis://", "rediss://", "redis+socket://")):
        return common | {"CELERY_BROKER_URL": url, "CELERY_BROKER_TRANSPORT_OPTIONS": _redis_options()}
    return common | {"CELERY_BROKER_URL": url}


def _embedded(folder: Path) -> dict[str, object]:
    messages, control = folder / "messages", folder / "control"
    for path in (messages, control):
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return {
        "CELERY_BROKER_URL": EMBEDDED,
        "CELERY_BROKER_TRANSPORT": "opencx_admin.broker:Transport",
        "CELERY_WORKER_PREFETCH_MULTIPLIER": 4,  # a worker with full hands sleeps a polling interval
        "CELERY_BROKER_TRANSPORT_OPTIONS": {
            "data_folder_in": str(messages),
            "data_folder_out": str(messages),
            "control_folder": str(control),
        },
    }


def _redis_options() -> dict[str, object]:
    # Messages of a killed worker come back after visibility_timeout, looked for every 5 s; kombu's own
    # pace (every tenth look, 10 s apart) adds up to 100 s to that.
    return {
        "visibility_timeout": 120,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
        "socket_connect_timeout": 2,
        "socket_timeout": 10,
        "socket_keepalive": True,
        "health_check_interval": 30,
    }
