"""Finding what answers a question: words first, then likeness of letters, best passages of different articles."""

from __future__ import annotations

from collections import Counter

from opencx_admin.orgs.models import Organization
from ticketing.ai.engine import Passage
from ticketing.knowledge.index import Audience, find_passages
from ticketing.knowledge.similarity import compare
from ticketing.knowledge.wording import begin, read_synonyms, read_words
from ticketing.models import Article, ArticlePassage

__all__ = ["Audience", "search"]

MOST_QUESTION = 2_000
SHOWN = (
    "title",
    "heading",
    "text",
    *(f"article__{name}" for name in ("external_id", "locale", "title", "url", "is_public")),
)
# Passages of one article among the results: a long article must not be all that is found.
MOST_OF_ONE = 2
# How much counts: the words' score (rare words more), how many of the question's words are there, likeness of letters.
WORDS_SHARE, COVER_SHARE, LETTERS_SHARE = 0.35, 0.35, 0.3
LETTERS_AMONG = 24
OTHER_LANGUAGE = 0.6
# Fewer passages than this: beginnings and other words for the same are looked for as well.
FEW = 12
MOST_SYNONYMS = 40
NOT_SAID = 0.5


def search(
    organization: Organization, query: str, *, audience: Audience, locale: str = "", limit: int = 5
) -> list[Passage]:
    """The passages that answer `query` best for this audience, best first; none when nothing matches.

    `query` is anybody's text: its quotes and operators mean nothing. `locale` prefers that language where an
    article exists in it, and never leaves out what exists in another one only. Scores are 0 to 1.
    """
    question = query[:MOST_QUESTION]
    words = read_words(question)
    found = _find(organization.pk, words, audience)
    if not found:
        return []
    rows = ArticlePassage.objects.filter(pk__in=found).select_related("article").only(*SHOWN)
    if audience != Audience.AGENTS:
        rows = rows.filter(article__is_public=True)
    ranked = _rank(question, words, list(rows), found, locale.lower())
    return [_show(row, score) for row, score in _choose(ranked, locale.lower(), limit)]


def _find(organization_id: int, words: list[str], audience: Audience) -> dict[int, float]:
    """Passages and their words' scores; where the words find few, what begins so or means much the same counts half."""
    found = dict(find_passages(organization_id, words, audience))
    if len(found) >= FEW:
        return found
    begun = find_passages(organization_id, [begin(word) for word in words], audience, are_beginnings=True)
    meant = [other for word in words for other in read_synonyms(word)][:MOST_SYNONYMS]
    for pk, score in [*begun, *find_passages(organization_id, meant, audience)]:
        found.setdefault(pk, score * NOT_SAID)
    return found


def _rank(
    question: str, words: list[str], rows: list[ArticlePassage], scores: dict[int, float], locale: str
) -> list[tuple[ArticlePassage, float]]:
    """The rows with their scores, best first. Letters are compared among the best by words: they take the longest."""
    best = max(scores.values())
    said = []
    for row in rows:
        text = f"{row.title} {row.heading} {row.text}"
        by_words = max(scores[row.pk], 0.0) / best if best > 0 else 0.0
        said.append((WORDS_SHARE * by_words + COVER_SHARE * _cover(words, text.lower()), row, text))
    said = sorted(said, key=lambda one: (-one[0], one[1].pk))[:LETTERS_AMONG]
    ranked = []
    for (score, row, _text), like in zip(said, compare(question, [text for _s, _r, text in said]), strict=True):
        whole = score + LETTERS_SHARE * like
        ranked.append((row, whole if _speaks(row.article, locale) else whole * OTHER_LANGUAGE))
    return sorted(ranked, key=lambda pair: (-pair[1], pair[0].pk))


def _cover(words: list[str], text: str) -> float:
    """Which share of the words is in the text; another word for the same counts half."""
    said = 0.0
    for word in words:
        if begin(word) in text:
            said += 1
        elif any(begin(other) in text for other in read_synonyms(word)):
            said += NOT_SAID
    return said / len(words)


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
