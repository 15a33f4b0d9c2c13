"""What is said on a ticket."""

from integrations.sandbox.api.answers import Json, invalid_record
from integrations.sandbox.desk import placeholders, text
from integrations.sandbox.models import Audit, Comment, Person, Upload

MOST = 5000


def add_comment(audit: Audit, said: Json, *, may_be_public: bool) -> tuple[Comment, Json]:
    """Adds a comment to the audit's ticket; its row, and its event for the audit. Raises 422.

    Placeholders are filled in when staff writes. Left away, ``public`` follows the ticket.
    """
    ticket, author = audit.ticket, find_author(audit, said)
    if Comment.objects.filter(ticket=ticket).count() >= MOST:
        raise invalid_record("base", f"Ticket has reached the limit of {MOST} comments")
    is_html = bool(said.get("html_body"))
    raw = str(said.get("html_body") if is_html else said.get("body") or "")
    if audit.author.is_staff:
        raw = placeholders.expand(raw, ticket, audit.author)
    body, html = text.read_html(raw) if is_html else text.read_plain(raw)
    public = said.get("public", ticket.is_public)
    row = Comment.objects.create(
        ticket=ticket,
        audit=audit,
        author=author,
        body=body,
        html_body=html,
        is_public=public not in (False, "false", 0) and may_be_public,
        channel=audit.channel,
        attachments=claim_uploads(audit, said.get("uploads")),
        created_at=audit.created_at,
    )
    return row, {
        "id": row.pk,
        "type": "Comment",
        "author_id": author.pk,
        "body": body,
        "html_body": html,
        "plain_body": body,
        "public": row.is_public,
        "attachments": row.attachments,
        "audit_id": audit.pk,
    }


def find_author(audit: Audit, said: Json) -> Person:
    """Who said it: the updater, unless staff names another user. Raises 422."""
    named = said.get("author_id")
    updater: Person = audit.author
    if named is None or not updater.is_staff:
        return updater
    found = Person.objects.filter(account=audit.ticket.account, pk=int(named) if str(named).isdigit() else 0).first()
    if found is None:
        raise invalid_record("author", "Author: is not valid", "InvalidValue")
    return found


def claim_uploads(audit: Audit, tokens: object) -> list[Json]:
    """The attachments of the upload tokens; unknown tokens are passed over."""
    listed = tokens if isinstance(tokens, list) else [tokens] if isinstance(tokens, str) else []
    rows = Upload.objects.filter(account=audit.ticket.account, token__in=[str(one) for one in listed]).order_by("pk")
    return [attachment(row) for row in rows]


def attachment(row: Upload) -> Json:
    """An attachment, as comments and uploads show it; the URL's host is filled in by the view."""
    return {
        "id": row.pk,
        "file_name": row.file_name,
        "content_type": row.content_type,
        "size": len(bytes(row.content)),
        "content_url": f"/attachments/token/{row.token}/{row.pk}?name={row.file_name}",
        "mapped_content_url": f"/attachments/token/{row.token}/{row.pk}?name={row.file_name}",
        "url": f"/api/v2/attachments/{row.pk}.json",
        "inline": False,
        "deleted": False,
        "malware_access_override": False,
        "malware_scan_result": "malware_not_found",
        "height": None,
        "width": None,
        "thumbnails": [],
    }
