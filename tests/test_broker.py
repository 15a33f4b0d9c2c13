"""The embedded broker loses and doubles nothing while it runs, and a broken one stops nobody."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from kombu import Connection

from opencx_admin.broker import Channel, broker_settings
from opencx_admin.celery import Doorbell, app
from opencx_admin.orgs.tasks import beat
from opencx_admin.scheduler import app as scheduler

Message = dict[str, Any]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    broker_settings("", tmp_path)
    return tmp_path / "broker" / "messages"


def open_channel(tmp_path: Path) -> Channel:
    chosen: dict[str, Any] = dict(broker_settings("", tmp_path))
    connection = Connection(
        chosen["broker_url"],
        transport=chosen["broker_transport"],
        transport_options=chosen["broker_transport_options"],
    )
    channel = connection.channel()
    assert isinstance(channel, Channel)
    return channel


def close(channel: Channel) -> None:
    assert channel.connection is not None
    client = channel.connection.client
    assert client is not None
    client.close()


@pytest.fixture
def channel(tmp_path: Path) -> Iterator[Channel]:
    opened = open_channel(tmp_path)
    yield opened
    close(opened)


def take_all(channel: Channel) -> list[Message]:
    taken = []
    while True:
        try:
            taken.append(channel._get("opencx"))
        except Empty:
            return taken


def test_messages_come_in_the_order_they_went(channel: Channel, folder: Path) -> None:
    for number in range(5):
        channel._put("opencx", {"number": number})
    assert [message["number"] for message in take_all(channel)] == [0, 1, 2, 3, 4]
    assert list(folder.iterdir()) == []


def test_a_queue_gives_only_its_own_messages(channel: Channel) -> None:
    channel._put("other", {"number": 1})
    with pytest.raises(Empty):
        channel._get("opencx")


def test_a_message_half_written_is_not_there_yet(channel: Channel, folder: Path) -> None:
    channel._put("opencx", {"number": 1})
    (whole,) = folder.iterdir()
    whole.rename(f"{whole}.draft")
    with pytest.raises(Empty):
        channel._get("opencx")


def test_two_readers_and_two_writers_pass_every_message_once(tmp_path: Path) -> None:
    channels = [open_channel(tmp_path) for _number in range(4)]
    done = threading.Event()
    read: list[Message] = []

    def write(channel: Channel, name: str) -> None:
        for number in range(200):
            channel._put("opencx", {"from": name, "number": number})

    def listen(channel: Channel) -> None:
        while not done.is_set():
            read.extend(take_all(channel))

    readers = [threading.Thread(target=listen, args=[channel]) for channel in channels[:2]]
    writers = [threading.Thread(target=write, args=[channels[2 + index], f"w{index}"]) for index in range(2)]
    for thread in [*readers, *writers]:
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    for thread in readers:
        thread.join()
    read.extend(take_all(channels[0]))
    for channel in channels:
        close(channel)
    assert len(read) == 400
    assert {(message["from"], message["number"]) for message in read} == {
        (name, number) for name in ("w0", "w1") for number in range(200)
    }


def test_only_the_owner_reads_the_messages(tmp_path: Path, folder: Path) -> None:
    assert {oct(path.stat().st_mode & 0o777) for path in folder.parent.iterdir()} == {"0o700"}


def test_redis_gives_lost_work_back_soon(tmp_path: Path) -> None:
    chosen = broker_settings("redis://localhost:6379/0", tmp_path)
    options: Any = chosen["broker_transport_options"]
    assert (options["visibility_timeout"], options["unacked_restore_interval"]) == (120, 5)
    assert options["unacked_restore_throttle"] == 1
    assert not (tmp_path / "broker").exists()


def test_rabbitmq_is_taken_as_it_is(tmp_path: Path) -> None:
    chosen = broker_settings("amqp://guest@localhost//", tmp_path)
    assert chosen["broker_url"] == "amqp://guest@localhost//"
    assert "broker_transport" not in chosen


def test_no_result_and_no_event_is_left_behind(tmp_path: Path) -> None:
    chosen = broker_settings("", tmp_path)
    assert chosen["task_ignore_result"]
    assert not chosen["worker_send_task_events"]
    assert not chosen["worker_enable_remote_control"]


def test_ringing_with_the_broker_down_is_a_line_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Doorbell, "quiet_until", 0.0)
    once = {"max_retries": 0, "interval_start": 0}
    nobody = Connection(f"redis+socket://{tmp_path}/nobody.sock", transport_options=once)
    with caplog.at_level(logging.WARNING):
        for _ring in range(3):
            assert beat.apply_async(connection=nobody) is None  # type: ignore[call-arg]
    assert caplog.text.count("The broker did not take orgs.beat") == 1, "the next rings do not wait for it again"


def test_the_scheduler_rings_what_the_worker_knows() -> None:
    app.loader.import_default_modules()
    rung = {entry["task"] for entry in scheduler.conf.beat_schedule.values()}
    assert rung
    assert rung <= set(app.tasks)
    assert scheduler.conf.task_default_queue == app.conf.task_default_queue


def test_the_worker_logs_at_the_level_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app.log, "already_setup", False)
    root = logging.getLogger()
    before = (root.level, list(root.handlers))
    app.log.setup(loglevel=logging.CRITICAL)
    assert (root.level, root.handlers) == before
