"""Merging tickets, and deleting one by hand."""

from integrations.sandbox.api.answers import Json, invalid_record
from integrations.sandbox.desk.tickets import update_ticket
from integrations.sandbox.models import Person, Ticket


def merge_tickets(target: Ticket, sources: list[Ticket], author: Person, said: Json, metadata: Json) -> None:
    """Closes the sources into the target, each with a comment that says where it went. Raises 422."""
    if target.status == "closed":
        raise invalid_record("status", "Status: closed prevents ticket update")
    if target.pk in [source.pk for source in sources]:
        raise invalid_record("base", "A ticket cannot be merged into itself")
    for source in sources:
        text = f'This request was closed and merged into request #{target.number} "{target.subject}".'
        own = str(said.get("source_comment") or "").strip()
        update_ticket(
            source,
            author,
            {
                "comment": {
                    "body": f"{text}\n\n{own}".strip(),
                    "public": bool(said.get("source_comment_is_public", False)),
                },
                "additional_tags": ["closed_by_merge"],
            },
            "api",
            metadata,
        )
        close_without_checks(source)
        text = f'Request #{source.number} "{source.subject}" was closed and merged into this request.'
        own = str(said.get("target_comment") or "").strip()
        public = bool(said.get("target_comment_is_public", False))
        comment = {"body": f"{text}\n\n{own}".strip(), "public": public}
        update_ticket(target, author, {"comment": comment}, "api", metadata)


def close_without_checks(ticket: Ticket) -> None:
    """Merged tickets close whatever fields they lack."""
    ticket.status = "closed"
    ticket.save(update_fields=["status"])
