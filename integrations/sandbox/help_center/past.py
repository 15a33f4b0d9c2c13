"""Tickets of the past, with the values that agents chose in their fields."""

from datetime import datetime, timedelta
from typing import Any

from integrations.sandbox.api.answers import Json
from integrations.sandbox.desk import people
from integrations.sandbox.desk.fields import check_value, refuse_value, tags_for
from integrations.sandbox.desk.text import read_plain
from integrations.sandbox.models import Account, Audit, Comment, Person, Ticket, TicketField
from integrations.sandbox.store import new_id, now, read_stamp

METADATA: Json = {"system": {"client": "Mail", "ip_address": "127.0.0.1"}, "custom": {}}
USUAL_REQUESTER: Json = {"name": "Past Customer", "email": "past.customer@example.com"}


def add_past_tickets(account: Account, said: list[Json]) -> list[int]:
    """Makes them in a few statements; their numbers.

    Each: ``subject``, ``text``, ``fields`` {id: value}, ``tags``, ``status`` (``solved``), ``created_at``,
    ``solved_at``, ``requester`` {``name``, ``email``}, ``answer`` (an agent's public comment), ``external_id``.
    Raises 422 on a value that its field cannot hold.
    """
    maker = Maker(account)
    for one in said:
        maker.add(one)
    account.next_ticket = maker.number
    account.save(update_fields=["next_ticket"])
    Ticket.objects.bulk_create(maker.tickets, batch_size=1000)
    Audit.objects.bulk_create(maker.audits, batch_size=1000)
    Comment.objects.bulk_create(maker.comments, batch_size=1000)
    return [row.number for row in maker.tickets]


class Maker:
    """Rows of past tickets, to be saved all at once."""

    def __init__(self, account: Account) -> None:
        account.refresh_from_db(fields=["next_ticket"])
        self.account, self.number = account, account.next_ticket
        self.fields = {row.number: row for row in TicketField.objects.filter(account=account, is_system=False)}
        self.people: dict[str, Person] = {}
        self.agents = list(Person.objects.filter(account=account, role="agent", role_type=None).order_by("pk"))
        self.tickets: list[Ticket] = []
        self.audits: list[Audit] = []
        self.comments: list[Comment] = []

    def add(self, said: Json) -> None:
        """One ticket with one or two comments."""
        created_at = read_time(said.get("created_at")) or now() - timedelta(days=30)
        solved_at = read_time(said.get("solved_at")) or min(created_at + timedelta(hours=5), now())
        requester = self.requester({**USUAL_REQUESTER, **said.get("requester", {})})
        agent = self.agents[self.number % len(self.agents)] if self.agents else None
        values, tags = self.values(said.get("fields", {}))
        ticket = Ticket(
            account=self.account, number=self.number, subject=said.get("subject", ""), requester=requester,
            submitter=requester, assignee=agent, status=said.get("status", "solved"), values=values,
            tags=sorted({*tags, *said.get("tags", [])}), external_id=said.get("external_id"),
            channel=said.get("channel", "email"), created_at=created_at, updated_at=solved_at,
        )  # fmt: skip
        self.number += 1
        self.tickets.append(ticket)
        self.say(ticket, requester, said["text"], created_at)
        if said.get("answer") and agent is not None:
            self.say(ticket, agent, said["answer"], solved_at)

    def values(self, said: Json) -> tuple[Json, list[str]]:
        """Checked values by field, and the tags they put on the ticket. Raises 422."""
        values: Json = {}
        tags: list[str] = []
        for key, value in said.items():
            field = self.fields.get(int(key))
            if field is None:
                raise refuse_value(TicketField(number=int(key), title=f"Field {key}"), value)
            values[str(key)] = check_value(field, value)
            tags += tags_for(field, values[str(key)])
        return values, tags

    def requester(self, said: Json) -> Person:
        """Found by email, or made."""
        email = str(said["email"]).lower()
        if email not in self.people:
            found = people.find_by_email(self.account, email)
            self.people[email] = found or people.create_person(self.account, {**said, "role": "end-user"})
        return self.people[email]

    def say(self, ticket: Ticket, author: Person, text: str, at: datetime) -> None:
        """A public comment, with its audit."""
        plain, html = read_plain(text)
        channel = "email" if author is ticket.requester else "web"
        audit = Audit(ticket=ticket, author=author, channel=channel, metadata=METADATA, created_at=at)
        comment = Comment(
            ticket=ticket, audit=audit, author=author, body=plain, html_body=html, is_public=True, channel=channel,
            created_at=at,
        )  # fmt: skip
        event = {"id": comment.pk, "type": "Comment", "author_id": author.pk, "body": plain, "html_body": html,
                 "plain_body": plain, "public": True, "audit_id": audit.pk, "attachments": []}  # fmt: skip
        status = {"id": new_id(), "type": "Change", "field_name": "status", "value": ticket.status}
        audit.events = [event, status] if author is not ticket.requester else [event]
        self.audits.append(audit)
        self.comments.append(comment)


def read_time(text: Any) -> datetime | None:
    """A time, when one is given."""
    return read_stamp(text) if isinstance(text, str) else None
