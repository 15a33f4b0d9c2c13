"""Forms of webhooks, triggers and views, read into the fields that the API takes."""

from collections.abc import Callable
from typing import Any

from django.http import QueryDict

from integrations.sandbox.api.answers import Json
from integrations.sandbox.desk import by_hand
from integrations.sandbox.hooks.rules import conditions_of
from integrations.sandbox.hooks.webhooks import RINGING
from integrations.sandbox.models import Trigger, View, Webhook

NO_VALUE = ("changed", "not_changed")
DATA_NAMES = {"api_key": ("name", "value"), "basic_auth": ("username", "password"), "bearer_token": ("", "token")}


def read_webhook(said: QueryDict, row: by_hand.Row | None) -> Json:
    """A webhook's form; a new one is subscribed to triggers."""
    fields: Json = {name: said.get(name, "").strip() for name in ("name", "endpoint", "http_method", "request_format")}
    fields |= {"status": "active" if "active" in said else "inactive", "signing": "signing" in said}
    if not isinstance(row, Webhook):
        return {**fields, "subscriptions": ["conditional_ticket_events"]}
    return {**fields, "authentication": read_authentication(said, row.authentication)}


def read_authentication(said: QueryDict, current: Json | None) -> Json | None:
    """How calls prove themselves; a secret left empty stays, when its kind does."""
    kind = said.get("auth", "")
    if kind not in DATA_NAMES:
        return None
    data = (current or {}).get("data") or {} if (current or {}).get("type") == kind else {}
    first, second = DATA_NAMES[kind]
    typed = {first: said.get("auth_name", "").strip(), second: said.get("auth_secret", "")}
    return {
        "type": kind,
        "data": {**data, **{name: value for name, value in typed.items() if name and value}},
        "add_position": "header",
    }


def read_trigger(said: QueryDict, row: by_hand.Row | None) -> Json:
    """A trigger's form: its first call of a webhook is the one that the form shows."""
    call = {"field": RINGING, "value": [said.get("webhook", ""), clean(said.get("body", ""))]}
    actions = list(row.actions) if isinstance(row, Trigger) else []
    place = next((number for number, one in enumerate(actions) if by_hand.is_call(one)), len(actions))
    actions[place : place + 1] = [call] if call["value"][0] else actions[place : place + 1]
    return {
        "title": said.get("title", "").strip(),
        "active": "active" in said,
        "conditions": read_conditions(said, row),
        "actions": actions,
    }


def read_view(said: QueryDict, row: by_hand.Row | None) -> Json:
    """A view's form."""
    return {"title": said.get("title", "").strip(), "active": "active" in said, **read_conditions(said, row)}


def read_conditions(said: QueryDict, row: by_hand.Row | None) -> Json:
    """The lines that name a field and are not ticked to be removed; a value that was not touched stays as it is."""
    old: list[Json] = []
    if isinstance(row, Trigger | View):
        kept = conditions_of(row)
        old = [*kept["all"], *kept["any"]]
    removed = set(said.getlist("remove"))
    read: Json = {"all": [], "any": []}
    columns = [said.getlist(name) for name in ("group", "field", "operator", "value")]
    for number, (group, field, operator, text) in enumerate(zip(*columns, strict=False)):
        if not field.strip() or str(number) in removed:
            continue
        before: Any = old[number].get("value") if number < len(old) else None
        value = before if text == by_hand.as_text(before) else text.strip()
        value = None if operator in NO_VALUE else "" if value is None else value
        read["any" if group == "any" else "all"].append({"field": field.strip(), "operator": operator, "value": value})
    return read


def clean(text: str) -> str:
    """Line ends as everybody but browsers writes them."""
    return text.replace("\r\n", "\n")


READERS: dict[str, Callable[[QueryDict, by_hand.Row | None], Json]] = {
    "webhook": read_webhook,
    "trigger": read_trigger,
    "view": read_view,
}
