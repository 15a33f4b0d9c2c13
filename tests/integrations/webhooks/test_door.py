"""The short way stores and answers as the view does; whatever is not plain goes on, body and all."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from typing import Any

import pytest
from django.test import Client, RequestFactory
from django.utils import timezone

from integrations.models import WebhookEndpoint, WebhookEvent
from integrations.webhooks.door import Door
from opencx_admin.crypto import Secret
from opencx_admin.orgs.models import Organization

pytestmark = pytest.mark.django_db
BODY = {"ticket_id": "5", "external_id": "", "status": "open"}
HEADERS = {"User-Agent": "Zendesk Webhook", "X-Zendesk-Webhook-Invocation-Id": "01HXYZ", "X-Zendesk-Webhook-Id": "01W"}


class House:
    """Django's place: keeps the bodies that come through the door."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        self.bodies.append(environ["wsgi.input"].read())
        start_response("299 From the house", [])
        return [b"{}"]


def knock(
    path: str, body: bytes | None = None, method: str = "POST", house: House | None = None, **environ: str
) -> tuple[int, dict[str, Any]]:
    """A call at the door; status and JSON of its answer."""
    request = RequestFactory().generic(method, path, body or json.dumps(BODY).encode(), "application/json")
    heard: list[str] = []
    answer = Door(house or House())(
        {**request.environ, **{f"HTTP_{name.upper().replace('-', '_')}": HEADERS[name] for name in HEADERS}, **environ},
        lambda status, headers: heard.append(status),
    )
    return int(heard[0].split()[0]), json.loads(b"".join(answer))


def read_row(pk: int) -> dict[str, Any]:
    """A stored call, but for what differs between any two."""
    row = dict(WebhookEvent.objects.filter(pk=pk).values()[0])
    return {name: row[name] for name in row if name not in ("id", "received_at", "next_attempt_at", "ms")}


@pytest.fixture
def endpoint(org: Organization) -> WebhookEndpoint:
    return WebhookEndpoint.current(org)


@pytest.fixture
def path(endpoint: WebhookEndpoint) -> str:
    return f"/webhooks/zendesk/{endpoint.token.reveal()}"


def test_it_stores_just_what_the_view_stores(client: Client, path: str) -> None:
    by_view = client.post(path, BODY, content_type="application/json", headers=HEADERS)
    status, by_door = knock(path)
    assert (by_view.status_code, status) == (200, 200)
    of_view, of_door = (read_row(said["id"]) for said in (by_view.json(), by_door))
    assert of_door == of_view


def test_a_call_that_matches_nothing_is_stored_and_answered_500(path: str) -> None:
    status, said = knock(path, json.dumps(BODY | {"external_id": "nobody"}).encode())
    assert (status, said["error"]) == (500, "unmatched_ticket")
    assert WebhookEvent.objects.get().reason == "unmatched_ticket"


def test_the_last_call_is_noted_once_in_ten_seconds(endpoint: WebhookEndpoint, path: str) -> None:
    long_ago = timezone.now() - dt.timedelta(hours=1)
    WebhookEndpoint.objects.update(last_called_at=long_ago)
    knock(path)
    endpoint.refresh_from_db()
    noted_at = endpoint.last_called_at
    assert noted_at is not None
    assert noted_at > long_ago
    knock(path)
    endpoint.refresh_from_db()
    assert endpoint.last_called_at == noted_at


def test_an_unsigned_call_is_401_and_not_stored(path: str) -> None:
    WebhookEndpoint.objects.update(signing_secret=Secret.hide("a signing secret"))
    assert knock(path)[0] == 401
    assert not WebhookEvent.objects.exists()
    assert WebhookEndpoint.objects.get().calls_refused == 1


@pytest.mark.parametrize(
    "odd",
    [
        {"method": "PUT"},
        {"path": "/webhooks/zendesk/whk_never-ours"},
        {"path": "/webhooks/sunshine/whk_never-ours"},
        {"path": "/"},
        {"CONTENT_LENGTH": ""},
        {"CONTENT_LENGTH": "2000000"},
        {"CONTENT_LENGTH": "-1"},
    ],
    ids=str,
)
def test_what_is_not_plain_goes_on_with_its_body(path: str, odd: dict[str, str]) -> None:
    house = House()
    asked: dict[str, Any] = {"path": path, **odd}
    assert knock(**asked, house=house)[0] == 299
    assert house.bodies == [json.dumps(BODY).encode()]
    assert not WebhookEvent.objects.exists()


def test_a_replaced_address_is_the_houses_business(endpoint: WebhookEndpoint, path: str) -> None:
    WebhookEndpoint.objects.update(is_current=False, expires_at=timezone.now())
    house = House()
    assert knock(path, house=house)[0] == 299
    assert house.bodies == [json.dumps(BODY).encode()]
