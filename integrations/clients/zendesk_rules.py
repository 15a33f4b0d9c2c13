"""The parts of Zendesk's API that an account is set up with: webhooks, triggers, views, and who changed them.

Every method may raise any failure of `integrations.clients.errors`. Writes of webhooks are answered 204 without
a body, and none of these writes knows an idempotency key: after an unknown outcome, look before writing again.
Sources: https://developer.zendesk.com/api-reference/webhooks/webhooks-api/webhooks/,
https://developer.zendesk.com/api-reference/ticketing/business-rules/triggers/ and /views/,
https://developer.zendesk.com/api-reference/ticketing/account-configuration/audit_logs/
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.utils.translation import gettext as _

from integrations.clients import errors
from integrations.clients.envelopes import read_body, read_list, read_object
from integrations.clients.http import Answer
from integrations.clients.zendesk import PAGE_SIZE, ZendeskClient, next_page
from integrations.clients.zendesk_types import read_int, read_time

# Zendesk's own limit of rules is below this. A list that was cut off would make what is there look deleted.
MOST_PAGES = 100
Fields = Mapping[str, Any]


@dataclass(frozen=True)
class AccountObject:
    """A webhook, trigger or view: its id as text, and its fields as Zendesk gave them."""

    id: str
    title: str
    fields: Fields
    updated_at: dt.datetime | None = None
    updated_by: int | None = None


@dataclass(frozen=True)
class TestAnswer:
    """What the endpoint answered to a test call, as Zendesk tells it."""

    __test__ = False  # no test of pytest's

    status: int | None
    payload: str


@dataclass(frozen=True)
class Change:
    """Who changed an object, and when."""

    name: str
    user_id: int | None
    at: dt.datetime | None
    action: str = "update"


class ZendeskRules:
    """The account's webhooks, triggers and views, by the client's identity."""

    def __init__(self, client: ZendeskClient) -> None:
        self.client = client

    # -- webhooks ---------------------------------------------------------------------------------

    def webhooks(self) -> list[AccountObject]:
        """Every webhook."""
        return self._list("/api/v2/webhooks", "webhooks", "name")

    def create_webhook(self, fields: Fields) -> AccountObject:
        """Make a webhook."""
        body, hide = _body("webhook", fields), _addresses(fields)
        answer = self.client.call("POST", "/api/v2/webhooks", body=body, hide=hide)
        return _read(read_object(answer, "webhook"), "name", answer)

    def patch_webhook(self, webhook_id: str, fields: Fields) -> None:
        """Change these fields of a webhook, and no other."""
        self._one("PATCH", "webhooks", webhook_id, _body("webhook", fields), _addresses(fields))

    def delete_webhook(self, webhook_id: str) -> None:
        """Delete a webhook; no trigger may name it any more."""
        self._one("DELETE", "webhooks", webhook_id)

    def signing_secret(self, webhook_id: str) -> str:
        """The secret that signs the webhook's calls; it is used as text, though it looks like base64."""
        path = f"/api/v2/webhooks/{quote(webhook_id, safe='')}/signing_secret"
        answer = self.client.call("GET", path, template="/api/v2/webhooks/{id}/signing_secret")
        secret = read_object(answer, "signing_secret").get("secret")
        if not isinstance(secret, str) or not secret:
            raise errors.BadResponse("", status=answer.status)
        return secret

    def test_webhook(self, webhook_id: str, payload: str) -> TestAnswer:
        """Have Zendesk call the webhook's endpoint now, signed, with this body."""
        answer = self.client.call(
            "POST",
            "/api/v2/webhooks/test",
            params={"webhook_id": webhook_id},
            body=json.dumps({"request": {"payload": payload}}).encode(),
        )
        said = read_object(answer, "response")
        return TestAnswer(read_int(said.get("status_code")), str(said.get("payload") or "")[:2000])

    # -- triggers ---------------------------------------------------------------------------------

    def triggers(self) -> list[AccountObject]:
        """Every trigger, inactive ones too."""
        return self._list("/api/v2/triggers", "triggers", "title")

    def create_trigger(self, fields: Fields) -> AccountObject:
        """Make a trigger from `title`, `conditions` and `actions`."""
        answer = self.client.call("POST", "/api/v2/triggers", body=_body("trigger", fields))
        return _read(read_object(answer, "trigger"), "title", answer)

    def update_trigger(self, trigger_id: str, fields: Fields) -> None:
        """Change a trigger. `conditions` and `actions` replace the old ones whole and are always sent."""
        self._one("PUT", "triggers", trigger_id, _body("trigger", fields))

    def delete_trigger(self, trigger_id: str) -> None:
        """Delete a trigger."""
        self._one("DELETE", "triggers", trigger_id)

    def trigger_changes(self, trigger_id: str) -> list[Change]:
        """The authors of a trigger's revisions, newest first. Enterprise plans only: 403 or 404 elsewhere."""
        path = f"/api/v2/triggers/{quote(trigger_id, safe='')}/revisions"
        answer = self.client.call("GET", path, template="/api/v2/triggers/{id}/revisions")
        rows = read_list(answer, "trigger_revisions")
        found = [Change("", read_int(row.get("author_id")), read_time(row.get("created_at"))) for row in rows]
        return sorted(found, key=_when, reverse=True)

    # -- views ------------------------------------------------------------------------------------

    def views(self) -> list[AccountObject]:
        """Every view that the identity may see, inactive ones too."""
        return self._list("/api/v2/views", "views", "title")

    def create_view(self, fields: Fields) -> AccountObject:
        """Make a view from `title`, `conditions` and `output`."""
        answer = self.client.call("POST", "/api/v2/views", body=_body("view", _flatten(fields)))
        return _read(read_object(answer, "view"), "title", answer)

    def update_view(self, view_id: str, fields: Fields) -> None:
        """Change these fields of a view; conditions replace the old ones whole."""
        self._one("PUT", "views", view_id, _body("view", _flatten(fields)))

    def delete_view(self, view_id: str) -> None:
        """Delete a view."""
        self._one("DELETE", "views", view_id)

    # -- who --------------------------------------------------------------------------------------

    def audit_changes(self, source_type: str, source_id: str) -> list[Change]:
        """Who changed an object, newest first. Only for admins of accounts with an audit log: 403 elsewhere."""
        params = {"filter[source_type]": source_type, "filter[source_id]": source_id, "page[size]": "10"}
        rows = read_list(self.client.call("GET", "/api/v2/audit_logs", params=params), "audit_logs")
        found = [
            Change(
                str(row.get("actor_name") or ""),
                read_int(row.get("actor_id")),
                read_time(row.get("created_at")),
                str(row.get("action") or ""),
            )
            for row in rows
            if str(row.get("source_id")) == source_id
        ]
        return sorted(found, key=_when, reverse=True)

    # -- one call ---------------------------------------------------------------------------------

    def _one(
        self, method: str, family: str, object_id: str, body: bytes | None = None, hide: Sequence[str] = ()
    ) -> Answer:
        path = f"/api/v2/{family}/{quote(object_id, safe='')}"
        return self.client.call(method, path, template=f"/api/v2/{family}/{{id}}", body=body, hide=hide)

    def _list(self, path: str, key: str, title: str) -> list[AccountObject]:
        found: list[AccountObject] = []
        params = {"page[size]": str(PAGE_SIZE)}
        for _page in range(MOST_PAGES):
            answer = self.client.call("GET", path, params=params)
            found += [_read(row, title, answer) for row in read_list(answer, key)]
            following = next_page(read_body(answer))
            if not following:
                break
            if "page" in following:  # by offset: never both ways to page in one call
                params.pop("page[size]", None)
            params |= following
        else:
            raise errors.BadResponse(_("It lists more than can be read."))
        return found


def _read(row: Fields, title: str, answer: Answer) -> AccountObject:
    """Raises `BadResponse` when it has no id."""
    object_id = row.get("id")
    if not isinstance(object_id, str | int) or isinstance(object_id, bool) or not str(object_id):
        raise errors.BadResponse("", status=answer.status, answer=answer.text[:500])
    return AccountObject(
        id=str(object_id),
        title=str(row.get(title) or ""),
        fields=row,
        updated_at=read_time(row.get("updated_at")),
        updated_by=read_int(row.get("updated_by")),
    )


def _body(name: str, fields: Fields) -> bytes:
    return json.dumps({name: dict(fields)}).encode()


def _addresses(fields: Fields) -> list[str]:
    """What a refusal must not repeat: the address is a secret of its own kind."""
    return [str(fields["endpoint"])] if fields.get("endpoint") else []


def _flatten(fields: Fields) -> Fields:
    """A view's conditions stand at the top when it is written, and nested when it is read."""
    conditions = fields.get("conditions")
    rest = {name: value for name, value in fields.items() if name != "conditions"}
    return {**rest, **conditions} if isinstance(conditions, Mapping) else rest


def _when(change: Change) -> dt.datetime:
    return change.at or dt.datetime.min.replace(tzinfo=dt.UTC)
