"""Zendesk Support's API as named methods: values in, frozen dataclasses out.

Every method may raise any failure of `integrations.clients.errors`; nothing here knows models or settings.
Sources: https://developer.zendesk.com/api-reference/ticketing/ (tickets, ticket comments, users).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

import requests

from integrations.clients import errors
from integrations.clients.envelopes import raise_for, read_body, read_list, read_object
from integrations.clients.http import DEFAULT_TIMEOUTS, Answer, Observe, Timeouts, send
from integrations.clients.zendesk_types import (
    Comment,
    CommentsPage,
    Identity,
    Ticket,
    TicketWritten,
    Token,
    read_comment,
    read_identity,
    read_ticket,
    read_written,
)

PAGE_SIZE = 100
MOST_PAGES = 50
DELETED = "deleted"
LONGEST_LIFE = 10**9  # seconds; a token that lives longer lives for ever


class Auth(Protocol):
    """Gives the Authorization header, and a fresh one after a 401 when it can."""

    def header(self) -> str: ...

    def renew(self) -> bool: ...


class ZendeskClient:
    """One account, as one identity."""

    def __init__(
        self,
        base_url: str,
        auth: Auth | None,
        session: requests.Session,
        observe: Observe,
        timeouts: Timeouts = DEFAULT_TIMEOUTS,
        before_call: Any = None,
    ) -> None:
        self.base_url = base_url
        self._auth = auth
        self._session = session
        self._observe = observe
        self._timeouts = timeouts
        self._before_call = before_call

    # -- one call ---------------------------------------------------------------------------------

    def call(
        self,
        method: str,
        path: str,
        *,
        template: str = "",
        params: Mapping[str, str] | None = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        hide: Sequence[str] = (),
    ) -> Answer:
        """One call; the token is renewed once on a 401. Other families of methods are built on it."""
        answer = self._send(method, path, template or path, params, body, headers, hide)
        if answer.status == 401 and self._auth is not None and self._auth.renew():
            answer = self._send(method, path, template or path, params, body, headers, hide)
        raise_for(answer)
        return answer

    def _send(
        self,
        method: str,
        path: str,
        template: str,
        params: Mapping[str, str] | None,
        body: bytes | None,
        extra: Mapping[str, str] | None,
        hide: Sequence[str] = (),
    ) -> Answer:
        headers = {"Accept": "application/json", "User-Agent": "OpenCX-Admin/1.0"}
        if self._auth is not None:
            headers["Authorization"] = self._auth.header()
        if body is not None:
            headers["Content-Type"] = "application/json"
        headers |= dict(extra or {})
        if self._before_call is not None:
            self._before_call()
        return send(
            self._session,
            method,
            self.base_url + path,
            path=template,
            observe=self._observe,
            headers=headers,
            body=body,
            params=params,
            timeouts=self._timeouts,
            hide=hide,
        )

    # -- who we are -------------------------------------------------------------------------------

    def request_token(self, client_id: str, client_secret: str) -> Token:
        """An OAuth access token by client credentials; Zendesk answers 201.

        https://developer.zendesk.com/documentation/api-basics/authentication/oauth-migration/
        """
        asked = {
            "grant_type": "client_credentials",
            "client_id": client_id,
            "client_secret": client_secret,
            "scope": "read write",
            "expires_in": 7200,
        }
        path, sent = "/oauth/tokens", json.dumps(asked).encode()
        answer = self._send("POST", path, path, None, sent, None, hide=[client_secret])
        if answer.status == 400:  # RFC 6749: invalid_client, invalid_grant
            raise errors.Unauthorized("", status=400, answer=answer.text[:500])
        raise_for(answer)
        body = read_body(answer)
        inner = body.get("token")
        body = inner if isinstance(inner, dict) else body
        text = body.get("access_token") or body.get("full_token")
        if not isinstance(text, str) or not text:
            raise errors.BadResponse("", status=answer.status)
        lifetime = body.get("expires_in")
        if isinstance(lifetime, int | float) and 0 < lifetime < LONGEST_LIFE:
            return Token(text, float(lifetime))
        return Token(text, None)

    def me(self) -> Identity:
        """Who Zendesk says we are. A 200 may name nobody: `id` is then None."""
        answer = self.call("GET", "/api/v2/users/me")
        return read_identity(read_object(answer, "user"))

    def custom_role(self, role_id: int) -> dict[str, Any]:
        """A custom agent role with its `configuration`."""
        answer = self.call("GET", f"/api/v2/custom_roles/{role_id}", template="/api/v2/custom_roles/{id}")
        return read_object(answer, "custom_role")

    def probe_tickets(self) -> None:
        """A protected read: passes only with credentials that are really ours."""
        read_list(self.call("GET", "/api/v2/tickets", params={"page[size]": "1"}), "tickets")

    def probe_webhooks(self) -> None:
        """Passes when we may see the account's webhooks."""
        read_list(self.call("GET", "/api/v2/webhooks", params={"page[size]": "1"}), "webhooks")

    def probe_triggers(self) -> None:
        """Passes when we may see the account's triggers."""
        read_list(self.call("GET", "/api/v2/triggers", params={"page[size]": "1"}), "triggers")

    # -- tickets ----------------------------------------------------------------------------------

    def create_ticket(self, body: str, idempotency_key: str) -> TicketWritten:
        """Make a ticket from the exact `body`. The key holds two hours.

        https://developer.zendesk.com/api-reference/ticketing/introduction/#idempotency
        """
        answer = self.call("POST", "/api/v2/tickets", body=body.encode(), headers={"Idempotency-Key": idempotency_key})
        return read_written(read_body(answer), answer)

    def update_ticket(self, ticket_id: int, ticket: Mapping[str, Any]) -> TicketWritten:
        """Change a ticket; a comment among the changes is named in the answer's audit."""
        answer = self.call(
            "PUT",
            f"/api/v2/tickets/{ticket_id}",
            template="/api/v2/tickets/{id}",
            body=json.dumps({"ticket": ticket}).encode(),
        )
        return read_written(read_body(answer), answer)

    def ticket(self, ticket_id: int) -> Ticket:
        """One ticket. `NotFound` with `is_record` when it was deleted."""
        answer = self.call("GET", f"/api/v2/tickets/{ticket_id}", template="/api/v2/tickets/{id}")
        found = read_ticket(read_object(answer, "ticket"), answer)
        if found.status == DELETED:
            raise errors.NotFound("", status=answer.status, code="RecordNotFound")
        return found

    def tickets(self, ticket_ids: Sequence[int]) -> list[Ticket]:
        """Up to 100 tickets at once; deleted ones are simply not among them."""
        ids = ",".join(str(ticket_id) for ticket_id in ticket_ids)
        answer = self.call("GET", "/api/v2/tickets/show_many", params={"ids": ids})
        found = [read_ticket(row, answer) for row in read_list(answer, "tickets")]
        return [ticket for ticket in found if ticket.status != DELETED]

    def tickets_by_external_id(self, external_id: str) -> list[Ticket]:
        """Every ticket with this external id that is not deleted, oldest first; Zendesk does not hold it unique."""
        answer = self.call("GET", "/api/v2/tickets", params={"external_id": external_id})
        found = [read_ticket(row, answer) for row in read_list(answer, "tickets")]
        kept = (t for t in found if t.external_id == external_id and t.status != DELETED)
        return sorted(kept, key=lambda t: t.id)

    def comments(self, ticket_id: int) -> Iterator[CommentsPage]:
        """The ticket's comments, newest page first, with their authors. The caller stops when it has enough."""
        params = {"sort": "-created_at", "include": "users", "page[size]": str(PAGE_SIZE)}
        for _page in range(MOST_PAGES):
            answer = self.call(
                "GET", f"/api/v2/tickets/{ticket_id}/comments", template="/api/v2/tickets/{id}/comments", params=params
            )
            body = read_body(answer)
            people = [read_identity(row) for row in body.get("users") or [] if isinstance(row, dict)]
            rows = [read_comment(row, answer) for row in read_list(answer, "comments")]
            following = next_page(body)
            yield CommentsPage(tuple(rows), {p.id: p for p in people if p.id is not None})
            if not following:
                return
            if "page" in following:  # by offset: never both ways to page in one call
                params.pop("page[size]", None)
            params |= following

    def all_comments(self, ticket_id: int) -> list[Comment]:
        """Every comment of a ticket, oldest first."""
        found = [comment for page in self.comments(ticket_id) for comment in page.comments]
        return sorted(found, key=lambda comment: (comment.created_at, comment.id))

    # -- people -----------------------------------------------------------------------------------

    def user(self, user_id: int) -> Identity:
        """One person; deleted ones are still told. `NotFound` with `is_record` when there never was one."""
        answer = self.call("GET", f"/api/v2/users/{user_id}", template="/api/v2/users/{id}")
        return read_identity(read_object(answer, "user"))

    def users(self, user_ids: Sequence[int]) -> dict[int, Identity]:
        """People by id."""
        ids = ",".join(str(user_id) for user_id in user_ids)
        answer = self.call("GET", "/api/v2/users/show_many", params={"ids": ids})
        people = [read_identity(row) for row in read_list(answer, "users")]
        return {person.id: person for person in people if person.id is not None}

    def search_users(self, query: str) -> list[Identity]:
        """Users by `email:…` or `phone:…`; the index is seconds late, so a new one may be missing."""
        answer = self.call("GET", "/api/v2/users/search", params={"query": query})
        return [read_identity(row) for row in read_list(answer, "users")]

    def update_user(self, user_id: int, changes: Mapping[str, Any]) -> Identity:
        """Change a user."""
        body = json.dumps({"user": changes}).encode()
        answer = self.call("PUT", f"/api/v2/users/{user_id}", template="/api/v2/users/{id}", body=body)
        return read_identity(read_object(answer, "user"))

    def create_or_update_user(self, user: Mapping[str, Any]) -> Identity:
        """Make a user, or change the one with the same external id or email. Safe to repeat."""
        answer = self.call("POST", "/api/v2/users/create_or_update", body=json.dumps({"user": user}).encode())
        person = read_identity(read_object(answer, "user"))
        if person.id is None:
            raise errors.BadResponse("", status=answer.status)
        return person


def next_page(body: dict[str, Any]) -> dict[str, str]:
    """The parameters of the next page; loops on `has_more`, since `links.next` is set on the last page too."""
    meta, links = body.get("meta"), body.get("links")
    if isinstance(meta, dict):
        if meta.get("has_more") and meta.get("after_cursor"):
            return {"page[after]": str(meta["after_cursor"])}
        following = links.get("next") if meta.get("has_more") and isinstance(links, dict) else None
    else:
        following = body.get("next_page")
    if isinstance(following, str):
        return {name: values[0] for name, values in parse_qs(urlsplit(following).query).items()}
    return {}
