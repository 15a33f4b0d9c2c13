"""What an admin does by hand in Admin Center: the same as through the API, as a person of that name."""

import json
from collections.abc import Callable
from typing import Any

from integrations.sandbox.api.answers import Json, not_found
from integrations.sandbox.api.rights import Rights, rights_of
from integrations.sandbox.hooks import rules, webhooks
from integrations.sandbox.models import Account, CustomRole, Person, Trigger, View, Webhook

Row = Webhook | Trigger | View
MODELS: dict[str, Any] = {"webhook": Webhook, "trigger": Trigger, "view": View}
API_ROLE = "API without Admin Center"
ROLE_CONFIGURATION: Json = {
    "ticket_access": "all",
    "ticket_comment_access": "public",
    "ticket_editing": True,
    "ticket_deletion": True,
    "ticket_merge": True,
    "end_user_profile_access": "full",
    "light_agent": False,
}


def find_hand(account: Account, name: str = "") -> Person | None:
    """The admin who makes changes by hand: by name or address, else one whose credentials the API is not used with."""
    staff = Person.objects.filter(account=account, role__in=["admin", "agent"], is_active=True).order_by("pk")
    if name:
        return staff.filter(email__iexact=name).first() or staff.filter(name__iexact=name).first()
    admins = [one for one in staff if one.role == "admin"]
    others = [one for one in admins if one.email not in api_emails(account)]
    return next(iter([*others, *admins, *staff]), None)


def api_emails(account: Account) -> set[str]:
    """The addresses of those whose credentials the API is used with."""
    return {str(one.get("email")) for one in [*account.oauth_clients, *account.api_tokens]}


def find_object(account: Account, kind: str, pk: str) -> Row:
    """The webhook, trigger or view of that id, or the first when none is named. Raises 404."""
    rows = MODELS[kind].objects.filter(account=account).order_by("pk")
    if pk and kind != "webhook" and not pk.isdigit():
        raise not_found()
    row: Row | None = rows.filter(pk=pk).first() if pk else rows.first()
    if row is None:
        raise not_found()
    return row


def list_objects(account: Account, kind: str) -> list[Row]:
    """All of that kind, in the order in which they run or stand."""
    order = ["pk"] if kind == "webhook" else ["position", "pk"]
    return list(MODELS[kind].objects.filter(account=account).order_by(*order))


def kind_of(row: Row) -> str:
    """webhook, trigger or view."""
    return next(kind for kind, model in MODELS.items() if isinstance(row, model))


def create(account: Account, kind: str, person: Person | None, fields: Json) -> Row:
    """A new one of that kind. Raises what the API would."""
    made: Row = MAKERS[kind](account, person, fields)
    if kind == "webhook" and "signing" in fields:
        set_signing(made, fields)
    return made


def change(row: Row, person: Person | None, fields: Json) -> None:
    """Changes what is named; a webhook's ``signing`` and ``signing_secret`` too. Raises what the API would."""
    if isinstance(row, Webhook):
        set_signing(row, fields)
        said = {name: value for name, value in fields.items() if name in webhooks.FIELDS}
        if said:
            webhooks.change_webhook(row, person, said)
    elif isinstance(row, Trigger):
        rules.change_trigger(row, person, read_body(row, fields))
    else:
        rules.change_view(row, person, fields)


def remove(row: Row, person: Person | None, *, is_forced: bool = False) -> None:
    """Deletes it. Raises 400 for a webhook that triggers name, unless forced."""
    if isinstance(row, Webhook):
        webhooks.remove_webhook(row, person, is_forced=is_forced)
    elif isinstance(row, Trigger):
        rules.remove_trigger(row, person)
    else:
        rules.remove_view(row, person)


def set_signing(row: Row, fields: Json) -> None:
    """Whether a webhook signs, and with which secret; Zendesk's own API cannot say so."""
    if isinstance(row, Webhook) and {"signing", "signing_secret"} & fields.keys():
        row.is_signing = bool(fields.get("signing", row.is_signing))
        row.secret = fields.get("signing_secret") or row.secret
        row.save(update_fields=["is_signing", "secret"])


def read_body(row: Trigger, fields: Json) -> Json:
    """``body`` and ``webhook_id`` are short for the actions that ring a webhook."""
    if not {"body", "webhook_id"} & fields.keys():
        return fields
    actions = [
        {**one, "value": [fields.get("webhook_id", one["value"][0]), fields.get("body", one["value"][1])]}
        if is_call(one) else one
        for one in row.actions
    ]  # fmt: skip
    return {"actions": actions, **{name: value for name, value in fields.items() if name not in ("body", "webhook_id")}}


def is_call(action: Json) -> bool:
    """Whether an action rings a webhook with a body."""
    value = action.get("value")
    return action.get("field") == webhooks.RINGING and isinstance(value, list) and len(value) > 1


def as_text(value: object) -> str:
    """A condition's value in a form."""
    return "" if value is None else value if isinstance(value, str) else json.dumps(value)


def describe_rules(account: Account) -> Json:
    """Every webhook, trigger and view of the account."""
    return {
        "webhooks": [describe_object(one) for one in Webhook.objects.filter(account=account).order_by("pk")],
        "triggers": [describe_object(one) for one in Trigger.objects.filter(account=account).order_by("pk")],
        "views": [describe_object(one) for one in View.objects.filter(account=account).order_by("pk")],
    }


def describe_object(row: Row) -> Json:
    """As the API shows it; a webhook with its secret, and whether it signs."""
    if isinstance(row, Webhook):
        return {**webhooks.show_webhook(row), "signing_secret": row.secret, "signs": row.is_signing}
    return rules.show_trigger(row) if isinstance(row, Trigger) else rules.show_view(row)


MAKERS: dict[str, Callable[[Account, Person | None, Json], Row]] = {
    "webhook": webhooks.make_webhook,
    "trigger": rules.make_trigger,
    "view": rules.make_view,
}


# -- the API's user ----------------------------------------------------------------------------------


def api_user(account: Account) -> Person | None:
    """The first person whose credentials the API is used with."""
    return Person.objects.filter(account=account, email__in=api_emails(account)).order_by("pk").first()


def rights_of_api(account: Account) -> Rights:
    """What that person may do; nothing when there is none."""
    person = api_user(account)
    return rights_of(person) if person is not None else Rights()


def let_manage(account: Account, *, rules_too: bool, webhooks_too: bool) -> None:
    """Gives the API's users the rights to manage rules and webhooks, or takes them away by a custom role."""
    for person in Person.objects.filter(account=account, email__in=api_emails(account)):
        rights = rights_of(person)
        if (rights.manages_rules, rights.manages_webhooks) == (rules_too, webhooks_too):
            continue
        if rules_too and webhooks_too:
            person.role, person.custom_role_id = "admin", None
        else:
            person.role, person.custom_role_id = "agent", role_for(account, rules_too, webhooks_too).pk
        person.role_type = None
        person.save(update_fields=["role", "role_type", "custom_role_id"])


def role_for(account: Account, rules_too: bool, webhooks_too: bool) -> CustomRole:
    """The custom role of the API's users, with just these rights."""
    row, _made = CustomRole.objects.get_or_create(account=account, name=API_ROLE)
    row.configuration = {
        **ROLE_CONFIGURATION,
        "manage_business_rules": rules_too,
        "manage_extensions_and_channels": webhooks_too,
    }
    row.save(update_fields=["configuration"])
    return row
