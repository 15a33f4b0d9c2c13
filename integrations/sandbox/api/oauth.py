"""``/oauth/tokens`` and what can be asked about tokens."""

import secrets
from datetime import timedelta
from typing import Any

from django.http import HttpResponse

from integrations.sandbox.api.answers import Json, ok, refuse
from integrations.sandbox.api.gate import Call
from integrations.sandbox.desk.people import find_by_email
from integrations.sandbox.models import AccessToken, Person
from integrations.sandbox.store import now

SHORTEST, LONGEST, USUAL = 300, 172_800, 172_800


def create_token(call: Call) -> HttpResponse:
    """POST /oauth/tokens: the client-credentials grant, answered 201. Raises 400, 401."""
    form = call.request.POST
    said: Json = form.dict() if form else call.body()
    if said.get("grant_type") != "client_credentials":
        text = "The authorization grant type is not supported by the authorization server."
        raise refuse(400, {"error": "unsupported_grant_type", "error_description": text})
    client = find_client(call, said)
    owner = find_owner(call, client)
    seconds = read_seconds(said.get("expires_in"))
    scopes = str(said.get("scope") or "read write")
    row = AccessToken.objects.create(
        account=call.account,
        person=owner,
        token=secrets.token_hex(32),
        scopes=scopes,
        expires_at=now() + timedelta(seconds=seconds),
    )
    body = {"access_token": row.token, "token_type": "bearer", "scope": scopes, "expires_in": seconds}
    return ok(body, 201, **{"Cache-Control": "no-store"})


def find_client(call: Call, said: Json) -> dict[str, Any]:
    """The account's OAuth client. Raises 401."""
    for client in call.account.oauth_clients:
        if client["client_id"] == said.get("client_id") and client["client_secret"] == said.get("client_secret"):
            return dict(client)
    text = (
        "Client authentication failed due to unknown client, no client authentication included, "
        "or unsupported authentication method."
    )
    raise refuse(401, {"error": "invalid_client", "error_description": text})


def find_owner(call: Call, client: dict[str, Any]) -> Person:
    """Whose rights the token has: the client's person, else the first admin. Raises 401."""
    owner = find_by_email(call.account, str(client.get("email") or ""))
    owner = owner or Person.objects.filter(account=call.account, role="admin", is_active=True).order_by("pk").first()
    if owner is None:
        raise refuse(401, {"error": "invalid_client", "error_description": "The client has no user."})
    return owner


def read_seconds(value: Any) -> int:
    """300 s to 2 days. Raises 400."""
    if value is None:
        return USUAL
    if not str(value).isdigit() or not SHORTEST <= int(value) <= LONGEST:
        text = f"expires_in must be between {SHORTEST} and {LONGEST} seconds"
        raise refuse(400, {"error": "invalid_request", "error_description": text})
    return int(value)


def current_token(call: Call) -> HttpResponse:
    """GET /oauth/tokens/current."""
    header = call.request.headers.get("Authorization", "")
    row = AccessToken.objects.filter(account=call.account, token=header.partition(" ")[2]).first()
    if row is None:
        raise refuse(404, {"error": "RecordNotFound", "description": "Not found"})
    shown = {"id": row.pk, "user_id": row.person.pk, "scopes": row.scopes.split(), "token": row.token[:10]}
    return ok({"token": {**shown, "expires_at": row.expires_at.isoformat(), "refresh_token": None}})
