"""Rows as Zendesk's API writes them."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Min, prefetch_related_objects

from integrations.sandbox.api.answers import Json
from integrations.sandbox.api.gate import Call
from integrations.sandbox.models import Account, Audit, Comment, CustomRole, Person, Ticket, TicketField
from integrations.sandbox.models.people import CHAT_AGENT, CONTRIBUTOR, LIGHT_AGENT
from integrations.sandbox.store import stamp


def show_tickets(call: Call, rows: Iterable[Ticket]) -> list[Json]:
    """Many tickets in a few statements."""
    found = list(rows)
    prefetch_related_objects(found, "requester", "submitter", "assignee")
    numbers = field_numbers(call.account)
    firsts = Comment.objects.filter(ticket__in=found).values("ticket").annotate(first=Min("pk"))
    said = Comment.objects.filter(pk__in=[one["first"] for one in firsts])
    texts = dict(said.values_list("ticket_id", "body"))
    return [show_ticket(call, row, numbers, texts.get(row.pk, "")) for row in found]


def show_ticket(call: Call, ticket: Ticket, numbers: list[int] | None = None, text: str | None = None) -> Json:
    """A ticket; ``fields`` and ``custom_fields`` are the same list. What is not given is looked up."""
    values = show_values(ticket, field_numbers(ticket.account) if numbers is None else numbers)
    return {
        "url": call.url(f"tickets/{ticket.number}.json"),
        "id": ticket.number,
        "external_id": ticket.external_id,
        "via": {"channel": ticket.channel, "source": {"from": {}, "to": {}, "rel": followup_rel(ticket)}},
        "created_at": stamp(ticket.created_at),
        "updated_at": stamp(ticket.updated_at),
        "generated_timestamp": int(ticket.updated_at.timestamp()),
        "type": ticket.kind,
        "subject": ticket.subject,
        "raw_subject": ticket.subject,
        "description": first_text(ticket) if text is None else text,
        "priority": ticket.priority,
        "status": "deleted" if ticket.deleted_at else ticket.status,
        "recipient": None,
        "requester_id": ticket.requester.pk,
        "submitter_id": ticket.submitter.pk,
        "assignee_id": ticket.assignee.pk if ticket.assignee else None,
        "organization_id": None,
        "group_id": ticket.group_id,
        "collaborator_ids": [],
        "follower_ids": [],
        "email_cc_ids": [],
        "forum_topic_id": None,
        "problem_id": None,
        "has_incidents": False,
        "is_public": ticket.is_public,
        "due_at": None,
        "tags": ticket.tags,
        "custom_fields": values,
        "satisfaction_rating": None,
        "sharing_agreement_ids": [],
        "custom_status_id": 10_000_000_000_001 + STATUS_ORDER.index(ticket.status),
        "encoded_id": f"STAND-{ticket.number}",
        "fields": values,
        "followup_ids": ticket.followups,
        "ticket_form_id": None,
        "brand_id": None,
        "allow_channelback": False,
        "allow_attachments": True,
        "from_messaging_channel": False,
    }


STATUS_ORDER = ["new", "open", "pending", "hold", "solved", "closed"]


def followup_rel(ticket: Ticket) -> str | None:
    """How a ticket came from another one."""
    return "follow_up" if ticket.followup_of else None


def first_text(ticket: Ticket) -> str:
    """The description: the first comment's text."""
    row = Comment.objects.filter(ticket=ticket).order_by("pk").only("body").first()
    return row.body if row else ""


def field_numbers(account: Account) -> list[int]:
    """The ids of the account's active custom fields, in their order."""
    rows = TicketField.objects.filter(account=account, is_system=False, is_active=True)
    return list(rows.order_by("position", "pk").values_list("number", flat=True))


def show_values(ticket: Ticket, numbers: list[int]) -> list[Json]:
    """Each of those fields, with this ticket's value or null."""
    return [{"id": number, "value": ticket.values.get(str(number))} for number in numbers]


def show_comment(call: Call, comment: Comment, audit: Audit) -> Json:
    """A comment; its id is its event's id in the audit."""
    return {
        "id": comment.pk,
        "type": "Comment",
        "author_id": comment.author.pk,
        "body": comment.body,
        "html_body": comment.html_body,
        "plain_body": comment.body,
        "public": comment.is_public,
        "attachments": show_attachments(call, comment.attachments),
        "audit_id": audit.pk,
        "via": show_via(comment.channel, comment.author),
        "created_at": stamp(comment.created_at),
        "metadata": audit.metadata,
    }


def show_via(channel: str, author: Person) -> Json:
    """Through which channel, with the sender's address for mail."""
    sender = {"address": author.email, "name": author.name} if channel == "email" else {}
    return {"channel": channel, "source": {"from": sender, "to": {}, "rel": None}}


def show_attachments(call: Call, rows: list[Json]) -> list[Json]:
    """Attachments with full URLs."""
    return [{**row, **{key: call.base + row[key] for key in URLS if key in row}} for row in rows]


URLS = ("content_url", "mapped_content_url", "url")


def show_audit(audit: Audit, number: int) -> Json:
    """One update, with its events."""
    return {
        "id": audit.pk,
        "ticket_id": number,
        "created_at": stamp(audit.created_at),
        "author_id": audit.author.pk,
        "metadata": audit.metadata,
        "events": audit.events,
        "via": {"channel": audit.channel, "source": {"from": {}, "to": {}, "rel": None}},
    }


def show_user(call: Call, person: Person) -> Json:
    """A user, as an agent sees it."""
    extra: dict[str, Any] = person.extra
    is_light = person.role_type == LIGHT_AGENT
    return {
        "id": person.pk,
        "url": call.url(f"users/{person.pk}.json"),
        "name": person.name,
        "email": person.email,
        "created_at": stamp(person.created_at),
        "updated_at": stamp(person.updated_at),
        "time_zone": "UTC",
        "iana_time_zone": "Etc/UTC",
        "phone": person.phone,
        "shared_phone_number": False if person.phone else None,
        "photo": None,
        "locale_id": 1,
        "locale": extra.get("locale", "en-US"),
        "organization_id": None,
        "role": person.role,
        "verified": person.is_verified,
        "external_id": person.external_id,
        "tags": extra.get("tags", []),
        "alias": extra.get("alias", ""),
        "active": person.is_active,
        "shared": False,
        "shared_agent": False,
        "last_login_at": None,
        "two_factor_auth_enabled": None,
        "signature": extra.get("signature"),
        "details": extra.get("details", ""),
        "notes": extra.get("notes", ""),
        "role_type": person.role_type,
        "custom_role_id": person.custom_role_id,
        "moderator": person.role == "admin",
        "ticket_restriction": None if person.is_staff else "requested",
        "only_private_comments": is_light,
        "restricted_agent": person.role == "agent",
        "suspended": person.is_suspended,
        "default_group_id": None,
        "report_csv": person.role == "admin",
        "chat_only": person.role_type in (CHAT_AGENT, CONTRIBUTOR),
        "user_fields": extra.get("user_fields", {}),
    }


def show_nobody() -> Json:
    """Whom ``users/me`` names when nobody asks."""
    return {
        "id": None,
        "url": "",
        "name": "Anonymous user",
        "email": "invalid@example.com",
        "role": "end-user",
        "locale": "en-US",
        "locale_id": 1,
        "verified": False,
        "active": False,
        "suspended": False,
        "time_zone": "UTC",
        "user_fields": {},
    }


SYSTEM_OPTIONS = {
    "status": ("open", "pending", "hold", "solved"),
    "priority": ("low", "normal", "high", "urgent"),
    "tickettype": ("question", "incident", "problem", "task"),
}


def show_role(role: CustomRole) -> Json:
    """A custom role."""
    return {
        "id": role.pk,
        "name": role.name,
        "description": "",
        "role_type": role.role_type,
        "created_at": stamp(role.created_at),
        "updated_at": stamp(role.created_at),
        "configuration": role.configuration,
        "team_member_count": Person.objects.filter(account=role.account, custom_role_id=role.pk).count(),
    }


def show_field(call: Call, row: TicketField) -> Json:
    """A ticket field, with its options when it is a dropdown."""
    shown: Json = {
        "url": call.url(f"ticket_fields/{row.number}.json"),
        "id": row.number,
        "type": row.kind,
        "title": row.title,
        "raw_title": row.title,
        "description": row.description,
        "raw_description": row.description,
        "position": row.position,
        "active": row.is_active,
        "required": row.is_required,
        "collapsed_for_agents": False,
        "regexp_for_validation": row.pattern,
        "title_in_portal": row.title,
        "raw_title_in_portal": row.title,
        "visible_in_portal": False,
        "editable_in_portal": False,
        "required_in_portal": False,
        "agent_can_edit": True,
        "tag": row.tag,
        "created_at": stamp(row.created_at),
        "updated_at": stamp(row.updated_at),
        "removable": not row.is_system,
        "key": None,
        "agent_description": None,
    }
    if row.kind in SYSTEM_OPTIONS:
        shown["system_field_options"] = [{"name": one.title(), "value": one} for one in SYSTEM_OPTIONS[row.kind]]
    if row.kind in ("tagger", "multiselect"):
        shown["custom_field_options"] = [
            {"id": one.get("id"), "name": one["name"], "raw_name": one["name"], "value": one["value"], "default": False}
            for one in row.options
        ]
    return shown
