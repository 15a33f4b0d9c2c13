"""Zendesk's account `acme`, answering as recorded."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import responses

from tests.integrations.recorded import Account
from tests.integrations.recorded_sunshine import App


@pytest.fixture
def account() -> Iterator[Account]:
    """Call `put_up()` when its answers are as the test wants them."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as wire:
        yield Account(wire)


@pytest.fixture
def app(account: Account) -> App:
    """The Sunshine app of `acme`; call its `put_up()`, which puts the account up too."""
    return App(account)
