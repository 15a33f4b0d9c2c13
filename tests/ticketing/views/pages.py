"""Reading a page as a person does: its words, without the markup."""

from __future__ import annotations

import html
import re

from django.test import Client

from ticketing.models import Handoff, SessionTicketLink

HTMX = {"HX-Request": "true"}


def read(client: Client, url: str, status: int = 200) -> str:
    """The words of a page."""
    response = client.get(url)
    assert response.status_code == status, response.content[:500]
    return words(response.content)


def words(content: bytes) -> str:
    """Tags away, entities resolved, blanks folded."""
    text = re.sub(r"<(script|style|svg).*?</\1>", " ", content.decode(), flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


def handoff_of(link: SessionTicketLink) -> Handoff:
    """The handoff that made the link."""
    assert link.handoff is not None
    return link.handoff
