"""How the doorbell rings: Celery's broker settings, and the embedded broker that lives in a folder.

Rows are the queue (`due.py`); a message only says "look now". A message lost with its worker costs
the time until the next sweep, never work.
"""

from __future__ import annotations

import json
import os
import uuid
from collections import defaultdict, deque
from pathlib import Path
from queue import Empty
from time import time_ns
from typing import Any

from kombu.transport import filesystem

EMBEDDED = "filesystem://"
QUEUE = "opencx"
# Who rings does not wait for a broker that is down.
AT_ONCE: dict[str, object] = {"max_retries": 1, "interval_start": 0, "interval_step": 0}


class Channel(filesystem.Channel):
    """kombu's folder channel, with whole messages only.

    kombu's own writes a message in place, so a reader can take it half-written, and keeps what it
    reads in the system's temporary folder. Here a message appears by rename and is gone once read.
    There is one queue, so nothing has to be looked up to find it; and a folder that somebody deleted
    is made again, by whoever needs it first.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._listed: defaultdict[str, deque[str]] = defaultdict(deque)

    def get_table(self, exchange: str) -> list[Any]:
        """Every message goes to the one queue. Kept in a file, this was lost with the folder, and every message too."""
        return [filesystem.exchange_queue_t(QUEUE, "", QUEUE)]

    def _queue_bind(self, exchange: str, routing_key: str | None, pattern: str | None, queue: str | None) -> None:
        """Nothing to note: see `get_table`."""

    def _put(self, queue: str, payload: dict[str, Any], **kwargs: Any) -> None:  # type: ignore[override]
        folder = Path(self.data_folder_out)
        name = f"{time_ns():020d}-{uuid.uuid4().hex}.{queue}.msg"
        draft = folder / f"{name}.draft"
        try:
            draft.write_text(json.dumps(payload), encoding="utf-8")
        except FileNotFoundError:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            draft.write_text(json.dumps(payload), encoding="utf-8")
        draft.rename(folder / name)

    def _get(self, queue: str, timeout: float | None = None) -> dict[str, Any]:
        folder = Path(self.data_folder_in)
        listed = self._listed[queue]
        if not listed:
            listed.extend(sorted(_messages(folder, queue)))
        while listed:
            name = listed.popleft()
            taken = folder / f"{name}.taken"
            try:
                (folder / name).rename(taken)
                text = taken.read_text(encoding="utf-8")
                taken.unlink()
            except FileNotFoundError:  # another worker was quicker
                continue
            payload: dict[str, Any] = json.loads(text)
            return payload
        raise Empty


class Transport(filesystem.Transport):
    """The embedded broker, looked at ten times a second while it is idle."""

    Channel = Channel
    polling_interval = 0.1


def _messages(folder: Path, queue: str) -> list[str]:
    try:
        names = os.listdir(folder)  # noqa: PTH208 - names, no paths
    except FileNotFoundError:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return []
    return [name for name in names if name.endswith(f".{queue}.msg")]


def broker_settings(url: str, var_dir: Path) -> dict[str, object]:
    """Celery's settings but the beat schedule, under their lower-case names, for a broker at `url`.

    `url` is `redis://`, `rediss://`, `amqp://` or, empty or `filesystem://`, the embedded broker, whose
    folder is made under `var_dir`. Source: https://docs.celeryq.dev/en/stable/userguide/configuration.html
    """
    common: dict[str, object] = {
        "task_default_queue": QUEUE,
        "task_ignore_result": True,
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "task_publish_retry": False,
        "task_serializer": "json",
        "accept_content": ["json"],
        "worker_prefetch_multiplier": 1,
        "worker_enable_remote_control": False,
        "worker_send_task_events": False,
        "worker_hijack_root_logger": False,
        "worker_cancel_long_running_tasks_on_connection_loss": False,
        "broker_connection_retry_on_startup": True,
        "broker_connection_timeout": 2,
        "broker_pool_limit": 10,
        "enable_utc": True,
        "beat_schedule_filename": str(var_dir / "beat-schedule"),
    }
    if url in ("", EMBEDDED):
        return common | _embedded(var_dir / "broker")
    if url.startswith(("redis://", "rediss://", "redis+socket://")):
        return common | {"broker_url": url, "broker_transport_options": _redis_options()}
    return common | {"broker_url": url, "broker_transport_options": dict(AT_ONCE)}


def _embedded(folder: Path) -> dict[str, object]:
    messages, control = folder / "messages", folder / "control"
    for path in (messages, control):
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return {
        "broker_url": EMBEDDED + "localhost",
        "broker_transport": "opencx_admin.broker:Transport",
        "worker_prefetch_multiplier": 4,  # a worker with full hands sleeps a polling interval
        "broker_transport_options": {
            "data_folder_in": str(messages),
            "data_folder_out": str(messages),
            "control_folder": str(control),
        },
    }


def _redis_options() -> dict[str, object]:
    # Messages of a killed worker come back after visibility_timeout, looked for every 5 s; kombu's own
    # pace (every tenth look, 10 s apart) adds up to 100 s to that.
    return AT_ONCE | {
        "visibility_timeout": 120,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
        "socket_connect_timeout": 2,
        "socket_timeout": 10,
        "socket_keepalive": True,
        "health_check_interval": 30,
    }
