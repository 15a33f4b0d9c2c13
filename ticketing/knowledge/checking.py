"""Would the AI use this article? Is it there, published, for everyone, in which language, read, found, used?"""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from opencx_admin.orgs.components import Evidence, Mark, Verdict
from opencx_admin.orgs.times import moment_text, stamp_text
from ticketing.models import Article, KnowledgeSource


def show_visibility(article: Article) -> Mark:
    """Who may be told of it, in a word."""
    if article.withdrawn_at:
        return Mark("cancelled", _("Withdrawn"))
    return Mark("ok", _("Public")) if article.is_public else Mark("open", _("Agents only"))


def judge(article: Article, source: KnowledgeSource, passages: int) -> Verdict:
    """The answer in one sentence, with the reason."""
    if article.withdrawn_at:
        return Verdict("problem", _("No: it is gone from the Help Center."))
    if not passages:
        return Verdict("problem", _("No: it has no text to quote."))
    if not article.is_public:
        both = _("it is a draft and restricted to a user segment")
        why = both if article.is_draft and article.is_restricted else _("it is restricted to a user segment")
        why = _("it is a draft") if article.is_draft and not article.is_restricted else why
        return Verdict("warning", _("For agents only: %(why)s.") % {"why": why})
    if not source.is_on:
        return Verdict("warning", _("For agents only: Help Center is not switched on."))
    return Verdict("ok", _("Yes, for contacts and for agents."))


def explain(article: Article, source: KnowledgeSource, passages: int) -> list[Evidence]:
    """Each thing that decides, with what was seen."""
    rows = [_found(article), _published(article), _restricted(article), _language(article, source)]
    rows += [_synced(article, source), _indexed(article, passages), _cited(article)]
    return rows


def _found(article: Article) -> Evidence:
    question = _("Is it in the Help Center?")
    if article.withdrawn_at:
        words = {"when": stamp_text(article.withdrawn_at)}
        return Evidence("found", "problem", question, _("No longer: deleted or archived, seen %(when)s.") % words)
    return Evidence("found", "ok", question, _("Yes."))


def _published(article: Article) -> Evidence:
    question = _("Is it published?")
    if article.is_draft:
        return Evidence("published", "warning", question, _("No, this language is a draft: agents only."))
    return Evidence("published", "ok", question, _("Yes."))


def _restricted(article: Article) -> Evidence:
    question = _("May everyone read it?")
    if article.is_restricted:
        return Evidence("restricted", "warning", question, _("No, a user segment: agents only."))
    return Evidence("restricted", "ok", question, _("Yes, no user segment."))


def _language(article: Article, source: KnowledgeSource) -> Evidence:
    others = Article.objects.filter(source=source, edition=source.edition, external_id=article.external_id)
    names = sorted(others.filter(withdrawn_at=None).exclude(pk=article.pk).values_list("locale", flat=True))
    also = _("%(locale)s; also in %(others)s.") % {"locale": article.locale, "others": ", ".join(names)}
    only = _("%(locale)s, the only one.") % {"locale": article.locale}
    return Evidence("locale", "ok", _("In which language?"), also if names else only)


def _synced(article: Article, source: KnowledgeSource) -> Evidence:
    question = _("When was it last read?")
    words = {"when": moment_text(article.synced_at)}
    if source.last_error:
        answer = _("%(when)s. The last look failed: %(why)s") % {**words, "why": source.last_error}
        return Evidence("synced", "warning", question, answer)
    edited = _("%(when)s; edited in Zendesk %(edited)s.")
    if article.edited_at:
        return Evidence("synced", "ok", question, edited % {**words, "edited": stamp_text(article.edited_at)})
    return Evidence("synced", "ok", question, f"{words['when']}.")


def _indexed(article: Article, passages: int) -> Evidence:
    question = _("Can the search find it?")
    if not passages:
        why = _("No: withdrawn articles are not searched.") if article.withdrawn_at else _("No: it has no text.")
        return Evidence("indexed", "problem", question, why)
    found = ngettext("Yes, in %(n)s passage.", "Yes, in %(n)s passages.", passages) % {"n": passages}
    if article.problem == Article.Problem.CUT:
        words = {"found": found, "size": f"{article.size:,}".replace(",", "\u202f")}
        cut = _("%(found)s Only its beginning: it has %(size)s characters.") % words
        return Evidence("indexed", "warning", question, cut)
    return Evidence("indexed", "ok", question, found)


def _cited(article: Article) -> Evidence:
    question = _("When was it last used in an answer?")
    if article.last_cited_at is None:
        return Evidence("cited", "skipped", question, _("Not yet."))
    return Evidence("cited", "ok", question, f"{moment_text(article.last_cited_at)}.")
