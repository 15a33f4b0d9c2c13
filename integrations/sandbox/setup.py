"""Making the database, and accounts in it."""

import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.utils.text import slugify

from integrations.sandbox.api.schedules import add_schedule
from integrations.sandbox.desk.by_hand import find_hand
from integrations.sandbox.desk.fields import SYSTEM
from integrations.sandbox.help_center import sample
from integrations.sandbox.help_center.past import add_past_tickets
from integrations.sandbox.help_center.setup import build_help_center
from integrations.sandbox.hooks.rules import make_trigger
from integrations.sandbox.hooks.triggers import ANY_REPLY_OR_STATUS, REFERENCE_BODY
from integrations.sandbox.hooks.webhooks import RINGING, new_secret
from integrations.sandbox.models import (
    Account,
    ApiRequest,
    CustomRole,
    Person,
    PlatformLink,
    TicketField,
    Webhook,
)
from integrations.sandbox.models.people import ADMIN, LIGHT_AGENT
from integrations.sandbox.store import new_id, writing
from integrations.sandbox.sunshine.setup import build_app

Json = dict[str, Any]
TRIGGER_TITLE = "OpenCX: public reply or status change"
PEOPLE: list[Json] = [
    {"name": "Ada Admin", "email": "admin@{sub}.example", "role": "admin", "role_type": ADMIN},
    {"name": "Grace Agent", "email": "grace@{sub}.example", "role": "agent"},
    {"name": "Linus Agent", "email": "linus@{sub}.example", "role": "agent"},
    {"name": "Lou Light", "email": "lou@{sub}.example", "role": "agent", "role_type": LIGHT_AGENT},
    # Who makes changes by hand: not the person whose credentials the API is used with.
    {"name": "Mara Admin", "email": "mara@{sub}.example", "role": "admin", "role_type": ADMIN},
]


def prepare(product_url: str, *, with_past: bool = False) -> None:
    """Applies migrations; a new database gets the account ``acme``, with the demo's past, and the platform's link."""
    Path(settings.DATABASES["default"]["NAME"]).parent.mkdir(parents=True, exist_ok=True)
    call_command("migrate", verbosity=0, interactive=False)
    connection.close()
    with writing():
        link, _made = PlatformLink.objects.get_or_create(name="default")
        if product_url and link.product_url != product_url:
            link.product_url = product_url.rstrip("/")
            link.save(update_fields=["product_url"])
        if not Account.objects.exists():
            past = sample.account() if with_past else {}
            account = build_account({"subdomain": "acme", "name": "Acme Outfitters", "enterprise": True, **past})
            add_past_tickets(account, sample.past_tickets() if with_past else [])
        for account in Account.objects.filter(sunshine=None):
            build_app(account, {})
        for account in Account.objects.filter(help_center=None):
            build_help_center(account, {})


def build_account(said: Json) -> Account:
    """Makes or replaces an account; what is not said is filled in from the subdomain.

    See ``integrations/sandbox/README.md`` for every key.
    """
    sub = slugify(said["subdomain"])
    Account.objects.filter(subdomain=sub).delete()
    ApiRequest.objects.filter(subdomain=sub).delete()
    admin = f"admin@{sub}.example"
    account = Account.objects.create(
        subdomain=sub,
        name=said.get("name") or sub.title(),
        number=10_000_000 + secrets.randbelow(9_000_000),
        token_access=said.get("token_access", True),
        is_enterprise=said.get("enterprise", False),
        has_webhooks=said.get("has_webhooks", True),
        oauth_clients=said.get(
            "oauth_clients", [{"client_id": f"{sub}-client", "client_secret": f"{sub}-secret", "email": admin}]
        ),
        api_tokens=said.get("api_tokens", [{"email": admin, "token": f"{sub}-token"}]),
        limits=said.get("limits", {}),
        next_ticket=said.get("next_ticket", 1001),
    )
    roles = {one["name"]: add_role(account, one) for one in said.get("custom_roles", [])}
    for one in said.get("people", PEOPLE):
        add_person(account, one, roles)
    for position, (kind, title) in enumerate(SYSTEM):
        TicketField.objects.create(account=account, kind=kind, title=title, is_system=True, position=position)
    for one in said.get("schedules", []):
        add_schedule(account, one)
    for one in said.get("ticket_fields", []):
        add_field(account, one)
    if said.get("trigger", True):
        add_webhook_and_trigger(account, said.get("endpoint", ""), said.get("trigger_body", REFERENCE_BODY))
    if said.get("sunshine", {}) is not False:
        build_app(account, said.get("sunshine", {}))
    build_help_center(account, said.get("help_center", {}))
    return account


def add_role(account: Account, said: Json) -> CustomRole:
    """A custom role."""
    return CustomRole.objects.create(
        account=account,
        name=said["name"],
        role_type=said.get("role_type", 0),
        configuration=said.get("configuration", {}),
    )


def add_person(account: Account, said: Json, roles: dict[str, CustomRole]) -> Person:
    """A person; ``custom_role`` names one of the account's roles."""
    role = roles.get(str(said.get("custom_role")))
    return Person.objects.create(
        account=account,
        name=said["name"],
        email=said["email"].format(sub=account.subdomain) if said.get("email") else None,
        phone=said.get("phone"),
        external_id=said.get("external_id"),
        role=said.get("role", "end-user"),
        role_type=role.role_type if role else said.get("role_type"),
        custom_role_id=role.pk if role else None,
        is_suspended=said.get("suspended", False),
        is_active=said.get("active", True),
        is_verified=True,
    )


def add_field(account: Account, said: Json) -> TicketField:
    """A custom field; ``options``: ``[{"name", "value"}]``."""
    return TicketField.objects.create(
        number=said.get("id") or new_id(),
        account=account,
        kind=said["type"],
        title=said["title"],
        description=said.get("description", ""),
        options=[{"id": new_id(), **one} for one in said.get("options", [])],
        tag=said.get("tag"),
        pattern=said.get("regexp_for_validation"),
        is_required=said.get("required", False),
        is_active=said.get("active", True),
        position=100,
    )


def add_webhook_and_trigger(account: Account, endpoint: str, body: str) -> Webhook:
    """The pair an account begins with, as an admin made it; the webhook is inactive until it has an endpoint."""
    maker = find_hand(account)
    webhook = Webhook.objects.create(
        account=account,
        name="OpenCX",
        endpoint=endpoint,
        status="active" if endpoint else "inactive",
        subscriptions=["conditional_ticket_events"],
        secret=new_secret(),
        created_by=str(maker.pk) if maker is not None else "-1",
    )
    action = {"field": RINGING, "value": [webhook.pk, body]}
    make_trigger(account, maker, {"title": TRIGGER_TITLE, "conditions": ANY_REPLY_OR_STATUS, "actions": [action]})
    return webhook
