"""Sunshine's answers in the words of its specification, put up by `responses`."""

from __future__ import annotations

import json
from typing import Any

import responses

from tests.integrations.recorded import Account

SC = "https://acme.zendesk.com/sc"
APP_ID = "5f0000000000000000000001"
KEY_ID = "app_5f0000000000000000000002"
APP = f"/v2/apps/{APP_ID}"
SEATS = f"{APP}/switchboards/5ef21b132f21af34f088530d/switchboardIntegrations"
UNAUTHORIZED = {"errors": [{"code": "unauthorized", "title": "Authorization is required"}]}
FORBIDDEN = {"errors": [{"code": "forbidden", "title": "Forbidden"}]}
APP_NOT_FOUND = {"errors": [{"code": "app_not_found", "title": "App not found"}]}
HOOK_SECRET = "the-secret-that-sunshine-made"


class App:
    """The app of `acme`, where everything works until a test says otherwise."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.wire: responses.RequestsMock = account.wire
        self.answers: dict[tuple[str, str], tuple[int, Any]] = {
            ("GET", APP): (200, {"app": {"id": APP_ID, "displayName": "Acme Messaging"}}),
            ("GET", f"{APP}/switchboards"): (
                200,
                {"switchboards": [{"id": "5ef21b132f21af34f088530d", "enabled": True}]},
            ),
            ("GET", SEATS): (
                200,
                {
                    "switchboardIntegrations": [
                        {"id": "seat-of-the-bot", "name": "bot", "integrationType": "zd:answerBot"},
                        {"id": "seat-of-agents", "name": "zd-agentWorkspace", "integrationType": "zd:agentWorkspace"},
                    ]
                },
            ),
            ("GET", f"{APP}/integrations"): (200, {"integrations": [], "meta": {"hasMore": False}}),
            ("POST", f"{APP}/integrations"): (
                201,
                {
                    "integration": {
                        "id": "integration-of-ours",
                        "type": "custom",
                        "webhooks": [{"id": "hook-of-ours", "target": "", "triggers": [], "secret": HOOK_SECRET}],
                    }
                },
            ),
        }

    def answer(self, method: str, path: str, status: int, body: Any) -> None:
        """What Sunshine answers: a JSON value, a text, or an exception to raise."""
        self.answers[(method, path)] = (status, body)

    def has_webhook(self, target: str, *triggers: str, secret: str = HOOK_SECRET) -> None:
        """A custom integration with this webhook is there."""
        self.answer("GET", f"{APP}/integrations", 200, {"integrations": [{"id": "there", "type": "custom"}]})
        hook = {"id": "hook-there", "target": target, "triggers": list(triggers), "secret": secret}
        self.answer("GET", f"{APP}/integrations/there/webhooks", 200, {"webhooks": [hook]})
        self.answer("PATCH", f"{APP}/integrations/there/webhooks/hook-there", 200, {"webhook": hook})

    def put_up(self) -> None:
        """Give the answers to the wire, Zendesk's own too."""
        self.account.put_up()
        for (method, path), (status, body) in self.answers.items():
            text = body if isinstance(body, str | Exception) else json.dumps(body)
            self.wire.add(method, f"{SC}{path}", body=text, status=status, content_type="application/json")

    @property
    def asked(self) -> list[str]:
        """What was asked of Sunshine, in order, without the queries."""
        calls = [(call.request.method, str(call.request.url)) for call in self.wire.calls]
        return [f"{method} {url[len(SC) :].split('?')[0]}" for method, url in calls if url.startswith(SC)]

    @property
    def sent(self) -> list[dict[str, Any]]:
        """The JSON bodies of writes to Sunshine."""
        calls = [call.request for call in self.wire.calls if str(call.request.url).startswith(SC)]
        return [json.loads(request.body) for request in calls if request.method in ("POST", "PATCH") and request.body]
