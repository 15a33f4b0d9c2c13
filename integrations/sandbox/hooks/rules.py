"""Triggers and views made, changed and removed by a person: through the API, or by hand."""

from typing import Any

from integrations.sandbox.api.answers import Json, invalid_record
from integrations.sandbox.hooks import ledger
from integrations.sandbox.hooks.webhooks import RINGING, need_webhooks
from integrations.sandbox.models import Account, Person, Trigger, View
from integrations.sandbox.store import now, stamp

# A view must say one of these of every ticket it lists.
NEEDED_IN_VIEWS = ("status", "type", "group_id", "assignee_id", "requester_id")
MOST_COLUMNS = 10
COLUMN_TITLES = {"nice_id": "ID", "status": "Status", "subject": "Subject", "requester": "Requester",
                 "assignee": "Assignee", "created": "Requested", "updated": "Updated", "group": "Group",
                 "priority": "Priority", "type": "Type", "description": "Description"}  # fmt: skip
USUAL_COLUMNS = ("subject", "requester", "created", "type", "priority")


# -- triggers ----------------------------------------------------------------------------------------


def make_trigger(account: Account, person: Person | None, said: Json) -> Trigger:
    """A new trigger, the last in order unless said. Raises 422 without title or actions; 403 as below."""
    if not said.get("title"):
        raise invalid_record("title", "Title: cannot be blank", "BlankValue")
    if not said.get("actions"):
        raise invalid_record("actions", "Actions: cannot be blank", "BlankValue")
    last = Trigger.objects.filter(account=account).order_by("-position").first()
    row = Trigger(account=account, position=last.position + 1 if last is not None else 1)
    put_trigger(row, said)
    row.save(force_insert=True)
    ledger.keep_revision(row, person, snapshot_of(row))
    ledger.record(account, person, "create", ("trigger", str(row.pk), row.title))
    return row


def change_trigger(row: Trigger, person: Person | None, said: Json) -> None:
    """Changes what was said; a change makes a revision. Raises 422."""
    before = audited(row)
    put_trigger(row, said)
    row.updated_at = now()
    row.save()
    after = audited(row)
    if after != before:
        ledger.keep_revision(row, person, snapshot_of(row))
        ledger.record(row.account, person, "update", ("trigger", str(row.pk), row.title), before, after)


def remove_trigger(row: Trigger, person: Person | None) -> None:
    """Deletes it, with its revisions."""
    ledger.record(row.account, person, "destroy", ("trigger", str(row.pk), row.title))
    row.delete()


def put_trigger(row: Trigger, said: Json) -> None:
    """Conditions may be nested or stand at the top. Raises 422, and 403 for a webhook on a plan without them."""
    nested = said.get("conditions")
    source: dict[str, Any] = nested if isinstance(nested, dict) else said
    check_rows(said.get("actions"), source.get("all"), source.get("any"))
    if said.get("actions") == [] or said.get("title") == "":
        raise invalid_record("base", "Title and actions: cannot be blank", "BlankValue")
    if any(one.get("field") == RINGING for one in said.get("actions") or []):
        need_webhooks(row.account)
    for name, column in (("title", "title"), ("description", "description"), ("active", "is_active"),
                         ("position", "position"), ("actions", "actions")):  # fmt: skip
        if said.get(name) is not None:
            setattr(row, column, said[name])
    if said.get("category_id") is not None:
        row.category_id = str(said["category_id"])
    if "all" in source or "any" in source:
        row.conditions = {"all": source.get("all") or [], "any": source.get("any") or []}


def check_rows(*lists: Any) -> None:
    """Raises 422 for what is no list of objects."""
    for rows in lists:
        if rows is not None and not (isinstance(rows, list) and all(isinstance(one, dict) for one in rows)):
            raise invalid_record("base", "Conditions and actions are lists of objects")


def snapshot_of(row: Trigger) -> Json:
    """What a revision keeps."""
    return {
        "title": row.title,
        "description": row.description,
        "active": row.is_active,
        "conditions": conditions_of(row),
        "actions": row.actions,
    }


def audited(row: Trigger) -> Json:
    """What the audit log compares: a call of a webhook by its parts."""
    shown = {**snapshot_of(row), "position": row.position}
    value = row.actions[0].get("value") if len(row.actions) == 1 and row.actions[0].get("field") == RINGING else None
    if isinstance(value, list) and len(value) == 2:
        shown["webhook"], shown["body"] = value
        del shown["actions"]
    return shown


def conditions_of(row: Trigger | View) -> Json:
    """Both lists, whatever was said."""
    return {"all": row.conditions.get("all", []), "any": row.conditions.get("any", [])}


def show_trigger(row: Trigger) -> Json:
    """A trigger without its address."""
    return {
        "id": row.pk,
        "raw_title": row.title,
        "default": False,
        "position": row.position,
        "category_id": row.category_id,
        "created_at": stamp(row.created_at),
        "updated_at": stamp(row.updated_at),
        **snapshot_of(row),
    }


# -- views -------------------------------------------------------------------------------------------


def make_view(account: Account, person: Person | None, said: Json) -> View:
    """A new view, the last in order. Raises 422 without title or needed conditions."""
    if not said.get("title"):
        raise invalid_record("title", "Title: cannot be blank", "BlankValue")
    last = View.objects.filter(account=account).order_by("-position").first()
    row = View(account=account, position=last.position + 1 if last is not None else 1)
    put_view(row, {"all": [], **said})
    row.save(force_insert=True)
    ledger.record(account, person, "create", ("view", str(row.pk), row.title))
    return row


def change_view(row: View, person: Person | None, said: Json) -> None:
    """Changes what was said. Raises 422."""
    before = fields_of_view(row)
    put_view(row, said)
    row.updated_at = now()
    row.save()
    if fields_of_view(row) != before:
        ledger.record(row.account, person, "update", ("view", str(row.pk), row.title), before, fields_of_view(row))


def remove_view(row: View, person: Person | None) -> None:
    """Deletes it."""
    ledger.record(row.account, person, "destroy", ("view", str(row.pk), row.title))
    row.delete()


def put_view(row: View, said: Json) -> None:
    """Puts what was said onto the view; ``all`` and ``any`` stand at the top. Raises 422."""
    check_rows(said.get("all"), said.get("any"))
    if "title" in said and not said["title"]:
        raise invalid_record("title", "Title: cannot be blank", "BlankValue")
    for name, column in (("title", "title"), ("description", "description"), ("active", "is_active"),
                         ("position", "position")):  # fmt: skip
        if said.get(name) is not None:
            setattr(row, column, said[name])
    if "restriction" in said:
        row.restriction = said["restriction"]
    if isinstance(said.get("output"), dict):
        put_output(row, said["output"])
    for name in ("all", "any"):
        if name in said:
            row.conditions = {**conditions_of(row), name: said[name] or []}
    if not any(one.get("field") in NEEDED_IN_VIEWS for one in conditions_of(row)["all"]):
        text = "View must test for at least one of the following ticket properties in the ALL section: "
        raise invalid_record("base", f"{text}Status, Type, Group, Assignee, Requester", "InvalidValue")


def put_output(row: View, said: Json) -> None:
    """Columns, grouping and order. Raises 422."""
    columns = said.get("columns", row.output.get("columns", []))
    if not isinstance(columns, list) or len(columns) > MOST_COLUMNS:
        raise invalid_record("output", f"Output: at most {MOST_COLUMNS} columns")
    row.output = {**row.output, **said, "columns": [str(one) for one in columns]}


def fields_of_view(row: View) -> Json:
    """What can be changed, as it is."""
    return {
        "title": row.title,
        "description": row.description,
        "active": row.is_active,
        "position": row.position,
        "conditions": conditions_of(row),
        "output": row.output,
        "restriction": row.restriction,
    }


def show_view(row: View) -> Json:
    """A view without its address; ``output`` comes back as ``execution``."""
    own = fields_of_view(row)
    output = own.pop("output")
    group, sort = str(output.get("group_by") or ""), str(output.get("sort_by") or "created")
    orders = str(output.get("group_order") or "asc"), str(output.get("sort_order") or "desc")
    execution: Json = {
        "group_by": group or None,
        "group_order": orders[0],
        "sort_by": sort,
        "sort_order": orders[1],
        "group": {**show_column(group), "order": orders[0]} if group else None,
        "sort": {**show_column(sort), "order": orders[1]},
        "columns": [show_column(name) for name in output.get("columns") or USUAL_COLUMNS],
        "fields": [],
        "custom_fields": [],
    }
    times = {"created_at": stamp(row.created_at), "updated_at": stamp(row.updated_at)}
    return {"id": row.pk, "raw_title": row.title, "default": False, **own, "execution": execution, **times}


def show_column(name: str) -> Json:
    """A column by its name."""
    return {"id": name, "title": COLUMN_TITLES.get(name, name.replace("_", " ").capitalize())}
