"""The webhook's and the API's answers where the web server itself has a say: bodies, chunks, methods."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import requests

from tests.processes.product import SESSION, Product
from tests.sandbox.server import Sandbox

NATIVE = {"ticket_id": "77", "external_id": "", "status": "open"}
HUGE = b'{"ticket_id": "77", "external_id": "", "text": "' + b"x" * 1_100_000 + b'"}'
WEBHOOK = "/settings/integrations/zendesk/webhook/"


@pytest.fixture(scope="module")
def globex(product: Product, sandbox: Sandbox) -> Product:
    """Another organization, whose address may be rotated."""
    return product.neighbour(sandbox.account("globex"), "Globex", "gil@example.com")


def in_parts(body: bytes, size: int = 50_000) -> Iterator[bytes]:
    """A body that is sent chunked, with no Content-Length."""
    for first in range(0, len(body), size):
        yield body[first : first + size]


def post(url: str, body: object) -> requests.Response:
    return requests.post(url, json=body, timeout=20)


def test_a_call_is_accepted(globex: Product) -> None:
    answer = post(globex.webhook_url, NATIVE)
    assert (answer.status_code, answer.json()["status"]) == (200, "accepted")


def test_a_chunked_call_is_read_whole(globex: Product) -> None:
    body = json.dumps(NATIVE | {"text": "x" * 200_000}).encode()
    answer = requests.post(globex.webhook_url, data=in_parts(body), timeout=20)
    assert (answer.status_code, answer.json()["status"]) == (200, "accepted")


@pytest.mark.parametrize("is_chunked", [False, True], ids=["with its length", "chunked"])
def test_over_one_megabyte_is_413_and_the_sender_hears_it(globex: Product, is_chunked: bool) -> None:
    answer = requests.post(globex.webhook_url, data=in_parts(HUGE) if is_chunked else HUGE, timeout=20)
    assert (answer.status_code, answer.json()["error"]) == (413, "too_large")


def test_another_method_is_405_and_says_which_is_right(globex: Product) -> None:
    for method in ("GET", "PUT", "DELETE"):
        answer = requests.request(method, globex.webhook_url, timeout=20)
        assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")


def test_an_address_that_was_never_ours_is_404(globex: Product) -> None:
    assert post(f"{globex.url}/webhooks/zendesk/whk_never-ours", NATIVE).status_code == 404


def test_what_cannot_be_matched_is_500_with_the_reason(globex: Product) -> None:
    assert post(globex.webhook_url, NATIVE | {"external_id": "nobody"}).json()["error"] == "unmatched_ticket"
    broken = requests.post(globex.webhook_url, data=b"ticket_id=77", timeout=20)
    assert (broken.status_code, broken.json()["error"]) == (500, "malformed_payload")


def test_an_unsigned_call_is_401_once_the_secret_is_known(globex: Product) -> None:
    globex.submit(WEBHOOK, action="save", signing_secret="dGhlIHNpZ25pbmcgc2VjcmV0IG9mIGdsb2JleA==")
    assert post(globex.webhook_url, NATIVE).status_code == 401


def test_the_old_address_is_410_at_once_without_an_overlap(globex: Product) -> None:
    old = globex.webhook_url
    globex.submit(WEBHOOK, action="rotate", overlap_hours="0")
    assert [post(old, NATIVE).status_code for _call in range(3)] == [410] * 3
    assert post(globex.read_webhook_url(), NATIVE).status_code == 401


def test_the_api_reads_chunks_too_and_refuses_a_megabyte(product: Product) -> None:
    headers = {"Authorization": f"Bearer {product.api_key}", "Content-Type": "application/json"}
    url = f"{product.url}/api/v1/sessions/chunked"
    chunked = requests.put(url, data=in_parts(json.dumps(SESSION).encode(), 20), headers=headers, timeout=20)
    assert chunked.status_code == 201
    for body in (HUGE, in_parts(HUGE)):
        assert requests.put(url, data=body, headers=headers, timeout=20).status_code == 413
    assert requests.put(url, json=SESSION, timeout=20).status_code == 401
    assert requests.delete(url, timeout=20).headers["Allow"]
