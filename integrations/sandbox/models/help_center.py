"""The Help Center: categories, sections, articles, and who may read them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from integrations.sandbox.store import new_id, now


class HelpCenter(models.Model):
    """One account's Help Center.

    ``off_status``: what every call gets while it is switched off, 404 or 403. ``looks_empty``: every list is
    answered without rows though the articles are there, as a broken index does.
    """

    account = models.OneToOneField("sandbox.Account", on_delete=models.CASCADE, related_name="help_center")
    is_on = models.BooleanField(default=True)
    off_status = models.IntegerField(default=404)
    looks_empty = models.BooleanField(default=False)
    default_locale = models.CharField(max_length=20, default="en-us")
    locales = models.JSONField(default=list)

    objects: ClassVar[models.Manager[HelpCenter]] = models.Manager()

    class Meta:
        app_label = "sandbox"

    def __str__(self) -> str:
        return f"{self.account} {self.default_locale}"


class UserSegment(models.Model):
    """People who may read what is restricted to them; ``user_type``: ``signed_in_users`` or ``staff``."""

    id = models.BigIntegerField(primary_key=True, default=new_id)
    account = models.ForeignKey("sandbox.Account", on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=200)
    user_type = models.CharField(max_length=40, default="signed_in_users")
    tags = models.JSONField(default=list)
    is_built_in = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=now)

    objects: ClassVar[models.Manager[UserSegment]] = models.Manager()

    class Meta:
        app_label = "sandbox"

    def __str__(self) -> str:
        return self.name


class Shelf(models.Model):
    """What a category and a section have in common: ``words`` is ``{locale: {"name", "description"}}``."""

    id = models.BigIntegerField(primary_key=True, default=new_id)
    account = models.ForeignKey("sandbox.Account", on_delete=models.CASCADE, related_name="+")
    source_locale = models.CharField(max_length=20)
    words = models.JSONField(default=dict)
    position = models.IntegerField(default=0)
    created_at = models.DateTimeField(default=now)
    updated_at = models.DateTimeField(default=now)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name()

    def name(self, locale: str = "") -> str:
        """Its name in that locale, else in its own."""
        words: dict[str, Any] = self.words
        return str((words.get(locale) or words[self.source_locale])["name"])


class Category(Shelf):
    """The first level."""

    objects: ClassVar[models.Manager[Category]] = models.Manager()

    class Meta:
        app_label = "sandbox"


class Section(Shelf):
    """The second level: where articles stand."""

    category = models.ForeignKey(Category, on_delete=models.CASCADE, related_name="sections")

    objects: ClassVar[models.Manager[Section]] = models.Manager()

    class Meta:
        app_label = "sandbox"


class Article(models.Model):
    """An article: what all its translations share. ``segment`` null = everyone may read it."""

    id = models.BigIntegerField(primary_key=True, default=new_id)
    account = models.ForeignKey("sandbox.Account", on_delete=models.CASCADE, related_name="+")
    section = models.ForeignKey(Section, null=True, on_delete=models.SET_NULL, related_name="articles")
    author = models.ForeignKey("sandbox.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    segment = models.ForeignKey(UserSegment, null=True, on_delete=models.SET_NULL, related_name="+")
    source_locale = models.CharField(max_length=20)
    labels = models.JSONField(default=list)
    is_promoted = models.BooleanField(default=False)
    position = models.IntegerField(default=0)
    archived_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=now)
    updated_at = models.DateTimeField(default=now, db_index=True)

    objects: ClassVar[models.Manager[Article]] = models.Manager()

    class Meta:
        app_label = "sandbox"
        indexes = [models.Index(fields=["account", "updated_at", "id"], name="articles_by_change")]

    def __str__(self) -> str:
        return str(self.pk)


class Translation(models.Model):
    """An article in one language; ``body`` is HTML as its author left it, or null."""

    id = models.BigIntegerField(primary_key=True, default=new_id)
    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="translations")
    locale = models.CharField(max_length=20)
    title = models.TextField(default="")
    body = models.TextField(null=True)  # noqa: DJ001  (Zendesk says null)
    is_draft = models.BooleanField(default=False)
    is_outdated = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=now)
    updated_at = models.DateTimeField(default=now)
    edited_at = models.DateTimeField(default=now)

    objects: ClassVar[models.Manager[Translation]] = models.Manager()

    class Meta:
        app_label = "sandbox"
        constraints = [
            models.UniqueConstraint(fields=["article", "locale"], name="one_translation_per_locale"),
        ]

    def __str__(self) -> str:
        return self.title
