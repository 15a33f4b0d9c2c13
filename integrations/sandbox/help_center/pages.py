"""The Help Center as people read it, below ``/<sub>/hc/``."""

import nh3
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from integrations.sandbox.help_center.locales import name_of
from integrations.sandbox.help_center.setup import center_of
from integrations.sandbox.help_center.show import article_slug
from integrations.sandbox.models import Account, Article, HelpCenter, Section, Translation
from integrations.sandbox.pages.common import find_account, show


def home(request: HttpRequest, subdomain: str, locale: str = "", **shelf: int) -> HttpResponse:
    """All articles of one language, by section; of one section or category when the address names it."""
    account = find_account(subdomain)
    center = center_of(account)
    locale = locale or center.default_locale
    sections = Section.objects.filter(account=account).select_related("category")
    if "section_id" in shelf:
        sections = sections.filter(pk=shelf["section_id"])
    if "category_id" in shelf:
        sections = sections.filter(category_id=shelf["category_id"])
    rows = Translation.objects.select_related("article__segment").filter(
        article__account=account, article__archived_at=None, locale=locale
    )
    by_section: dict[int | None, list[Translation]] = {}
    for row in rows.order_by("article__position", "pk"):
        by_section.setdefault(row.article.section.pk if row.article.section else None, []).append(row)
    shelves = [
        (
            section.category.name(locale),
            section.name(locale),
            [(row, article_slug(row)) for row in by_section[section.pk]],
        )
        for section in sections.order_by("category__position", "position", "pk")
        if section.pk in by_section
    ]
    return show(
        request,
        "help_center/center.html",
        account=account,
        place="help_center",
        center=center,
        locale=locale,
        languages=languages_of(center),
        shelves=shelves,
        total=rows.count(),
    )


def languages_of(center: HelpCenter) -> list[tuple[str, str]]:
    """(locale, name) of the Help Center's languages."""
    return [(one, name_of(one)) for one in center.locales]


def article(request: HttpRequest, subdomain: str, locale: str, slug: str) -> HttpResponse:
    """One article; its body is cleaned, as Zendesk cleans it before it shows it."""
    account = find_account(subdomain)
    number = slug.partition("-")[0]
    row = (
        Translation.objects.select_related("article__segment", "article__section")
        .filter(article__account=account, article__archived_at=None, locale=locale)
        .filter(article_id=int(number) if number.isdigit() else 0)
        .first()
    )
    if row is None:
        raise Http404(_("There is no such article."))
    others = Translation.objects.select_related("article").filter(article=row.article).order_by("pk")
    return show(
        request,
        "help_center/article.html",
        account=account,
        place="help_center",
        center=center_of(account),
        row=row,
        body=mark_safe(nh3.clean(row.body or "")),  # noqa: S308  (nh3 has cleaned it)
        languages=[(one.locale, name_of(one.locale), article_slug(one)) for one in others],
    )


def about(account: Account) -> dict[str, int]:
    """How many articles stand there, for the admin's pages."""
    rows = Article.objects.filter(account=account)
    drafts = Translation.objects.filter(article__account=account, article__archived_at=None, is_draft=True)
    return {
        "articles": rows.filter(archived_at=None).count(),
        "archived": rows.exclude(archived_at=None).count(),
        "restricted": rows.filter(archived_at=None).exclude(segment=None).count(),
        "drafts": drafts.values("article").distinct().count(),
    }
