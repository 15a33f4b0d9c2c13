"""What of a Help Center a caller may read, and page by page."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import F, QuerySet

from integrations.sandbox.api.answers import Json, forbidden, not_found, unauthenticated
from integrations.sandbox.api.gate import Call
from integrations.sandbox.api.paging import paginate_by_cursor
from integrations.sandbox.help_center.setup import center_of
from integrations.sandbox.models import HelpCenter, Translation

USUAL_SIZE, LARGEST_SIZE = 30, 100


@dataclass(frozen=True)
class Reader:
    """The Help Center as one caller sees it.

    Admins read all of it, other staff what is published, everybody else what is also unrestricted.
    """

    center: HelpCenter
    is_staff: bool
    reads_drafts: bool

    def translations(self, locale: str = "") -> QuerySet[Translation]:
        """Articles shown in that locale, else each in its own; archived ones are gone."""
        rows = Translation.objects.select_related("article").filter(
            article__account_id=self.center.account.pk, article__archived_at=None
        )
        rows = rows.filter(locale=locale) if locale else rows.filter(locale=F("article__source_locale"))
        if not self.reads_drafts:
            rows = rows.filter(is_draft=False)
        return rows if self.is_staff else rows.filter(article__segment=None)

    def listed(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The rows of a list: none while the Help Center looks empty."""
        return rows.none() if self.center.looks_empty else rows


def read(call: Call, locale: str = "") -> Reader:
    """Who reads. Raises 404 or 403 while the Help Center is off; 401 and 403 without a locale for all but staff."""
    center = center_of(call.account)
    if not center.is_on:
        raise forbidden() if center.off_status == 403 else not_found()
    caller = call._caller
    person = caller.person if caller else None
    is_staff = person is not None and person.is_staff and person.is_active and not person.is_suspended
    if not is_staff and not locale:
        raise unauthenticated() if caller is None else forbidden()
    return Reader(center, is_staff, caller is not None and caller.rights.manages_rules)


def paginate(call: Call, rows: QuerySet[Any], path: str, order: list[str], key: str = "pk") -> tuple[list[Any], Json]:
    """Rows of one page and their envelope: by cursor when asked so, else as the Help Center counts pages."""
    if any(name.startswith("page[") for name in call.request.GET):
        page = paginate_by_cursor(call, rows, path, key, call.arg("sort_order") == "desc")
        return page.rows, page.envelope
    size = call.number("per_page", USUAL_SIZE, LARGEST_SIZE)
    number, count = call.number("page", 1), rows.count()
    pages = -(-count // size)

    def link(page: int) -> str:
        return f"{call.url(path)}?{urlencode({**call.request.GET.dict(), 'page': page, 'per_page': size})}"

    envelope = {
        "count": count,
        "page": number,
        "page_count": pages,
        "per_page": size,
        "next_page": link(number + 1) if number < pages else None,
        "previous_page": link(number - 1) if number > 1 else None,
        "sort_by": call.arg("sort_by", "position"),
        "sort_order": call.arg("sort_order", "asc"),
    }
    return list(rows.order_by(*order)[(number - 1) * size : number * size]), envelope
