"""Sunshine Conversations v2 as named methods: values in, frozen dataclasses out.

Every method may raise any failure of `integrations.clients.errors`; nothing here knows models or settings.
Source: https://developer.zendesk.com/api-reference/conversations/
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import requests

from integrations.clients import errors
from integrations.clients.envelopes import raise_for, read_body, read_list, read_object
from integrations.clients.http import DEFAULT_TIMEOUTS, Answer, Observe, Timeouts, send

AGENT_WORKSPACE = "zd:agentWorkspace"
LONGEST_TEXT = 4096
# The events we use: what our webhook subscribes to, and what is processed when it comes (contract 6).
TRIGGERS = (
    "conversation:message",
    "switchboard:passControl:failure",
    "switchboard:releaseControl",
    "conversation:remove",
    "user:merge",
    "user:remove",
)
PAGE_SIZE = 100
MOST_PAGES = 20


@dataclass(frozen=True)
class SwitchboardIntegration:
    id: str
    name: str
    integration_type: str


@dataclass(frozen=True)
class Conversation:
    id: str
    metadata: Mapping[str, Any]
    active_integration_id: str


@dataclass(frozen=True)
class SunshineMessage:
    id: str
    metadata: Mapping[str, Any]


@dataclass(frozen=True)
class SunshineWebhook:
    """A webhook on a custom integration. `secret` is what comes as `X-API-Key`."""

    integration_id: str
    id: str
    target: str
    triggers: tuple[str, ...]
    secret: str = field(repr=False)
    display_name: str = ""


class SunshineClient:
    """One app, by an App key (Basic)."""

    def __init__(
        self,
        base_url: str,
        app_id: str,
        key_id: str,
        secret: str,
        session: requests.Session,
        observe: Observe,
        timeouts: Timeouts = DEFAULT_TIMEOUTS,
    ) -> None:
        self._root = f"{base_url}/v2/apps/{quote(app_id, safe='')}"
        pair = base64.b64encode(f"{key_id}:{secret}".encode()).decode()
        self._headers = {
            "Accept": "application/json",
            "User-Agent": "OpenCX-Admin/1.0",
            "Authorization": f"Basic {pair}",
        }
        self._session = session
        self._observe = observe
        self._timeouts = timeouts

    def _call(
        self,
        method: str,
        path: str,
        *,
        template: str = "",
        said: Mapping[str, Any] | None = None,
        params: Mapping[str, str] | None = None,
        hide: Sequence[str] = (),
    ) -> Answer:
        headers = dict(self._headers)
        body = None
        if said is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(said).encode()
        answer = send(
            self._session,
            method,
            self._root + path,
            path="/v2/apps/{appId}" + (template or path),
            observe=self._observe,
            headers=headers,
            body=body,
            params=params,
            timeouts=self._timeouts,
            hide=hide,
        )
        raise_for(answer)
        return answer

    # -- the app ----------------------------------------------------------------------------------

    def app(self) -> str:
        """The app's display name: passes with an App key of this app only."""
        return str(read_object(self._call("GET", ""), "app").get("displayName") or "")

    def switchboard_integrations(self) -> list[SwitchboardIntegration]:
        """Everything in the app's switchboards; empty when there is none."""
        found: list[SwitchboardIntegration] = []
        for switchboard in read_list(self._call("GET", "/switchboards"), "switchboards"):
            path = f"/switchboards/{quote(str(switchboard.get('id')), safe='')}/switchboardIntegrations"
            answer = self._call("GET", path, template="/switchboards/{id}/switchboardIntegrations")
            found += [
                SwitchboardIntegration(str(r.get("id")), str(r.get("name") or ""), str(r.get("integrationType") or ""))
                for r in read_list(answer, "switchboardIntegrations")
            ]
        return found

    # -- people and conversations -----------------------------------------------------------------

    def find_or_create_user(self, external_id: str, profile: Mapping[str, Any]) -> str:
        """The id of the user with this external id, made when there is none (409: there is one)."""
        said = {"externalId": external_id, "profile": {k: v for k, v in profile.items() if v}}
        try:
            answer = self._call("POST", "/users", said=said)
        except errors.Conflict:
            answer = self._call("GET", f"/users/{quote(external_id, safe='')}", template="/users/{externalId}")
        return _read_id(read_object(answer, "user"), answer)

    def create_conversation(self, user_id: str, metadata: Mapping[str, Any]) -> str:
        """A personal conversation of this user; returns its id."""
        said = {"type": "personal", "participants": [{"userId": user_id}], "metadata": metadata}
        answer = self._call("POST", "/conversations", said=said)
        return _read_id(read_object(answer, "conversation"), answer)

    def conversations(self, user_id: str) -> list[Conversation]:
        """The user's conversations."""
        found: list[Conversation] = []
        params = {"filter[userId]": user_id, "page[size]": str(PAGE_SIZE)}
        for _page in range(MOST_PAGES):
            answer = self._call("GET", "/conversations", params=params)
            rows = read_list(answer, "conversations")
            found += [_read_conversation(row) for row in rows]
            if not _has_more(answer) or not rows:
                break
            params = {**params, "page[after]": str(rows[-1].get("id"))}
        return found

    def conversation(self, conversation_id: str) -> Conversation:
        """One conversation, with who is in control of it."""
        path = f"/conversations/{quote(conversation_id, safe='')}"
        answer = self._call("GET", path, template="/conversations/{id}")
        return _read_conversation(read_object(answer, "conversation"))

    def post_message(self, conversation_id: str, message: Mapping[str, Any]) -> str:
        """Post one message (`author`, `content`, `metadata`); returns its id."""
        path = f"/conversations/{quote(conversation_id, safe='')}/messages"
        answer = self._call("POST", path, template="/conversations/{id}/messages", said=message)
        rows = read_list(answer, "messages")
        if not rows:
            raise errors.BadResponse("", status=answer.status)
        return _read_id(rows[0], answer)

    def messages(self, conversation_id: str) -> Iterator[SunshineMessage]:
        """The conversation's messages, newest page first."""
        path = f"/conversations/{quote(conversation_id, safe='')}/messages"
        params: dict[str, str] = {"page[size]": str(PAGE_SIZE)}
        for _page in range(MOST_PAGES):
            answer = self._call("GET", path, template="/conversations/{id}/messages", params=params)
            rows = read_list(answer, "messages")
            for row in rows:
                metadata = row.get("metadata")
                yield SunshineMessage(str(row.get("id")), metadata if isinstance(metadata, dict) else {})
            if not _has_more(answer) or not rows:
                return
            params = {**params, "page[before]": str(rows[0].get("id"))}

    def pass_control(self, conversation_id: str, target: str, metadata: Mapping[str, Any]) -> None:
        """Hand the conversation to a switchboard integration. 200 means accepted, not done."""
        path = f"/conversations/{quote(conversation_id, safe='')}/passControl"
        said = {"switchboardIntegration": target, "metadata": metadata}
        self._call("POST", path, template="/conversations/{id}/passControl", said=said)

    # -- webhooks ---------------------------------------------------------------------------------

    def webhooks(self) -> list[SunshineWebhook]:
        """Every webhook on the app's custom integrations."""
        answer = self._call("GET", "/integrations", params={"filter[types]": "custom", "page[size]": str(PAGE_SIZE)})
        found: list[SunshineWebhook] = []
        for row in read_list(answer, "integrations"):
            if row.get("type") != "custom":
                continue
            path = f"/integrations/{quote(str(row.get('id')), safe='')}/webhooks"
            listed = self._call("GET", path, template="/integrations/{id}/webhooks")
            name = str(row.get("displayName") or "")
            found += [_read_webhook(str(row.get("id")), hook, name) for hook in read_list(listed, "webhooks")]
        return found

    def create_webhook(self, display_name: str, target: str, triggers: Sequence[str]) -> SunshineWebhook:
        """A custom integration of ours with its one webhook."""
        hook = {"target": target, "triggers": list(triggers), "includeFullUser": True, "includeFullSource": True}
        said = {"type": "custom", "status": "active", "displayName": display_name, "webhooks": [hook]}
        answer = self._call("POST", "/integrations", said=said, hide=[target])
        integration = read_object(answer, "integration")
        made = integration.get("webhooks") or []
        if made and isinstance(made[0], dict) and made[0].get("secret"):
            return _read_webhook(str(integration.get("id")), made[0])
        path = f"/integrations/{quote(str(integration.get('id')), safe='')}/webhooks"
        listed = read_list(self._call("GET", path, template="/integrations/{id}/webhooks"), "webhooks")
        if not listed:
            raise errors.BadResponse("", status=answer.status)
        return _read_webhook(str(integration.get("id")), listed[0])

    def update_webhook(self, hook: SunshineWebhook, *, target: str, triggers: Sequence[str]) -> None:
        """Point a webhook elsewhere."""
        path = f"/integrations/{quote(hook.integration_id, safe='')}/webhooks/{quote(hook.id, safe='')}"
        said = {"target": target, "triggers": list(triggers), "includeFullUser": True, "includeFullSource": True}
        self._call("PATCH", path, template="/integrations/{id}/webhooks/{webhookId}", said=said, hide=[target])

    def delete_integration(self, integration_id: str) -> None:
        """Delete a custom integration of ours, with its webhook."""
        path = f"/integrations/{quote(integration_id, safe='')}"
        self._call("DELETE", path, template="/integrations/{id}")


def _read_id(row: Mapping[str, Any], answer: Answer) -> str:
    found = row.get("id")
    if not isinstance(found, str) or not found:
        raise errors.BadResponse("", status=answer.status, answer=answer.text[:500])
    return found


def _read_conversation(row: Mapping[str, Any]) -> Conversation:
    metadata, active = row.get("metadata"), row.get("activeSwitchboardIntegration")
    return Conversation(
        id=str(row.get("id")),
        metadata=metadata if isinstance(metadata, dict) else {},
        active_integration_id=str(active.get("id") or "") if isinstance(active, dict) else "",
    )


def _read_webhook(integration_id: str, row: Mapping[str, Any], display_name: str = "") -> SunshineWebhook:
    return SunshineWebhook(
        integration_id=integration_id,
        id=str(row.get("id")),
        target=str(row.get("target") or ""),
        triggers=tuple(str(trigger) for trigger in row.get("triggers") or []),
        secret=str(row.get("secret") or ""),
        display_name=display_name,
    )


def _has_more(answer: Answer) -> bool:
    meta = read_body(answer).get("meta")
    return isinstance(meta, dict) and meta.get("hasMore") is True
