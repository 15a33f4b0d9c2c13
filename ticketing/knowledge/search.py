"""Finding what answers a question: words first, then likeness of letters, best passages of different articles."""

from __future__ import annotations

import re
from collections import Counter

from opencx_admin.orgs.models import Organization
from ticketing.ai.engine import Passage
from ticketing.knowledge.index import Audience, find_passages
from ticketing.knowledge.similarity import compare
from ticketing.models import Article, ArticlePassage

__all__ = ["Audience", "search"]

MOST_WORDS = 24
MOST_QUESTION = 2_000
# Passages of one article among the results: a long article must not be all that is found.
MOST_OF_ONE = 2
# How much the words count beside the likeness of letters.
WORDS_SHARE = 0.55
OTHER_LANGUAGE = 0.6
_WORD = re.compile(r"[^\W_]+")
# Words that stand in every article; they find nothing and take time.
STOPWORDS = frozenset(
    _WORD.findall(
        "a about am an and any are as at be been but by can could d did do does for from get got had has have hello hi "
        "how i if in into is it its ll me my no not of on or our please re s should so some t thank thanks that the "
        "their them then there they this to ve was we were what when where which who why will with would you your "
        "aber als auch auf aus bei bin bitte das dass dem den der des die du ein eine einem einen einer er es für habe "
        "haben hallo ich ihr im ist kann können man mein meine meinen mich mir mit nach nicht oder sie sind und uns "
        "von war wenn wer wie wir wird wo zu zum zur"
    )
)


def search(
    organization: Organization, query: str, *, audience: Audience, locale: str = "", limit: int = 5
) -> list[Passage]:
    """The passages that answer `query` best for this audience, best first; none when nothing matches.

    `query` is anybody's text: its quotes and operators mean nothing. `locale` prefers that language where an
    article exists in it, and never leaves out what exists in another one only. Scores are 0 to 1.
    """
    question = query[:MOST_QUESTION]
    words = read_words(question)
    found = find_passages(organization.pk, words, audience)
    if not found:
        beginnings = [word[: max(4, len(word) - 2)] for word in words if len(word) > 3]
        found = find_passages(organization.pk, beginnings, audience, are_beginnings=True)
    if not found:
        return []
    rows = ArticlePassage.objects.filter(pk__in=[pk for pk, _score in found]).select_related("article")
    rows = rows.defer("article__body_html", "article__body_text")
    if audience != Audience.AGENTS:
        rows = rows.filter(article__is_public=True)
    ranked = _rank(question, list(rows), dict(found), locale.lower())
    return [_show(row, score) for row, score in _choose(ranked, locale.lower(), limit)]


def read_words(text: str) -> list[str]:
    """The words of a question that are worth looking for, each once."""
    words = dict.fromkeys(_WORD.findall(text.lower()))
    return [word[:40] for word in words if word not in STOPWORDS][:MOST_WORDS]


def _rank(
    question: str, rows: list[ArticlePassage], scores: dict[int, float], locale: str
) -> list[tuple[ArticlePassage, float]]:
    """The rows with their scores, best first: the share of the best word score, and the likeness of letters."""
    best = max(scores.values()) or 1.0
    likeness = compare(question, [f"{row.title} {row.heading} {row.text}" for row in rows])
    ranked = []
    for row, like in zip(rows, likeness, strict=True):
        by_words = max(scores[row.pk], 0.0) / best if best > 0 else 0.0
        score = WORDS_SHARE * by_words + (1 - WORDS_SHARE) * like
        ranked.append((row, score if _speaks(row.article, locale) else score * OTHER_LANGUAGE))
    return sorted(ranked, key=lambda pair: (-pair[1], pair[0].pk))


def _choose(ranked: list[tuple[ArticlePassage, float]], locale: str, limit: int) -> list[tuple[ArticlePassage, float]]:
    """The best ones: not more than two of an article, and an article in one language only."""
    spoken = {row.article.external_id for row, _score in ranked if locale and _speaks(row.article, locale)}
    taken: Counter[int] = Counter()
    language: dict[int, str] = {}
    chosen: list[tuple[ArticlePassage, float]] = []
    for row, score in ranked:
        number = row.article.external_id
        is_spoken_otherwise = number in spoken and not _speaks(row.article, locale)
        if is_spoken_otherwise or language.setdefault(number, row.article.locale) != row.article.locale:
            continue
        if taken[number] < MOST_OF_ONE and len(chosen) < limit:
            taken[number] += 1
            chosen.append((row, score))
    return chosen


def _speaks(article: Article, locale: str) -> bool:
    """Whether the article is in that language: `de` and `de-at` are one."""
    return not locale or article.locale.partition("-")[0] == locale.partition("-")[0]


def _show(row: ArticlePassage, score: float) -> Passage:
    article = row.article
    text = f"{row.heading}\n{row.text}" if row.heading and row.text else row.text or row.heading
    return Passage(article.key, article.title, article.url, text, article.is_public, round(score, 4))
