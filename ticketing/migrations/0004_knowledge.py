import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

# SQLite: a full-text index beside the table, kept in step by triggers. Other programs' writes are seen too.
SQLITE = [
    """
    CREATE VIRTUAL TABLE ticketing_passage_words USING fts5(
        title, heading, text, content='ticketing_articlepassage', content_rowid='id',
        tokenize='porter unicode61 remove_diacritics 2'
    )
    """,
    """
    CREATE TRIGGER ticketing_passage_words_in AFTER INSERT ON ticketing_articlepassage BEGIN
        INSERT INTO ticketing_passage_words (rowid, title, heading, text)
        VALUES (new.id, new.title, new.heading, new.text);
    END
    """,
    """
    CREATE TRIGGER ticketing_passage_words_out AFTER DELETE ON ticketing_articlepassage BEGIN
        INSERT INTO ticketing_passage_words (ticketing_passage_words, rowid, title, heading, text)
        VALUES ('delete', old.id, old.title, old.heading, old.text);
    END
    """,
    """
    CREATE TRIGGER ticketing_passage_words_new AFTER UPDATE ON ticketing_articlepassage BEGIN
        INSERT INTO ticketing_passage_words (ticketing_passage_words, rowid, title, heading, text)
        VALUES ('delete', old.id, old.title, old.heading, old.text);
        INSERT INTO ticketing_passage_words (rowid, title, heading, text)
        VALUES (new.id, new.title, new.heading, new.text);
    END
    """,
]
SQLITE_BACK = [
    "DROP TRIGGER ticketing_passage_words_new",
    "DROP TRIGGER ticketing_passage_words_out",
    "DROP TRIGGER ticketing_passage_words_in",
    "DROP TABLE ticketing_passage_words",
]
# PostgreSQL: a column that it computes itself, with a GIN index.
POSTGRESQL = [
    """
    ALTER TABLE ticketing_articlepassage ADD COLUMN words tsvector GENERATED ALWAYS AS (
        setweight(to_tsvector('english', title), 'A')
        || setweight(to_tsvector('english', heading), 'B')
        || setweight(to_tsvector('english', text), 'D')
    ) STORED
    """,
    "CREATE INDEX ticketing_passage_words ON ticketing_articlepassage USING gin (words)",
]
POSTGRESQL_BACK = [
    "DROP INDEX ticketing_passage_words",
    "ALTER TABLE ticketing_articlepassage DROP COLUMN words",
]


def index_words(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    _run(schema_editor, SQLITE, POSTGRESQL)


def drop_index(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    _run(schema_editor, SQLITE_BACK, POSTGRESQL_BACK)


def _run(schema_editor: BaseDatabaseSchemaEditor, sqlite: list[str], postgresql: list[str]) -> None:
    for statement in sqlite if schema_editor.connection.vendor == "sqlite" else postgresql:
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [
        ("orgs", "0002_whole_minutes"),
        ("ticketing", "0003_canary"),
    ]

    operations = [
        migrations.CreateModel(
            name="KnowledgeSource",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("next_attempt_at", models.DateTimeField(blank=True, null=True, verbose_name="next attempt at")),
                ("attempts", models.PositiveIntegerField(default=0, verbose_name="attempts")),
                ("last_error", models.TextField(blank=True, default="", verbose_name="last error")),
                (
                    "kind",
                    models.CharField(
                        choices=[("help_center", "Zendesk Help Center")], default="help_center", max_length=16
                    ),
                ),
                (
                    "cadence",
                    models.CharField(
                        choices=[("hourly", "Every hour"), ("daily", "Once a day"), ("manual", "By hand")],
                        default="hourly",
                        max_length=8,
                        verbose_name="look for changes",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "Queued"),
                            ("working", "Working"),
                            ("retrying", "Retrying"),
                            ("ready", "Up to date"),
                            ("failed", "Failed"),
                        ],
                        default="queued",
                        max_length=8,
                    ),
                ),
                ("account", models.CharField(max_length=300)),
                ("is_on", models.BooleanField(default=True)),
                ("locales", models.JSONField(blank=True, default=list)),
                ("shelves", models.JSONField(blank=True, default=dict)),
                ("edition", models.PositiveIntegerField(default=1)),
                ("synced_until", models.BigIntegerField(blank=True, null=True)),
                ("synced_at", models.DateTimeField(blank=True, null=True)),
                ("swept_at", models.DateTimeField(blank=True, null=True)),
                (
                    "asked",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("sync", "Sync now"),
                            ("rebuild", "Rebuild"),
                            ("accept_sweep", "Withdraw what is missing"),
                            ("accept_rebuild", "Take the smaller copy"),
                        ],
                        max_length=16,
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="knowledge_sources",
                        to="orgs.organization",
                    ),
                ),
            ],
            options={
                "verbose_name": "knowledge source",
                "verbose_name_plural": "knowledge sources",
            },
        ),
        migrations.CreateModel(
            name="Article",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("edition", models.PositiveIntegerField(default=1)),
                ("external_id", models.BigIntegerField()),
                ("locale", models.CharField(max_length=20)),
                ("title", models.TextField(blank=True)),
                ("url", models.CharField(blank=True, max_length=1000)),
                ("body_html", models.TextField(blank=True)),
                ("body_text", models.TextField(blank=True)),
                ("section", models.CharField(blank=True, max_length=300)),
                ("category", models.CharField(blank=True, max_length=300)),
                ("is_draft", models.BooleanField(default=True)),
                ("is_restricted", models.BooleanField(default=True)),
                ("is_public", models.BooleanField(default=False)),
                ("edited_at", models.DateTimeField(blank=True, null=True)),
                ("updated_at", models.DateTimeField(blank=True, null=True)),
                ("content_hash", models.CharField(max_length=64)),
                ("size", models.PositiveIntegerField(default=0)),
                (
                    "problem",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "none"),
                            ("empty", "It has no text"),
                            ("cut", "Too long: only its beginning is searched"),
                        ],
                        max_length=8,
                    ),
                ),
                ("first_seen_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("synced_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("seen_run_id", models.BigIntegerField(blank=True, null=True)),
                ("hidden_at", models.DateTimeField(blank=True, null=True)),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                ("last_cited_at", models.DateTimeField(blank=True, null=True)),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="articles", to="orgs.organization"
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="articles",
                        to="ticketing.knowledgesource",
                    ),
                ),
            ],
            options={
                "verbose_name": "article",
                "verbose_name_plural": "articles",
            },
        ),
        migrations.CreateModel(
            name="SyncRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("first", "First sync"),
                            ("incremental", "Changes"),
                            ("sweep", "Full look"),
                            ("rebuild", "Rebuild"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("working", "Working"),
                            ("done", "Done"),
                            ("failed", "Failed"),
                            ("asking", "Asks you"),
                            ("stopped", "Stopped"),
                        ],
                        default="working",
                        max_length=8,
                    ),
                ),
                ("edition", models.PositiveIntegerField()),
                ("cursor", models.JSONField(blank=True, default=dict)),
                ("started_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("total", models.PositiveIntegerField(blank=True, null=True)),
                ("processed", models.PositiveIntegerField(default=0)),
                ("added", models.PositiveIntegerField(default=0)),
                ("changed", models.PositiveIntegerField(default=0)),
                ("hidden", models.PositiveIntegerField(default=0)),
                ("withdrawn", models.PositiveIntegerField(default=0)),
                ("problems", models.JSONField(blank=True, default=list)),
                ("detail", models.TextField(blank=True)),
                ("missing", models.PositiveIntegerField(default=0)),
                ("missing_of", models.PositiveIntegerField(default=0)),
                ("is_accepted", models.BooleanField(default=False)),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="runs", to="ticketing.knowledgesource"
                    ),
                ),
            ],
            options={
                "verbose_name": "sync run",
                "verbose_name_plural": "sync runs",
            },
        ),
        migrations.CreateModel(
            name="ArticlePassage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveIntegerField()),
                ("title", models.TextField(blank=True)),
                ("heading", models.TextField(blank=True)),
                ("text", models.TextField(blank=True)),
                (
                    "article",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="passages", to="ticketing.article"
                    ),
                ),
            ],
            options={
                "verbose_name": "passage",
                "verbose_name_plural": "passages",
                "ordering": ["article_id", "position"],
                "constraints": [models.UniqueConstraint(fields=("article", "position"), name="passage_position_once")],
            },
        ),
        migrations.AddIndex(
            model_name="knowledgesource",
            index=models.Index(
                condition=models.Q(("next_attempt_at__isnull", False)),
                fields=["next_attempt_at"],
                name="knowledge_source_due",
            ),
        ),
        migrations.AddConstraint(
            model_name="knowledgesource",
            constraint=models.UniqueConstraint(fields=("organization", "kind"), name="knowledge_source_once"),
        ),
        migrations.AddIndex(
            model_name="article",
            index=models.Index(fields=["organization", "external_id"], name="article_by_external_id"),
        ),
        migrations.AddIndex(
            model_name="article",
            index=models.Index(fields=["source", "edition", "seen_run_id"], name="article_by_seen_run"),
        ),
        migrations.AddConstraint(
            model_name="article",
            constraint=models.UniqueConstraint(
                fields=("source", "edition", "external_id", "locale"), name="article_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="article",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("is_public", False),
                    models.Q(("is_draft", False), ("is_restricted", False), ("withdrawn_at", None)),
                    _connector="OR",
                ),
                name="article_public_is_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="syncrun",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None)), fields=("source",), name="sync_run_one_at_a_time"
            ),
        ),
        migrations.RunPython(index_words, drop_index),
    ]
