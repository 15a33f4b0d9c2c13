"""Zendesk's account `acme`, answering as recorded."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import responses

from tests.integrations.recorded import Account


@pytest.fixture
def account() -> Iterator[Account]:
    """Call `put_up()` when its answers are as the test wants them."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as wire:
        yield Account(wire)
