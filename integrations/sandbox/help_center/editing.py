"""The admin's pages of articles, at the addresses that Zendesk's knowledge admin gives them."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from integrations.sandbox.api.answers import Json
from integrations.sandbox.help_center.pages import about, languages_of
from integrations.sandbox.help_center.setup import Shelves, add_articles, center_of, edit_article
from integrations.sandbox.help_center.show import article_slug
from integrations.sandbox.models import Account, Article, HelpCenter, Section, Translation, UserSegment
from integrations.sandbox.pages.common import count_objects, find_account, show
from integrations.sandbox.store import writing

SHOWN = 200


@require_http_methods(["GET", "POST"])
def articles(request: HttpRequest, subdomain: str) -> HttpResponse:
    """``/<sub>/knowledge/articles``: every article, archived ones too; a POST switches the Help Center."""
    account = find_account(subdomain)
    center = center_of(account)
    if request.method == "POST":
        with writing():
            center.is_on = "is_on" in request.POST
            center.looks_empty = "looks_empty" in request.POST
            center.off_status = 403 if request.POST.get("off_status") == "403" else 404
            center.save()
        return HttpResponseRedirect(request.path)
    words = request.GET.get("q", "").strip()
    rows = Article.objects.filter(account=account).select_related("section", "segment").order_by("-updated_at", "-pk")
    if words:
        rows = rows.filter(translations__title__icontains=words).distinct()
    found = list(rows[:SHOWN])
    languages: dict[int, list[Translation]] = {row.pk: [] for row in found}
    for one in Translation.objects.select_related("article").filter(article__in=found).order_by("pk"):
        languages[one.article.pk].append(one)
    return show(
        request,
        "help_center/articles.html",
        account=account,
        place="admin",
        tab="articles",
        center=center,
        counts=count_objects(account),
        figures=about(account),
        words=words,
        rows=[(row, languages[row.pk]) for row in found],
        matches=rows.count(),
        shown=SHOWN,
    )


@require_http_methods(["GET", "POST"])
def new_article(request: HttpRequest, subdomain: str) -> HttpResponse:
    """``/<sub>/knowledge/articles/new``."""
    account = find_account(subdomain)
    center = center_of(account)
    if request.method == "POST":
        said = read_form(request)
        if not said["title"]:
            return show_form(request, center, None, center.default_locale, _("The title is missing."))
        with writing():
            (made,) = add_articles(center, Shelves(center), [said])
        return HttpResponseRedirect(reverse("edit-article", args=[subdomain, made, center.default_locale]))
    return show_form(request, center, None, center.default_locale)


@require_http_methods(["GET", "POST"])
def article(request: HttpRequest, subdomain: str, article_id: int, locale: str) -> HttpResponse:
    """``/<sub>/knowledge/articles/<id>/<locale>``: words, draft, who may read; archive and delete."""
    account = find_account(subdomain)
    center = center_of(account)
    row = Article.objects.filter(account=account, pk=article_id).select_related("section", "segment").first()
    if row is None:
        raise Http404(_("There is no such article."))
    if request.method == "POST":
        trouble = act(request, center, row, locale)
        if trouble:
            return show_form(request, center, row, locale, trouble)
        is_gone = request.POST.get("action") == "delete"
        return HttpResponseRedirect(reverse("admin-articles", args=[subdomain]) if is_gone else request.path)
    return show_form(request, center, row, locale)


def act(request: HttpRequest, center: HelpCenter, row: Article, locale: str) -> str:
    """Carries one button out; why not, else nothing."""
    action = request.POST.get("action", "")
    if action == "save":
        said = read_form(request)
        if not said["title"]:
            return _("The title is missing.")
        with writing():
            edit_article(center, row, {**said, "locale": locale})
    elif action in ("archive", "restore"):
        with writing():
            edit_article(center, row, {action: True})
    elif action == "delete":
        with writing():
            row.delete()
    else:
        return _("That is nothing an admin can do here.")
    return ""


def read_form(request: HttpRequest) -> Json:
    """An article as the form has it."""
    said = request.POST
    return {
        "title": said.get("title", "").strip(),
        "body": said.get("body", "").strip() or None,
        "draft": "draft" in said,
        "segment": said.get("segment", ""),
        "section": said.get("section", "") or "General",
    }


def show_form(
    request: HttpRequest, center: HelpCenter, row: Article | None, locale: str, trouble: str = ""
) -> HttpResponse:
    """The form of one article in one language, as typed when something was refused."""
    account: Account = center.account
    words = Translation.objects.select_related("article").filter(article=row, locale=locale).first() if row else None
    typed: Json = {
        "title": words.title if words else "",
        "body": (words.body or "") if words else "",
        "draft": words.is_draft if words else False,
        "segment": row.segment.name if row and row.segment else "",
        "section": row.section.name() if row and row.section else "",
    }
    if trouble:
        typed = {**read_form(request), "body": request.POST.get("body", "")}
    there = set(Translation.objects.filter(article=row).values_list("locale", flat=True)) if row else set()
    return show(
        request,
        "help_center/edit_article.html",
        account=account,
        place="admin",
        tab="articles",
        counts=count_objects(account),
        trouble=trouble,
        row=row,
        words=words,
        slug=article_slug(words) if words and row and row.archived_at is None else "",
        locale=locale,
        languages=[(one, name, one in there) for one, name in languages_of(center)],
        typed=typed,
        sections=[one.name() for one in Section.objects.filter(account=account).order_by("position", "pk")],
        segments=UserSegment.objects.filter(account=account).order_by("pk"),
    )
