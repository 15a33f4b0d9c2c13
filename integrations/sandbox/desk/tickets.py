"""Making and changing tickets, whoever does it: the API, an agent's page, an email."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from integrations.sandbox.api.answers import Json, invalid_record, refuse
from integrations.sandbox.desk import fields, people
from integrations.sandbox.desk.comments import add_comment
from integrations.sandbox.hooks import triggers
from integrations.sandbox.models import Account, Audit, Person, Ticket
from integrations.sandbox.store import new_id, now, read_stamp, stamp

# Who else looks at a ticket once it changed: the Agent Workspace lets go of a solved one.
watchers: list[Callable[[Ticket], None]] = []
STATUSES = ("new", "open", "pending", "hold", "solved", "closed")
PRIORITIES = ("urgent", "high", "normal", "low")
KINDS = ("problem", "incident", "question", "task")
KNOWN = {
    "subject", "raw_subject", "comment", "description", "requester", "requester_id", "submitter_id", "external_id",
    "tags", "custom_fields", "fields", "ticket_form_id", "brand_id", "group_id", "priority", "type", "status",
    "custom_status_id", "via_followup_source_id", "metadata", "email_ccs", "followers", "collaborators",
    "collaborator_ids", "assignee_id", "assignee_email", "recipient", "problem_id", "due_at", "organization_id",
    "safe_update", "updated_stamp", "macro_ids", "via", "additional_tags", "remove_tags", "additional_collaborators",
}  # fmt: skip


@dataclass
class Change:
    """One update under way: by whom, through what, and what it changed so far."""

    ticket: Ticket
    author: Person
    channel: str
    audit: Audit
    is_new: bool = False
    comments_publicly: bool = True
    before: Json = field(default_factory=dict)
    comment_is_public: bool | None = None

    def note(self, name: str, before: Any, after: Any) -> None:
        """Remembers a changed property, as the audit shows it."""
        if self.is_new:
            self.audit.events.append({"id": new_id(), "type": "Create", "field_name": name, "value": after})
        elif before != after:
            event = {"id": new_id(), "type": "Change", "field_name": name, "value": after, "previous_value": before}
            self.audit.events.append(event)
            self.before[name] = before


def begin(ticket: Ticket, author: Person, channel: str, metadata: Json, *, is_new: bool = False) -> Change:
    """Opens an audit for an update."""
    audit = Audit(ticket=ticket, author=author, channel=channel, metadata=metadata, created_at=now())
    return Change(ticket, author, channel, audit, is_new=is_new)


def create_ticket(
    account: Account, author: Person, said: Json, channel: str, metadata: Json, *, comments_publicly: bool = True
) -> tuple[Ticket, Audit]:
    """A new ticket with its first comment. Raises 422."""
    said = inherit(account, said)
    comment = read_comment(said)
    if comment is None or not (comment.get("body") or comment.get("html_body")):
        raise invalid_record("base", "Description: cannot be blank", "BlankValue")
    requester = find_requester(account, author, said)
    if requester.is_suspended:
        raise invalid_record("requester", f"Requester: {requester.name} is suspended.", "UserSuspended")
    moment = now()
    ticket = Ticket(
        account=account, number=take_number(account), requester=requester, submitter=author, channel=channel,
        created_at=moment, updated_at=moment, is_public=comment.get("public") is not False,
        followup_of=said.get("via_followup_source_id"),
    )  # fmt: skip
    submitter = Person.objects.filter(account=account, pk=as_id(said.get("submitter_id"))).first()
    if submitter is not None and ticket.followup_of is None:
        ticket.submitter = submitter
    change = begin(ticket, author, channel, metadata, is_new=True)
    change.comments_publicly = comments_publicly
    change.note("requester_id", None, str(requester.pk))
    subject = said.get("subject") or said.get("raw_subject") or (comment.get("body") or "")[:150]
    set_properties(change, {**said, "subject": subject, "status": said.get("status") or "new"})
    ticket.save(force_insert=True)
    finish(change, comment)
    return ticket, change.audit


def update_ticket(
    ticket: Ticket, author: Person, said: Json, channel: str, metadata: Json, *, comments_publicly: bool = True
) -> Audit:
    """Changes a ticket and adds a comment when there is one. Raises 409 and 422."""
    if "safe_update" in said:
        check_stamp(ticket, said.get("updated_stamp"))
    if ticket.status == "closed":
        raise invalid_record("status", "Status: closed prevents ticket update", "InvalidValue")
    change = begin(ticket, author, channel, metadata)
    change.comments_publicly = comments_publicly
    if "requester" in said or "requester_id" in said:
        requester = find_requester(ticket.account, author, said)
        change.note("requester_id", str(ticket.requester.pk), str(requester.pk))
        ticket.requester = requester
    set_properties(change, said)
    finish(change, read_comment(said))
    return change.audit


def finish(change: Change, comment: Json | None) -> None:
    """Saves what changed, adds the comment, lets the triggers see it."""
    ticket = change.ticket
    change.audit.save(force_insert=True)
    if comment is not None and (comment.get("body") or comment.get("html_body") or comment.get("uploads")):
        row, event = add_comment(change.audit, comment, may_be_public=change.comments_publicly)
        change.audit.events.insert(0, event)
        change.comment_is_public = row.is_public
        ticket.is_public = ticket.is_public or row.is_public
    change.audit.save(update_fields=["events"])
    ticket.updated_at = now() if not change.is_new else ticket.updated_at
    ticket.save()
    rang = triggers.run(change.ticket, change.author, triggers.Happening(
        is_new=change.is_new, channel=change.channel, comment_is_public=change.comment_is_public, before=change.before,
    ))  # fmt: skip
    if rang:
        change.audit.events += rang
        change.audit.save(update_fields=["events"])
    for look in watchers:
        look(ticket)


def set_properties(change: Change, said: Json) -> None:
    """Subject, status, tags, assignee, custom fields and the like. Raises 422."""
    ticket = change.ticket
    for name, allowed, column in (("priority", PRIORITIES, "priority"), ("type", KINDS, "kind")):
        if said.get(name) is not None:
            if said[name] not in allowed:
                raise invalid_record(name, f"{name.title()}: {said[name]} is not included in the list")
            change.note(name, getattr(ticket, column), said[name])
            setattr(ticket, column, said[name])
    if "subject" in said:
        subject = people.text_of(said["subject"])
        change.note("subject", ticket.subject, subject)
        ticket.subject = subject
    if "external_id" in said:
        external_id = people.text_of(said["external_id"])[:255] or None
        change.note("external_id", ticket.external_id, external_id)
        ticket.external_id = external_id
    if "group_id" in said:
        ticket.group_id = as_id(said["group_id"])
    set_tags(change, said)
    for field_id, (before, after) in fields.set_values(ticket, said.get("custom_fields") or said.get("fields")).items():
        change.note(field_id, before, after)
    set_assignee(change, said)
    set_status(change, said.get("status"))


def set_tags(change: Change, said: Json) -> None:
    """``tags`` replaces them all; a dropdown's value goes with its tag."""
    ticket, before = change.ticket, list(change.ticket.tags)
    if said.get("tags") is not None:
        ticket.tags = fields.swap_tags([], [], read_tags(said["tags"]))
        fields.drop_values_without_tag(ticket)
    if said.get("additional_tags") or said.get("remove_tags"):
        gone, come = read_tags(said.get("remove_tags")), read_tags(said.get("additional_tags"))
        ticket.tags = fields.swap_tags(ticket.tags, gone, come)
        fields.drop_values_without_tag(ticket)
    if before != ticket.tags:
        change.note("tags", before, ticket.tags)


def read_tags(value: Any) -> list[str]:
    """A list, or words in one string; lower case as Zendesk keeps them."""
    words = value.replace(",", " ").split() if isinstance(value, str) else value if isinstance(value, list) else []
    return [str(word).strip().lower().replace(" ", "_") for word in words if str(word).strip()]


def set_assignee(change: Change, said: Json) -> None:
    """An agent, by id or email; a new ticket with one is open at once."""
    if "assignee_id" not in said and "assignee_email" not in said:
        return
    ticket = change.ticket
    found: Person | None = None
    if said.get("assignee_id") or said.get("assignee_email"):
        rows = Person.objects.filter(account=ticket.account, is_active=True)
        by_id = rows.filter(pk=as_id(said.get("assignee_id"))).first()
        found = by_id or rows.filter(email__iexact=str(said.get("assignee_email"))).first()
        if found is None or not found.is_staff or found.is_suspended:
            raise invalid_record("assignee", "Assignee: is not a valid assignee")
    change.note("assignee_id", person_id(ticket.assignee), person_id(found))
    ticket.assignee = found
    if found is not None and ticket.status == "new" and said.get("status") in (None, "new"):
        change.note("status", "new", "open")
        ticket.status = "open"


def set_status(change: Change, status: Any) -> None:
    """Moves the ticket; solving needs the fields required to solve."""
    ticket = change.ticket
    if status is None or (change.is_new and status == "new" and ticket.status == "open"):
        return
    if status not in STATUSES:
        raise invalid_record("status", f"Status: {status} is not included in the list")
    if status in ("solved", "closed") and ticket.status not in ("solved", "closed"):
        missing = fields.missing_to_solve(ticket)
        if missing is not None:
            text = f"{missing.title}: is required when solving a ticket"
            raise invalid_record("base", text, "BlankValue", ticket_field_id=missing.number)
        if ticket.assignee is None and change.author.is_staff:
            change.note("assignee_id", None, str(change.author.pk))
            ticket.assignee = change.author
    if status == "new" and not change.is_new and ticket.status != "new":
        raise invalid_record("status", "Status: cannot be changed back to new")
    change.note("status", ticket.status, status)
    ticket.status = status


def inherit(account: Account, said: Json) -> Json:
    """A follow-up begins with its source's subject, requester and tags. Raises 422 unless that is closed."""
    number = as_id(said.get("via_followup_source_id"))
    if said.get("via_followup_source_id") is None:
        return said
    source = Ticket.objects.filter(account=account, number=number, deleted_at=None).first()
    if source is None or source.status != "closed":
        raise invalid_record("base", f"Followup source {number}: is not closed", "InvalidValue")
    source.followups = [*source.followups, account.next_ticket]
    source.save(update_fields=["followups"])
    base: Json = {"subject": f"Re: {source.subject}", "tags": source.tags}
    if not said.get("requester") and not said.get("requester_id"):
        base["requester_id"] = source.requester.pk
    return {**base, **said, "via_followup_source_id": number}


def find_requester(account: Account, author: Person, said: Json) -> Person:
    """By id, by email, or newly made; the caller when none is named. Raises 422."""
    if said.get("requester_id") is not None:
        found = Person.objects.filter(account=account, pk=as_id(said["requester_id"]), is_active=True).first()
        if found is None:
            raise invalid_record("requester", "Requester: is not valid", "InvalidValue")
        return found
    inline = said.get("requester")
    if not isinstance(inline, dict):
        return author
    email = people.text_of(inline.get("email"))
    if not email:
        raise invalid_record("requester", "Requester: Email: cannot be blank", "BlankValue")
    found = people.find_by_email(account, email)
    if found is not None:
        return found
    if not people.EMAIL.fullmatch(email):
        raise invalid_record("requester", f"Requester: Email:  {email} is not properly formatted", "InvalidFormat")
    if len(people.text_of(inline.get("name"))) < 2:
        raise invalid_record("requester", "Requester: Name: is too short (minimum one character)", "BlankValue")
    return people.create_person(account, {**inline, "role": "end-user"})


def read_comment(said: Json) -> Json | None:
    """The comment sent, also as plain text or the older ``description``."""
    comment = said.get("comment", said.get("description"))
    if isinstance(comment, dict):
        return (
            comment
            if comment.get("body") is not None or "value" not in comment
            else {**comment, "body": comment["value"]}
        )
    return {"body": comment} if isinstance(comment, str) else None


def check_stamp(ticket: Ticket, said: Any) -> None:
    """Raises 409 when the ticket moved on since the stamp."""
    moment = read_stamp(str(said)) if said else None
    if moment is None or stamp(moment) != stamp(ticket.updated_at):
        text = "Safe Update prevented the update due to outdated ticket data."
        raise refuse(409, {"error": "UpdateConflict", "description": text})


def take_number(account: Account) -> int:
    """The account's next ticket number."""
    account.refresh_from_db(fields=["next_ticket"])
    number = account.next_ticket
    account.next_ticket = number + 1
    account.save(update_fields=["next_ticket"])
    return number


def as_id(value: Any) -> int | None:
    """A numeric id, given as a number or its text."""
    return int(value) if str(value).isdigit() else None


def person_id(person: Person | None) -> str | None:
    """An id as audits write it."""
    return str(person.pk) if person else None
