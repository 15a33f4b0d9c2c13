"""The words index: SQLite's FTS5 and PostgreSQL's full-text search behind one function.

Who may see what stands in the query itself, beside the words: the organization, the copy that counts, nothing
withdrawn, and for contacts nothing but public articles of a Help Center that is switched on.
https://www.sqlite.org/fts5.html, https://www.postgresql.org/docs/current/textsearch-controls.html
"""

from __future__ import annotations

import enum
from collections.abc import Sequence

from django.db import connection

CANDIDATES = 50


class Audience(enum.StrEnum):
    """For whom is searched: contacts get public articles only, agents drafts and restricted ones too."""

    CONTACTS = "contacts"
    AGENTS = "agents"


_SQLITE = """
SELECT p.id, -bm25(ticketing_passage_words, 6.0, 3.0, 1.0) AS score
FROM ticketing_passage_words
JOIN ticketing_articlepassage p ON p.id = ticketing_passage_words.rowid
JOIN ticketing_article a ON a.id = p.article_id
JOIN ticketing_knowledgesource s ON s.id = a.source_id
WHERE ticketing_passage_words MATCH %s AND {seen}
ORDER BY score DESC, p.id LIMIT %s
"""
_POSTGRESQL = """
SELECT p.id, ts_rank_cd('{{0.1, 0.2, 0.4, 1.0}}', p.words, q.words, 1) AS score
FROM to_tsquery('english', %s) AS q(words), ticketing_articlepassage p
JOIN ticketing_article a ON a.id = p.article_id
JOIN ticketing_knowledgesource s ON s.id = a.source_id
WHERE p.words @@ q.words AND {seen}
ORDER BY score DESC, p.id LIMIT %s
"""
_SEEN = "a.organization_id = %s AND s.organization_id = %s AND a.edition = s.edition AND a.withdrawn_at IS NULL"
_PUBLIC = " AND a.is_public AND NOT a.is_draft AND NOT a.is_restricted AND s.is_on"


def find_passages(
    organization_id: int, words: Sequence[str], audience: Audience, *, are_beginnings: bool = False
) -> list[tuple[int, float]]:
    """The passages that hold any of the words, best first, with a score (higher is better): at most 50.

    `words` are letters and digits only. `are_beginnings`: words that begin so are found as well.
    """
    if not words:
        return []
    seen = _SEEN + ("" if audience == Audience.AGENTS else _PUBLIC)
    sql = (_SQLITE if connection.vendor == "sqlite" else _POSTGRESQL).format(seen=seen)
    asked = _ask(words, are_beginnings=are_beginnings)
    with connection.cursor() as cursor:
        cursor.execute(sql, [asked, organization_id, organization_id, CANDIDATES])
        return [(int(pk), float(score)) for pk, score in cursor.fetchall()]


def _ask(words: Sequence[str], *, are_beginnings: bool) -> str:
    """The words as the database's own query: quoted, so that none is an operator."""
    if connection.vendor == "sqlite":
        return " OR ".join(f'"{word}"{"*" if are_beginnings else ""}' for word in words)
    return " | ".join(f"'{word}'{':*' if are_beginnings else ''}" for word in words)
