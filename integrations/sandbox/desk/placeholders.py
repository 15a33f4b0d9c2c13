"""``{{ticket.id}}`` and its kin."""

import json
import re
from collections.abc import Callable

from integrations.sandbox.models import Comment, Person, Ticket

PLACEHOLDER = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
FIELD = re.compile(r"ticket\.ticket_field_(\d+)")
NTH_COMMENT = re.compile(r"ticket\.(public_)?comments\[(\d+)\]\.(id|value|body|author\.name|author\.id)")
LINE = "-" * 46


def expand(text: str, ticket: Ticket, updater: Person | None) -> str:
    """The text with its placeholders filled in; unknown ones vanish."""
    return PLACEHOLDER.sub(lambda found: value_of(found[1].strip(), ticket, updater), text)


def expand_json(text: str, ticket: Ticket, updater: Person | None) -> str:
    """The same inside a JSON body: values are escaped to stand between quotes."""
    return PLACEHOLDER.sub(lambda found: json.dumps(value_of(found[1].strip(), ticket, updater))[1:-1], text)


def value_of(name: str, ticket: Ticket, updater: Person | None) -> str:
    """The value of one placeholder; empty when there is none such."""
    plain = VALUES.get(name)
    if plain is not None:
        return plain(ticket)
    if name.startswith("current_user."):
        return person_value(updater, name.removeprefix("current_user."))
    for role, person in (("requester", ticket.requester), ("assignee", ticket.assignee)):
        if name.startswith(f"ticket.{role}."):
            return person_value(person, name.removeprefix(f"ticket.{role}.")) if person else ""
    if found := FIELD.fullmatch(name):
        value = ticket.values.get(found[1])
        return "" if value is None else " ".join(value) if isinstance(value, list) else str(value)
    if found := NTH_COMMENT.fullmatch(name):
        rows = list(comments(ticket, only_public=bool(found[1])))
        return comment_value(rows[int(found[2])], found[3]) if int(found[2]) < len(rows) else ""
    return ""


def person_value(person: Person | None, name: str) -> str:
    """A person's ``id``, ``name``, …; the system is -1."""
    if person is None:
        return "-1" if name == "id" else ""
    first, _, last = person.name.partition(" ")
    known = {
        "id": str(person.pk),
        "name": person.name,
        "email": person.email or "",
        "external_id": person.external_id or "",
        "phone": person.phone or "",
        "first_name": first,
        "last_name": last,
        "role": "End user" if person.role == "end-user" else person.role.title(),
    }
    return known.get(name, "")


def comments(ticket: Ticket, *, only_public: bool) -> list[Comment]:
    """Newest first, as Zendesk counts them here."""
    rows = Comment.objects.filter(ticket=ticket).select_related("author").order_by("-pk")
    return list(rows.filter(is_public=True) if only_public else rows)


def comment_value(comment: Comment, name: str) -> str:
    """One property of a comment."""
    known: dict[str, str] = {
        "id": str(comment.pk),
        "author.name": comment.author.name,
        "author.id": str(comment.author.pk),
    }
    return known.get(name, comment.body)


def latest(ticket: Ticket, scope: str, show: Callable[[Comment], str]) -> str:
    """The newest (public) comment, shown in some way."""
    rows = comments(ticket, only_public=scope == "public")
    return show(rows[0]) if rows else ""


def with_header(comment: Comment) -> str:
    """The block that Zendesk's plain-text comments carry."""
    moment = comment.created_at.strftime("%b %-d, %Y, %H:%M")
    return f"{LINE}\n\n{comment.author.name}, {moment}\n\n{comment.body}"


def as_ruby(ticket: Ticket, *, only_public: bool) -> str:
    """A list put plainly into a body comes out as Ruby text, with the inner number of the ticket."""
    return "".join(
        f'#<Comment id: {row.pk}, ticket_id: {ticket.pk}, value: "{row.body}">'
        for row in comments(ticket, only_public=only_public)
    )


VALUES: dict[str, Callable[[Ticket], str]] = {
    "ticket.id": lambda t: str(t.number),
    "ticket.external_id": lambda t: t.external_id or "",
    "ticket.status": lambda t: "On-hold" if t.status == "hold" else t.status.title(),
    "ticket.title": lambda t: t.subject,
    "ticket.tags": lambda t: " ".join(t.tags),
    "ticket.priority": lambda t: (t.priority or "").title(),
    "ticket.via": lambda t: {"api": "Web service (API)", "email": "Mail"}.get(t.channel, "Web form"),
    "ticket.account": lambda t: t.account.name,
    "ticket.url": lambda t: f"{t.account.subdomain}.zendesk.com/hc/requests/{t.number}",
    "ticket.link": lambda t: f"https://{t.account.subdomain}.zendesk.com/agent/tickets/{t.number}",
    "ticket.created_at": lambda t: t.created_at.strftime("%b %-d, %Y"),
    "ticket.updated_at": lambda t: t.updated_at.strftime("%b %-d, %Y"),
    "ticket.description": lambda t: with_header(comments(t, only_public=False)[-1]),
    "ticket.latest_comment": lambda t: latest(t, "any", with_header),
    "ticket.latest_comment_formatted": lambda t: latest(t, "any", with_header),
    "ticket.latest_comment_html": lambda t: latest(t, "any", lambda c: c.html_body),
    "ticket.latest_comment.id": lambda t: latest(t, "any", lambda c: str(c.pk)),
    "ticket.latest_comment.is_public": lambda t: latest(t, "any", lambda c: str(c.is_public).lower()),
    "ticket.latest_public_comment": lambda t: latest(t, "public", with_header),
    "ticket.latest_public_comment_formatted": lambda t: latest(t, "public", with_header),
    "ticket.latest_public_comment_html": lambda t: latest(t, "public", lambda c: c.html_body),
    "ticket.latest_public_comment.id": lambda t: latest(t, "public", lambda c: str(c.pk)),
    "ticket.comments": lambda t: as_ruby(t, only_public=False),
    "ticket.public_comments": lambda t: as_ruby(t, only_public=True),
}
