"""The articles of the copy: the list with its filters, and one article with all that decides whether it is used."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opencx_admin.orgs.access import PageRequest, page
from opencx_admin.orgs.components import Action, Empty
from opencx_admin.orgs.filters import Facet, Filters
from opencx_admin.orgs.keyset import read_page
from opencx_admin.orgs.models import Role
from ticketing.knowledge import checking, sources
from ticketing.knowledge.citing import read_address
from ticketing.knowledge.one import NotRead, sync_article
from ticketing.models import Article, KnowledgeSource

VISIBILITY = (
    ("public", gettext_lazy("public")),
    ("agents", gettext_lazy("agents only")),
    ("draft", gettext_lazy("draft")),
    ("restricted", gettext_lazy("restricted")),
    ("withdrawn", gettext_lazy("withdrawn")),
    ("troubled", gettext_lazy("empty or too long")),
)
LIVE = Q(withdrawn_at=None)
CONDITIONS = {
    "public": LIVE & Q(is_public=True),
    "agents": LIVE & Q(is_public=False),
    "draft": LIVE & Q(is_draft=True),
    "restricted": LIVE & Q(is_restricted=True),
    "withdrawn": ~LIVE,
    "troubled": LIVE & ~Q(problem=""),
}
SHOWN_PASSAGES = 12


@page()
def articles(request: PageRequest) -> HttpResponse:
    """/data-sources/articles/?q=&visibility=&locale=&before="""
    source = sources.find_source(request.org)
    if source is None:
        return redirect("data-sources")
    all_rows = Article.objects.filter(source=source, edition=source.edition)
    facets = (
        Facet("q", gettext_lazy("Title or number")),
        Facet("visibility", gettext_lazy("Who may read it"), VISIBILITY),
        Facet("locale", gettext_lazy("Language"), [(locale, locale) for locale in _locales(all_rows)]),
    )
    filters = Filters.read(reverse("articles"), facets, request.GET)
    found = _filter(all_rows, filters)
    shown = read_page(found.defer("body_html", "body_text"), request.GET)
    context: dict[str, Any] = {
        "rows": [(row, checking.show_visibility(row)) for row in shown.rows],
        "page": shown,
        "total": found.count(),
        "all": all_rows.count(),
        "chips": filters.chips(),
        "adds": filters.adds(),
        "empty": _empty(filters),
    }
    return render(request, "ticketing/articles.html", context)


def _locales(rows: QuerySet[Article]) -> list[str]:
    return list(rows.order_by("locale").values_list("locale", flat=True).distinct())


def _filter(rows: QuerySet[Article], filters: Filters) -> QuerySet[Article]:
    text, visibility, locale = filters.get("q"), filters.get("visibility"), filters.get("locale")
    if visibility:
        rows = rows.filter(CONDITIONS[visibility])
    if locale:
        rows = rows.filter(locale=locale)
    if text:
        number, _locale = read_address(text)
        rows = rows.filter(Q(external_id=number) if number is not None else Q(title__icontains=text))
    return rows


def _empty(filters: Filters) -> Empty:
    if filters.values:
        every = Action(_("Show all articles"), reverse("articles"))
        return Empty("filtered", _("No article passes these filters"), action=every)
    return Empty("unset", _("No article has been read yet"), action=Action(_("Data sources"), reverse("data-sources")))


@page(read=Role.VIEWER, write=Role.ADMIN)
def article(request: PageRequest, external_id: int, locale: str) -> HttpResponse:
    """/data-sources/articles/<number>/<locale>/; POST reads it from Zendesk now."""
    source = sources.find_source(request.org)
    row = _find(source, external_id, locale)
    if source is None or row is None:
        raise Http404
    if request.method == "POST":
        return _sync(request, source, row)
    passages = list(row.passages.all())
    others = Article.objects.filter(source=source, edition=source.edition, external_id=external_id).exclude(pk=row.pk)
    context: dict[str, Any] = {
        "article": row,
        "source": source,
        "mark": checking.show_visibility(row),
        "verdict": checking.judge(row, source, len(passages)),
        "rows": checking.explain(row, source, len(passages)),
        "passages": passages[:SHOWN_PASSAGES],
        "more_passages": max(len(passages) - SHOWN_PASSAGES, 0),
        "others": [(other, checking.show_visibility(other)) for other in others.order_by("locale")],
        "may_act": request.role.allows(Role.ADMIN),
    }
    return render(request, "ticketing/article.html", context)


def _find(source: KnowledgeSource | None, external_id: int, locale: str) -> Article | None:
    if source is None or external_id >= 2**63:
        return None
    rows = Article.objects.filter(source=source, edition=source.edition, external_id=external_id, locale=locale)
    return rows.first()


def _sync(request: PageRequest, source: KnowledgeSource, row: Article) -> HttpResponse:
    try:
        is_there = sync_article(source, row.external_id, request=request)
    except NotRead as why:
        messages.error(request, _("Not read, nothing changed: %(why)s") % {"why": why})
    else:
        gone = _("Zendesk has no such article any more. It is in no answer.")
        messages.success(request, _("Read just now.") if is_there else gone)
    return redirect(row)
