"""The Help Center's part of the control API."""

from integrations.sandbox.control.accounts import find_account
from integrations.sandbox.control.guard import ControlError, Json, control
from integrations.sandbox.help_center.past import add_past_tickets
from integrations.sandbox.help_center.setup import center_of, change_help_center, edit_article
from integrations.sandbox.models import Article, HelpCenter, Translation, UserSegment
from integrations.sandbox.store import stamp, writing


@control("GET", "POST")
def help_center(said: Json, subdomain: str) -> Json:
    """GET describes; POST changes the options, then makes what stands in ``categories`` and ``articles``."""
    center = center_of(find_account(subdomain))
    if not said:
        return describe(center)
    with writing():
        made = change_help_center(center, said)
    return {"is_on": center.is_on, "article_ids": made}


def describe(center: HelpCenter) -> Json:
    """The whole Help Center but for the bodies."""
    languages: dict[int, Json] = {}
    rows = Translation.objects.filter(article__account=center.account).order_by("pk")
    for article_id, locale, title, is_draft in rows.values_list("article_id", "locale", "title", "is_draft"):
        languages.setdefault(article_id, {})[locale] = {"title": title, "draft": is_draft}
    articles = Article.objects.filter(account=center.account).select_related("section", "segment").order_by("pk")
    return {
        "is_on": center.is_on,
        "off_status": center.off_status,
        "looks_empty": center.looks_empty,
        "default_locale": center.default_locale,
        "locales": center.locales,
        "segments": [
            {"id": row.pk, "name": row.name, "user_type": row.user_type}
            for row in UserSegment.objects.filter(account=center.account).order_by("pk")
        ],
        "articles": [
            {"id": row.pk, "section": row.section.name() if row.section else None,
             "segment": row.segment.name if row.segment else None, "archived": row.archived_at is not None,
             "updated_at": stamp(row.updated_at), "translations": languages.get(row.pk, {})}
            for row in articles
        ],
    }  # fmt: skip


@control("POST")
def article(said: Json, subdomain: str, article_id: int) -> Json:
    """Changes one article; ``{"delete": true}`` removes it for good, ``archive`` as an agent does."""
    center = center_of(find_account(subdomain))
    row = Article.objects.filter(account=center.account, pk=article_id).first()
    if row is None:
        raise ControlError(f"no article {article_id}")
    with writing():
        if said.get("delete"):
            row.delete()
            return {"id": article_id, "deleted": True}
        edit_article(center, row, said)
    return {"id": row.pk, "archived": row.archived_at is not None, "updated_at": stamp(row.updated_at)}


@control("POST")
def past_tickets(said: Json, subdomain: str) -> Json:
    """``{"tickets": […]}``: solved tickets of the past, in bulk; no trigger sees them."""
    account = find_account(subdomain)
    with writing():
        return {"ticket_ids": add_past_tickets(account, said.get("tickets", []))}
