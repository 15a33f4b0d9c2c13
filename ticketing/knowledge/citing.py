"""When an article was last used in an answer: by us, or by the platform's AI, which names the addresses it quoted."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable

from django.db.models import Q

from ticketing.models import Article

MOST_AT_ONCE = 100
_NUMBER = re.compile(r"/articles/(\d{1,18})")
_LOCALE = re.compile(r"/hc/([a-zA-Z]{2,3}(?:-[a-zA-Z0-9]{2,8})?)/")


def note_cited(organization_id: int, keys: Iterable[str], at: dt.datetime) -> int:
    """Articles by their keys (`Passage.article_id`) were quoted at that time. Returns how many rows moved on."""
    wanted = Q()
    for key in list(dict.fromkeys(keys))[:MOST_AT_ONCE]:
        number, _sign, locale = key.partition(":")
        if number.isascii() and number.isdigit() and len(number) < 19:
            wanted |= Q(external_id=int(number), locale=locale) if locale else Q(external_id=int(number))
    if not wanted:
        return 0
    rows = Article.objects.filter(wanted, organization_id=organization_id)
    return rows.filter(Q(last_cited_at=None) | Q(last_cited_at__lt=at)).update(last_cited_at=at)


def note_cited_urls(organization_id: int, urls: Iterable[str], at: dt.datetime) -> int:
    """The same by the articles' addresses; what is no Help Center address is left alone."""
    found = (read_address(url) for url in dict.fromkeys(urls))
    return note_cited(organization_id, [f"{number}:{locale}" for number, locale in found if number], at)


def read_address(text: str) -> tuple[int | None, str]:
    """The article's number and language in a Help Center's address, or in a number alone; None when there is none."""
    text = text.strip()
    if text.isascii() and text.isdigit() and len(text) < 19:
        return int(text), ""
    number, locale = _NUMBER.search(text), _LOCALE.search(text)
    return int(number.group(1)) if number else None, locale.group(1).lower() if locale else ""
