"""Who calls Sunshine: a key by Basic, or a JWT signed with it."""

import base64
import binascii
import hashlib
import hmac
import json
from typing import Any

from django.http import HttpRequest

from integrations.sandbox.api.answers import RefusedError
from integrations.sandbox.models import SunshineApp, SunshineKey
from integrations.sandbox.sunshine.answers import refuse

ACCOUNT, APP, INTEGRATION = "account", "app", "integration"


def authenticate(request: HttpRequest, app: SunshineApp) -> SunshineKey:
    """The key that the call comes with. Raises 401."""
    kind, _sep, rest = request.headers.get("Authorization", "").strip().partition(" ")
    if kind.lower() == "basic":
        return read_basic(app, rest.strip())
    if kind.lower() == "bearer":
        return read_jwt(app, rest.strip())
    raise unauthorized()


def unauthorized() -> RefusedError:
    """401, whatever is wrong with the credentials."""
    return refuse(401)


def read_basic(app: SunshineApp, encoded: str) -> SunshineKey:
    """``keyId:secret``."""
    try:
        key_id, _sep, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise unauthorized() from None
    key = SunshineKey.objects.select_related("integration").filter(app=app, key_id=key_id).first()
    if key is None or not hmac.compare_digest(key.secret.encode(), secret.encode()):
        raise unauthorized()
    return key


def read_jwt(app: SunshineApp, token: str) -> SunshineKey:
    """HS256 with the key's id as ``kid``; its scope claim may not exceed the key's."""
    head, _sep, rest = token.partition(".")
    payload, _sep, signature = rest.partition(".")
    try:
        header, claims = read_part(head), read_part(payload)
        sent = base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
    except (binascii.Error, ValueError):
        raise unauthorized() from None
    key = SunshineKey.objects.select_related("integration").filter(app=app, key_id=str(header.get("kid"))).first()
    if key is None or header.get("alg") != "HS256" or claims.get("scope") != key.scope:
        raise unauthorized()
    wanted = hmac.new(key.secret.encode(), f"{head}.{payload}".encode(), hashlib.sha256).digest()
    if not hmac.compare_digest(wanted, sent):
        raise unauthorized()
    return key


def read_part(text: str) -> dict[str, Any]:
    """The JSON object in one part of a JWT. Raises ``ValueError`` and 401."""
    value = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    if not isinstance(value, dict):
        raise unauthorized()
    return value


def check_scope(key: SunshineKey, area: str) -> None:
    """Raises 403: account provisioning is for account keys, an app's own settings are not for integration keys."""
    if area == "accounts" and key.scope != ACCOUNT:
        raise refuse(403)
    if area == "app" and key.scope == INTEGRATION:
        raise refuse(403)
