"""What agents and end users do by hand: the pages and the control API play it with these."""

from collections.abc import Callable

from integrations.sandbox.api.answers import Json
from integrations.sandbox.desk import people, tickets
from integrations.sandbox.desk.merge import close_without_checks, merge_tickets
from integrations.sandbox.models import Account, Person, Ticket
from integrations.sandbox.store import now

WEB = {"system": {"client": "Stand-in agent page", "ip_address": "127.0.0.1"}, "custom": {}}
MAIL = {"system": {"client": "Mail", "message_id": "<stand-in@mail>"}, "custom": {}}


class UnplayableError(ValueError):
    """There is nobody, or nothing, to do it with."""


def find_ticket(account: Account, said: Json) -> Ticket:
    """The ticket meant, deleted ones aside. Raises ``UnplayableError``."""
    row = Ticket.objects.filter(account=account, number=said["ticket_id"], deleted_at=None).first()
    if row is None:
        raise UnplayableError(f"no ticket {said['ticket_id']}")
    return row


def find_agent(account: Account, said: Json) -> Person:
    """``agent`` (an email), else the first agent, else the first admin."""
    rows = Person.objects.filter(account=account, role__in=["agent", "admin"], is_suspended=False).order_by("pk")
    if said.get("agent"):
        rows = rows.filter(email__iexact=said["agent"])
    found = rows.filter(role="agent").first() or rows.first()
    if found is None:
        raise UnplayableError("no such agent")
    return found


def update(account: Account, said: Json, part: Json) -> Json:
    """An agent's update through the agent page."""
    ticket = find_ticket(account, said)
    if said.get("status"):
        part = {**part, "status": said["status"]}
    audit = tickets.update_ticket(ticket, find_agent(account, said), part, "web", WEB)
    first = audit.events[0]["id"] if audit.events and audit.events[0]["type"] == "Comment" else None
    return {"ticket_id": ticket.number, "status": ticket.status, "audit_id": audit.pk, "comment_id": first}


def reply(account: Account, said: Json) -> Json:
    """A public reply: ``text`` or ``html``, ``agent``, ``status``, ``uploads``."""
    return update(account, said, {"comment": comment_of(said, public=True)})


def note(account: Account, said: Json) -> Json:
    """An internal note."""
    return update(account, said, {"comment": comment_of(said, public=False)})


def comment_of(said: Json, *, public: bool) -> Json:
    """A comment from ``text`` or ``html``."""
    key = "html_body" if "html" in said else "body"
    return {key: said.get("html", said.get("text", "")), "public": public, "uploads": said.get("uploads")}


def set_status(status: str) -> Callable[[Account, Json], Json]:
    """An action that only moves the ticket."""
    return lambda account, said: update(account, {**said, "status": status}, {})


def tag(account: Account, said: Json) -> Json:
    """Adds ``tags``, removes ``remove``."""
    return update(account, said, {"additional_tags": said.get("tags", []), "remove_tags": said.get("remove", [])})


def delete(account: Account, said: Json) -> Json:
    """Deletes the ticket."""
    ticket = find_ticket(account, said)
    ticket.deleted_at = ticket.updated_at = now()
    ticket.save(update_fields=["deleted_at", "updated_at"])
    return {"ticket_id": ticket.number, "status": "deleted"}


def close(account: Account, said: Json) -> Json:
    """Closes for good, as Zendesk's automation does; no trigger sees it."""
    ticket = find_ticket(account, said)
    close_without_checks(ticket)
    return {"ticket_id": ticket.number, "status": "closed"}


def merge(account: Account, said: Json) -> Json:
    """Merges the ticket into ``into``."""
    target = find_ticket(account, {"ticket_id": said["into"]})
    merge_tickets(target, [find_ticket(account, said)], find_agent(account, said), said, WEB)
    return {"ticket_id": target.number, "status": target.status}


def end_user(account: Account, said: Json) -> Json:
    """The requester (or ``email``) answers by mail; a pending or solved ticket opens again."""
    ticket = find_ticket(account, said)
    author = people.find_by_email(account, said["email"]) if said.get("email") else ticket.requester
    if author is None:
        raise UnplayableError("no such person")
    part: Json = {"comment": comment_of(said, public=True)}
    if ticket.status in ("pending", "solved", "hold"):
        part["status"] = "open"
    audit = tickets.update_ticket(ticket, author, part, "email", MAIL)
    return {"ticket_id": ticket.number, "comment_id": audit.events[0]["id"], "status": ticket.status}


def new_ticket(account: Account, said: Json) -> Json:
    """Somebody (``email``, ``name``) opens a ticket by mail: ``subject``, ``text``."""
    person = people.find_by_email(account, said["email"]) or people.create_person(
        account, {"name": said.get("name", said["email"]), "email": said["email"]}
    )
    part = {"subject": said.get("subject", ""), "comment": comment_of(said, public=True), "tags": said.get("tags", [])}
    ticket, _audit = tickets.create_ticket(account, person, part, "email", MAIL)
    return {"ticket_id": ticket.number, "status": ticket.status}


def suspend(account: Account, said: Json) -> Json:
    """Suspends a user by ``email``; ``{"undo": true}`` lifts it."""
    person = people.find_by_email(account, said["email"]) or people.create_person(
        account, {"name": said.get("name", said["email"]), "email": said["email"]}
    )
    person.is_suspended = not said.get("undo", False)
    person.save(update_fields=["is_suspended"])
    return {"user_id": person.pk, "suspended": person.is_suspended}


ACTIONS: dict[str, Callable[[Account, Json], Json]] = {
    "reply": reply,
    "note": note,
    "solve": set_status("solved"),
    "open": set_status("open"),
    "reopen": set_status("open"),
    "pending": set_status("pending"),
    "tag": tag,
    "delete": delete,
    "close": close,
    "merge": merge,
    "end_user": end_user,
    "new_ticket": new_ticket,
    "suspend_user": suspend,
}
