"""What probes and Prometheus are told."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
import time_machine
from django.test import Client
from pytest_django import Settings

from opencx_admin.celery import app
from opencx_admin.orgs.models import Heartbeat

ANYONE = Client()


def test_the_process_is_up_without_asking_the_database() -> None:
    answer = ANYONE.get("/healthz")
    assert (answer.status_code, answer.content.strip()) == (200, b"ok")


@pytest.mark.services
@pytest.mark.django_db
def test_ready_when_the_worker_was_seen() -> None:
    Heartbeat.beat("worker")
    answer = ANYONE.get("/readyz")
    assert answer.status_code == 200
    assert {name: check["ok"] for name, check in answer.json()["checks"].items()} == {
        "database": True,
        "broker": True,
        "worker": True,
    }


@pytest.mark.django_db
def test_not_ready_while_the_worker_was_never_seen() -> None:
    answer = ANYONE.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["worker"] == {"ok": False, "detail": "The worker was never seen."}
    assert answer.json()["checks"]["database"]["ok"]


@pytest.mark.django_db
def test_not_ready_when_the_worker_fell_silent(clock: time_machine.Traveller) -> None:
    Heartbeat.beat("worker")
    clock.shift(dt.timedelta(seconds=61))
    answer = ANYONE.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["worker"]["detail"] == "The worker was last seen 61 s ago."


@pytest.mark.django_db
def test_not_ready_when_the_brokers_folder_is_gone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    Heartbeat.beat("worker")
    monkeypatch.setitem(app.conf, "broker_transport_options", {"data_folder_out": str(tmp_path / "gone")})
    answer = ANYONE.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["broker"] == {"ok": False, "detail": "The broker's folder cannot be written."}


@pytest.mark.django_db
def test_not_ready_when_the_broker_does_not_answer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    Heartbeat.beat("worker")
    monkeypatch.setitem(app.conf, "broker_transport_options", {})
    monkeypatch.setitem(app.conf, "broker_transport", None)
    monkeypatch.setitem(app.conf, "broker_write_url", f"redis+socket://{tmp_path}/nobody.sock")
    answer = ANYONE.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["broker"]["detail"] == "The broker does not answer."


def test_probes_are_read_only() -> None:
    assert ANYONE.post("/healthz").status_code == 405


def test_metrics_are_off_without_a_token() -> None:
    assert ANYONE.get("/metrics").status_code == 404


@pytest.mark.parametrize("header", ["", "Bearer wrong", "Basic scrape-me", "scrape-me"])
def test_metrics_refuse_who_does_not_know_the_token(settings: Settings, header: str) -> None:
    settings.METRICS_TOKEN = "scrape-me"
    assert ANYONE.get("/metrics", headers={"authorization": header}).status_code == 403


@pytest.mark.services
@pytest.mark.django_db
def test_metrics_count_when_they_are_read(settings: Settings, clock: time_machine.Traveller) -> None:
    settings.METRICS_TOKEN = "scrape-me"
    Heartbeat.beat("worker")
    clock.shift(dt.timedelta(seconds=7))
    answer = ANYONE.get("/metrics", headers={"authorization": "Bearer scrape-me"})
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain")
    assert 'opencx_heartbeat_age_seconds{name="worker"} 7.0' in answer.content.decode()
