"""The internal note: the draft as the contact would see it, what it rests on, and that AI wrote it.

Everything in it is escaped and without live placeholders: the draft may repeat a contact's words, and Zendesk
expands `{{…}}` in an agent's comment.
"""

from __future__ import annotations

import re
from typing import Any

from django.template.loader import render_to_string

from ticketing.models import AssistCase
from ticketing.replies import OWN_MARKER
from ticketing.ticket_text import defuse

LONGEST_DRAFT = 12_000
_BLOCK_END = re.compile(r"\n\s*\n")
_WEB = ("https://", "http://")


def write_note(case: AssistCase) -> dict[str, Any]:
    """The ticket of the one PUT: an internal comment, marked as ours."""
    words = {
        "blocks": split_blocks(case.draft),
        "sources": [{**source, "url": _link(source["url"])} for source in case.sources],
        "url": case.public_url,
    }
    html = defuse(render_to_string("ticketing/outbound/assist_note.html", words).strip())
    return {"comment": {"html_body": html, "public": False}, "metadata": {OWN_MARKER: str(case.uid)}}


def split_blocks(text: str) -> list[str]:
    """The paragraphs of a draft."""
    return [block.strip() for block in _BLOCK_END.split(text[:LONGEST_DRAFT]) if block.strip()]


def _link(url: str) -> str:
    """The address when it leads to a page; an article's is Zendesk's word, and it stands in an agent's note."""
    return url if url.lower().startswith(_WEB) else ""
