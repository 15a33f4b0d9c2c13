"""Making a Help Center and what stands in it: categories, sections, segments, articles."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from integrations.sandbox.api.answers import Json
from integrations.sandbox.models import (
    Account,
    Article,
    Category,
    HelpCenter,
    Person,
    Section,
    Translation,
    UserSegment,
)
from integrations.sandbox.store import now, read_stamp

SIGNED_IN = "Signed-in users"
BUILT_IN = ((SIGNED_IN, "signed_in_users"), ("Agents and managers", "staff"))
OPTIONS = ("is_on", "off_status", "looks_empty", "default_locale", "locales")


def center_of(account: Account) -> HelpCenter:
    """The account's Help Center; made when the account is older than this."""
    return HelpCenter.objects.filter(account=account).first() or build_help_center(account, {})


def build_help_center(account: Account, said: Any) -> HelpCenter:
    """A Help Center with the two built-in segments; false = switched off."""
    center = HelpCenter.objects.create(account=account, is_on=said is not False, locales=["en-us"])
    for name, user_type in BUILT_IN:
        UserSegment.objects.create(account=account, name=name, user_type=user_type, is_built_in=True)
    if isinstance(said, dict):
        change_help_center(center, said)
    return center


def change_help_center(center: HelpCenter, said: Json) -> list[int]:
    """Options, then ``replace`` (all goes first), ``segments``, ``categories``, ``articles``; the articles' ids."""
    for name in OPTIONS:
        if name in said:
            setattr(center, name, said[name])
    center.save()
    if said.get("replace"):
        Article.objects.filter(account=center.account).delete()
        Category.objects.filter(account=center.account).delete()
    shelves = Shelves(center)
    for one in said.get("segments", []):
        shelves.segments[one["name"]] = UserSegment.objects.create(account=center.account, **one)
    for one in said.get("categories", []):
        shelves.add_category(one)
    return add_articles(center, shelves, said.get("articles", []))


@dataclass
class Shelves:
    """Sections and segments by name; what is missing is made."""

    center: HelpCenter
    sections: dict[str, Section] = field(init=False)
    segments: dict[str, UserSegment] = field(init=False)

    def __post_init__(self) -> None:
        account = self.center.account
        self.sections = {row.name(): row for row in Section.objects.filter(account=account)}
        self.segments = {row.name: row for row in UserSegment.objects.filter(account=account)}

    def words(self, said: Json) -> dict[str, Any]:
        """``name``, ``description``, and others' languages in ``translations``."""
        own = {"name": said["name"], "description": said.get("description", "")}
        return {self.center.default_locale: own, **said.get("translations", {})}

    def add_category(self, said: Json) -> Category:
        """A category with its ``sections``."""
        account, locale = self.center.account, self.center.default_locale
        position = Category.objects.filter(account=account).count()
        row = Category.objects.create(account=account, source_locale=locale, words=self.words(said), position=position)
        for one in said.get("sections", []):
            self.add_section(row, one)
        return row

    def add_section(self, category: Category, said: Json) -> Section:
        """A section of that category."""
        row = Section.objects.create(
            account=category.account,
            category=category,
            source_locale=category.source_locale,
            words=self.words(said),
            position=len(self.sections),
        )
        self.sections[row.name()] = row
        return row

    def section(self, name: str) -> Section:
        """The section of that name."""
        if name not in self.sections:
            first = Category.objects.filter(account=self.center.account).order_by("position").first()
            self.add_section(first or self.add_category({"name": "General"}), {"name": name})
        return self.sections[name]

    def segment(self, said: Json) -> UserSegment | None:
        """By ``segment`` (a name) or ``restricted`` (signed-in users); None = everyone."""
        name = said.get("segment") or (SIGNED_IN if said.get("restricted") else "")
        if not name:
            return None
        if name not in self.segments:
            self.segments[name] = UserSegment.objects.create(account=self.center.account, name=name)
        return self.segments[name]


def add_articles(center: HelpCenter, shelves: Shelves, said: list[Json]) -> list[int]:
    """Many articles in a few statements; those with an ``id`` that is there already are replaced.

    Without ``updated_at`` the last one changed now, and each before it a second earlier.
    """
    given = [one["id"] for one in said if "id" in one]
    for start in range(0, len(given), 500):
        Article.objects.filter(account=center.account, pk__in=given[start : start + 500]).delete()
    author = Person.objects.filter(account=center.account, role__in=["admin", "agent"]).order_by("pk").first()
    moment, articles, translations = now(), [], []
    for place, one in enumerate(said):
        changed_at = read_moment(one.get("updated_at")) or moment - timedelta(seconds=len(said) - 1 - place)
        row = Article(
            account=center.account,
            section=shelves.section(one.get("section") or "General"),
            author=author,
            segment=shelves.segment(one),
            source_locale=one.get("locale") or center.default_locale,
            labels=one.get("labels", []),
            is_promoted=one.get("promoted", False),
            position=one.get("position", place),
            created_at=read_moment(one.get("created_at")) or changed_at,
            updated_at=changed_at,
            **({"pk": one["id"]} if "id" in one else {}),
        )
        articles.append(row)
        translations += [translate(row, locale, part) for locale, part in parts_of(row, one)]
    Article.objects.bulk_create(articles, batch_size=2000)
    Translation.objects.bulk_create(translations, batch_size=1000)
    return [row.pk for row in articles]


def parts_of(row: Article, said: Json) -> list[tuple[str, Json]]:
    """(locale, words) of every language an article is made in, its own first."""
    return [(row.source_locale, said), *said.get("translations", {}).items()]


def translate(row: Article, locale: str, said: Json) -> Translation:
    """A new translation, not yet saved."""
    return Translation(
        article=row,
        locale=locale,
        title=said.get("title", ""),
        body=said.get("body", ""),
        is_draft=said.get("draft", False),
        is_outdated=said.get("outdated", False),
        created_at=row.created_at,
        updated_at=row.updated_at,
        edited_at=read_moment(said.get("edited_at")) or row.updated_at,
    )


def read_moment(text: Any) -> datetime | None:
    """A time, when one is given."""
    return read_stamp(text) if isinstance(text, str) else None


def edit_article(center: HelpCenter, row: Article, said: Json) -> None:
    """Changes an article: see the README. ``quiet`` leaves ``updated_at`` as it is.

    Words without ``locale`` are those of its own language; a locale that it has not got yet is added.
    """
    shelves, moment = Shelves(center), read_moment(said.get("updated_at")) or now()
    if said.get("archive"):
        row.archived_at = moment
    if said.get("restore"):
        row.archived_at = None
    if "section" in said:
        row.section = shelves.section(said["section"])
    if "segment" in said or "restricted" in said:
        row.segment = shelves.segment(said)
    for name, column in (("labels", "labels"), ("promoted", "is_promoted"), ("position", "position")):
        if name in said:
            setattr(row, column, said[name])
    if not said.get("quiet"):
        row.updated_at = moment
    row.save()
    for locale, part in ((said.get("locale") or row.source_locale, said), *said.get("translations", {}).items()):
        edit_translation(row, locale, part, moment)
    for locale in said.get("drop_locales", []):
        Translation.objects.filter(article=row, locale=locale).delete()


def edit_translation(row: Article, locale: str, said: Json, moment: datetime) -> None:
    """Title, body and draft of one language; ``edited_at`` moves with the words only."""
    if not {"title", "body", "draft", "outdated"} & said.keys():
        return
    found = Translation.objects.filter(article=row, locale=locale).first()
    if found is None:
        translate(row, locale, said).save(force_insert=True)
        return
    if (said.get("title", found.title), said.get("body", found.body)) != (found.title, found.body):
        found.edited_at = moment
    for name, column in (("title", "title"), ("body", "body"), ("draft", "is_draft"), ("outdated", "is_outdated")):
        if name in said:
            setattr(found, column, said[name])
    found.updated_at = moment
    found.save()
