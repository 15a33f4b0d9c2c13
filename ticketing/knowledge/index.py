"""The words index: SQLite's FTS5 and PostgreSQL's full-text search behind one function.

Who may see what stands in the query itself, beside the words: the organization, the copy that counts, nothing
withdrawn, and for contacts nothing but public articles of a Help Center that is switched on.
https://www.sqlite.org/fts5.html, https://www.postgresql.org/docs/current/textsearch-controls.html
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence
from itertools import combinations

from django.db import connection

CANDIDATES = 40
# The words' score is made for this many of what holds all the words, else all but one … : a question of common words
# stands in a third of all passages, and to score them all takes longer than all the rest.
ENOUGH = 200
MOST_SCORED = 400
MOST_COMBINED = 8


class Audience(enum.StrEnum):
    """For whom is searched: contacts get public articles only, agents drafts and restricted ones too."""

    CONTACTS = "contacts"
    AGENTS = "agents"


# The copies that count, as words of the index. In the same statement as the search: a rebuild swaps them in a moment.
_SQLITE_SCOPE = """
SELECT '(scope : ("' || COALESCE(GROUP_CONCAT('s' || id || 'e' || edition, '" OR "'), 'none') || '")) AND ('
    || %s || ')'
FROM ticketing_knowledgesource WHERE organization_id = %s
"""
_SQLITE_FOUND = """
SELECT rowid AS id, {score} AS score FROM ticketing_passage_words
WHERE ticketing_passage_words MATCH ({scope}) {order} LIMIT %s
"""
# A question of nothing but words that the dictionary drops is no question: it must not become "the whole copy".
_POSTGRESQL_SCOPE = """
SELECT to_tsquery('simple', COALESCE(STRING_AGG('s' || id || 'e' || edition, '|'), 'none'))
    && NULLIF(to_tsquery('english', %s), ''::tsquery) AS words
FROM ticketing_knowledgesource WHERE organization_id = %s
"""
_POSTGRESQL_FOUND = """
SELECT p.id, {score} AS score FROM ticketing_articlepassage p, ({scope}) q WHERE p.words @@ q.words {order} LIMIT %s
"""
_SCORES = {
    "sqlite": "-bm25(ticketing_passage_words, 3.0, 2.0, 1.0, 0.0)",
    "postgresql": "ts_rank('{0.1, 0, 0.4, 1.0}', p.words, q.words, 1)",
}
_SEEN = """
SELECT found.id, found.score FROM ({found}) found
JOIN ticketing_articlepassage p ON p.id = found.id
JOIN ticketing_article a ON a.id = p.article_id
JOIN ticketing_knowledgesource s ON s.id = a.source_id
WHERE a.organization_id = %s AND s.organization_id = %s AND a.edition = s.edition AND a.withdrawn_at IS NULL {public}
ORDER BY found.score DESC, found.id LIMIT %s
"""
_PUBLIC = " AND a.is_public AND NOT a.is_draft AND NOT a.is_restricted AND s.is_on"


def find_passages(
    organization_id: int, words: Sequence[str], audience: Audience, *, are_beginnings: bool = False
) -> list[tuple[int, float]]:
    """The passages that hold the words, best first, with a score (higher is better): at most 40.

    Those that hold most of the words come before those that hold any. `words` are letters and digits only;
    `are_beginnings`: words that begin so are found as well.
    """
    *stricter, loosest = _ask(organization_id, words, are_beginnings=are_beginnings) or [""]
    for asked in stricter:
        if _count(organization_id, asked) >= ENOUGH:
            found = _find(organization_id, asked, audience, MOST_SCORED)
            if len(found) >= CANDIDATES:
                return found
    if not loosest:
        return []
    found = _find(organization_id, loosest, audience, MOST_SCORED)
    if len(found) < CANDIDATES and _count(organization_id, loosest, MOST_SCORED + 1) > MOST_SCORED:
        # The best ones were not for this audience: look at all.
        found = _find(organization_id, loosest, audience, 1_000_000)
    return found


def _find(organization_id: int, asked: str, audience: Audience, most: int) -> list[tuple[int, float]]:
    public = "" if audience == Audience.AGENTS else _PUBLIC
    sql = _SEEN.format(found=_found(_SCORES[connection.vendor], "ORDER BY score DESC"), public=public)
    parameters: list[str | int] = [asked, organization_id, most, organization_id, organization_id, CANDIDATES]
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return [(int(pk), float(score)) for pk, score in cursor.fetchall()]


def _count(organization_id: int, asked: str, most: int = ENOUGH) -> int:
    """How many passages of the organization hold this, counted up to `most`."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM ({_found('0', '')}) f", [asked, organization_id, most])  # noqa: S608
        return int(cursor.fetchone()[0])


def _found(score: str, order: str) -> str:
    if connection.vendor == "sqlite":
        return _SQLITE_FOUND.format(score=score, scope=_SQLITE_SCOPE, order=order)
    return _POSTGRESQL_FOUND.format(score=score, scope=_POSTGRESQL_SCOPE, order=order)


def _ask(organization_id: int, words: Sequence[str], *, are_beginnings: bool) -> list[str]:
    """The words as the database's own queries, from all of them to any of them; quoted, so that none is an operator."""
    sign, quote = ("*", '"') if connection.vendor == "sqlite" else (":*", "'")
    quoted = [f"{quote}{word}{quote}{sign if are_beginnings else ''}" for word in words]
    if len(quoted) > MOST_COMBINED:
        often = {word: _count(organization_id, word, 5_000) for word in quoted}
        telling = sorted((word for word in quoted if often[word]), key=lambda word: often[word])[:MOST_COMBINED]
        quoted = telling or quoted[:1]
    return list(_combine(quoted))


def _combine(quoted: Sequence[str]) -> Iterator[str]:
    both, either = (" AND ", " OR ") if connection.vendor == "sqlite" else (" & ", " | ")
    for left_out in range(min(3, max(len(quoted) - 1, 0))):
        several = combinations(quoted, len(quoted) - left_out)
        yield either.join(f"({both.join(one)})" for one in several)
    if quoted:
        yield either.join(quoted)
