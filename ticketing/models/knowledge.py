"""What the AI may answer from: the Help Center's articles, copied, cut into passages, and how the copy is kept."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from opencx_admin.due import Due, due_index
from opencx_admin.orgs.models import Organization


class KnowledgeSource(Due):
    """Where knowledge comes from, and how its copy stands. `next_attempt_at` is when the next run, or its next
    step, is due.

    `edition` is the copy that counts: a rebuild fills the next one beside it and then swaps. `synced_until` is the
    time (seconds of the epoch) up to which changes are known.
    """

    class Kind(models.TextChoices):
        HELP_CENTER = "help_center", _("Zendesk Help Center")

    class Cadence(models.TextChoices):
        HOURLY = "hourly", _("Every hour")
        DAILY = "daily", _("Once a day")
        MANUAL = "manual", _("By hand")

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        WORKING = "working", _("Working")
        RETRYING = "retrying", _("Retrying")
        READY = "ready", _("Up to date")
        FAILED = "failed", _("Failed")

    class Ask(models.TextChoices):
        SYNC = "sync", _("Sync now")
        REBUILD = "rebuild", _("Rebuild")
        ACCEPT_SWEEP = "accept_sweep", _("Withdraw what is missing")
        ACCEPT_REBUILD = "accept_rebuild", _("Take the smaller copy")

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="knowledge_sources")
    kind = models.CharField(max_length=16, choices=Kind.choices, default=Kind.HELP_CENTER)
    cadence = models.CharField(_("look for changes"), max_length=8, choices=Cadence.choices, default=Cadence.HOURLY)
    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    # The account that the copy is of; another one in the credentials begins a new copy.
    account = models.CharField(max_length=300)
    is_on = models.BooleanField(default=True)
    locales = models.JSONField(default=list, blank=True)
    # {"<section id>": [section name, category name]}
    shelves = models.JSONField(default=dict, blank=True)
    edition = models.PositiveIntegerField(default=1)
    synced_until = models.BigIntegerField(null=True, blank=True)
    synced_at = models.DateTimeField(null=True, blank=True)
    swept_at = models.DateTimeField(null=True, blank=True)
    # What a person asked for and what begins next: sync, rebuild, sweep or rebuild with what is missing taken away.
    asked = models.CharField(max_length=16, blank=True, choices=Ask.choices)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("knowledge source")
        verbose_name_plural = _("knowledge sources")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "kind"], name="knowledge_source_once"),
        ]
        indexes: ClassVar = [due_index("knowledge_source_due")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.account}"

    @property
    def default_locale(self) -> str:
        """The Help Center's own first language."""
        return str(self.locales[0]) if self.locales else "en-us"

    @property
    def is_moving(self) -> bool:
        """True while a run is under way or about to begin."""
        return self.state in (self.State.QUEUED, self.State.WORKING, self.State.RETRYING)


class SyncRun(models.Model):
    """One run over a source: what it was for, how far it came, what it changed.

    `cursor` says where the next step begins; it is saved in one transaction with the page before it.
    """

    class Kind(models.TextChoices):
        FIRST = "first", _("First sync")
        INCREMENTAL = "incremental", _("Changes")
        SWEEP = "sweep", _("Full look")
        REBUILD = "rebuild", _("Rebuild")

    class State(models.TextChoices):
        WORKING = "working", _("Working")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        ASKING = "asking", _("Asks you")
        STOPPED = "stopped", _("Stopped")

    source = models.ForeignKey(KnowledgeSource, on_delete=models.CASCADE, related_name="runs")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WORKING)
    edition = models.PositiveIntegerField()
    cursor = models.JSONField(default=dict, blank=True)
    started_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    total = models.PositiveIntegerField(null=True, blank=True)
    processed = models.PositiveIntegerField(default=0)
    added = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    hidden = models.PositiveIntegerField(default=0)
    withdrawn = models.PositiveIntegerField(default=0)
    # [{"id": article id or null, "title": …, "why": code}], the first 50.
    problems = models.JSONField(default=list, blank=True)
    # Why it stopped or asks, for a person.
    detail = models.TextField(blank=True)
    # How many articles a full look did not find, and out of how many; a person said that they may go.
    missing = models.PositiveIntegerField(default=0)
    missing_of = models.PositiveIntegerField(default=0)
    is_accepted = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("sync run")
        verbose_name_plural = _("sync runs")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["source"], condition=Q(ended_at=None), name="sync_run_one_at_a_time"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def is_full(self) -> bool:
        """True when it lists every article instead of what changed."""
        return self.kind != self.Kind.INCREMENTAL


class Article(models.Model):
    """An article in one language, as it was last read.

    Contacts may be told of it only when `is_public`: published, read by everyone, not withdrawn. The rest is for
    agents. A withdrawn one (deleted in the Help Center) is kept without passages, to say what became of it.
    """

    class Problem(models.TextChoices):
        NONE = "", _("none")
        EMPTY = "empty", _("It has no text")
        CUT = "cut", _("Too long: only its beginning is searched")

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="articles")
    source = models.ForeignKey(KnowledgeSource, on_delete=models.CASCADE, related_name="articles")
    edition = models.PositiveIntegerField(default=1)
    external_id = models.BigIntegerField()
    locale = models.CharField(max_length=20)
    title = models.TextField(blank=True)
    url = models.CharField(max_length=1000, blank=True)
    # Cleaned: no script, no style, no frame, links made absolute.
    body_html = models.TextField(blank=True)
    body_text = models.TextField(blank=True)
    section = models.CharField(max_length=300, blank=True)
    category = models.CharField(max_length=300, blank=True)
    is_draft = models.BooleanField(default=True)
    is_restricted = models.BooleanField(default=True)
    is_public = models.BooleanField(default=False)
    edited_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField(null=True, blank=True)
    content_hash = models.CharField(max_length=64)
    size = models.PositiveIntegerField(default=0)
    problem = models.CharField(max_length=8, choices=Problem.choices, blank=True)
    first_seen_at = models.DateTimeField(default=timezone.now)
    synced_at = models.DateTimeField(default=timezone.now)
    # The full run that saw it last: what a finished one did not see is missing.
    seen_run_id = models.BigIntegerField(null=True, blank=True)
    hidden_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    last_cited_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("article")
        verbose_name_plural = _("articles")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["source", "edition", "external_id", "locale"], name="article_once"),
            models.CheckConstraint(
                condition=Q(is_public=False) | Q(is_draft=False, is_restricted=False, withdrawn_at=None),
                name="article_public_is_open",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["organization", "external_id"], name="article_by_external_id"),
            models.Index(fields=["source", "edition", "seen_run_id"], name="article_by_seen_run"),
        ]

    def __str__(self) -> str:
        return f"{self.external_id} {self.locale}"

    @property
    def key(self) -> str:
        """Its name that stays through a rebuild: `<article id>:<locale>`."""
        return f"{self.external_id}:{self.locale}"

    def get_absolute_url(self) -> str:
        """Its page here."""
        return reverse("article", args=[self.external_id, self.locale])


class ArticlePassage(models.Model):
    """A piece of an article of about 150 words under one heading: what the search finds.

    The search's index hangs on this table's columns (see `ticketing/knowledge/index.py`): SQLite's by triggers,
    PostgreSQL's by a generated column. A migration that rebuilds the table on SQLite must make the triggers again.
    """

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="passages")
    position = models.PositiveIntegerField()
    # The copy it belongs to, `s<source>e<edition>`: a word of the index, so that a search looks at one copy only.
    scope = models.CharField(max_length=40, default="")
    title = models.TextField(blank=True)
    heading = models.TextField(blank=True)
    text = models.TextField(blank=True)

    class Meta:
        verbose_name = _("passage")
        verbose_name_plural = _("passages")
        ordering: ClassVar = ["article_id", "position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["article", "position"], name="passage_position_once"),
        ]

    def __str__(self) -> str:
        return f"{self.article_id} {self.position}"
