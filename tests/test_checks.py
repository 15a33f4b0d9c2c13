"""System checks: what is set wrongly is said at start."""

from __future__ import annotations

import pytest
from pytest_django import Settings

from opencx_admin.checks import check_ai_service


@pytest.mark.parametrize(
    ("url", "model", "ids"),
    [
        ("", "", []),
        ("https://ai.example.com/v1", "small", []),
        ("http://localhost:11434/v1", "small", []),
        ("https://ai.example.com/v1", "", ["opencx.E005"]),
        ("ai.example.com", "small", ["opencx.E004"]),
        ("", "small", ["opencx.E004"]),
    ],
)
def test_address_and_model_of_the_ai_service_belong_together(
    settings: Settings, url: str, model: str, ids: list[str]
) -> None:
    settings.AI_BASE_URL, settings.AI_MODEL = url, model
    assert [message.id for message in check_ai_service(None)] == ids
