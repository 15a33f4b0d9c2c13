"""Making the app of an account."""

import hashlib
from typing import Any

from integrations.sandbox.models import Account, Seat, SunshineApp, SunshineIntegration, SunshineKey
from integrations.sandbox.models.sunshine import OPTIONS
from integrations.sandbox.sunshine.messages import ANSWER_BOT
from integrations.sandbox.sunshine.workspace import AGENT_WORKSPACE

Json = dict[str, Any]


def build_app(account: Account, said: Json) -> SunshineApp:
    """The app with its keys and its switchboard; what is not said is made from the subdomain.

    Keys: ``app_id``, ``name``, ``keys`` [{``id``, ``secret``, ``scope``}], ``switchboard`` (false = none),
    ``agent_workspace`` (false = not in the switchboard), and ``OPTIONS``.
    """
    sub = account.subdomain
    app = SunshineApp.objects.create(
        account=account,
        uid=said.get("app_id") or digits_of(sub),
        display_name=said.get("name") or account.name,
        options={name: said[name] for name in OPTIONS if name in said},
        has_switchboard=said.get("switchboard", True),
    )
    web = SunshineIntegration.objects.create(app=app, kind="web", display_name="Web Widget")
    usual = [
        {"id": f"app_{digits_of(f'{sub} key')}", "secret": f"{sub}-sunshine-secret", "scope": "app"},
        {"id": f"int_{digits_of(f'{sub} integration')}", "secret": f"{sub}-integration-secret", "scope": "integration"},
    ]
    for one in said.get("keys") or usual:
        add_key(app, one, web)
    if app.has_switchboard:
        app.default_seat = Seat.objects.create(app=app, name="zd-answerBot", integration_type=ANSWER_BOT)
        app.save(update_fields=["default_seat"])
        if said.get("agent_workspace", True):
            add_agent_workspace(app)
    return app


def add_key(app: SunshineApp, said: Json, integration: SunshineIntegration) -> SunshineKey:
    """A key of the scope said; an integration key belongs to the given one."""
    scope = said.get("scope", "app")
    return SunshineKey.objects.create(
        app=app,
        key_id=said["id"],
        secret=said["secret"],
        scope=scope,
        display_name=said.get("name", "OpenCX"),
        integration=integration if scope == "integration" else None,
    )


def add_agent_workspace(app: SunshineApp) -> Seat:
    """The agents' place in the switchboard, after the bot."""
    seat = Seat.objects.create(
        app=app, name="zd-agentWorkspace", integration_type=AGENT_WORKSPACE, delivers_standby_events=False
    )
    if app.default_seat is not None:
        app.default_seat.next_seat = seat
        app.default_seat.save(update_fields=["next_seat"])
    return seat


def digits_of(text: str) -> str:
    """24 hexadecimal digits, always the same for a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:24]
