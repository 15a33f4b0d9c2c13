from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

# As 0004 made it, with the copy's own word in it.
SQLITE = [
    """
    CREATE VIRTUAL TABLE ticketing_passage_words USING fts5(
        title, heading, text, scope, content='ticketing_articlepassage', content_rowid='id',
        tokenize='porter unicode61 remove_diacritics 2'
    )
    """,
    """
    CREATE TRIGGER ticketing_passage_words_in AFTER INSERT ON ticketing_articlepassage BEGIN
        INSERT INTO ticketing_passage_words (rowid, title, heading, text, scope)
        VALUES (new.id, new.title, new.heading, new.text, new.scope);
    END
    """,
    """
    CREATE TRIGGER ticketing_passage_words_out AFTER DELETE ON ticketing_articlepassage BEGIN
        INSERT INTO ticketing_passage_words (ticketing_passage_words, rowid, title, heading, text, scope)
        VALUES ('delete', old.id, old.title, old.heading, old.text, old.scope);
    END
    """,
    """
    CREATE TRIGGER ticketing_passage_words_new AFTER UPDATE ON ticketing_articlepassage BEGIN
        INSERT INTO ticketing_passage_words (ticketing_passage_words, rowid, title, heading, text, scope)
        VALUES ('delete', old.id, old.title, old.heading, old.text, old.scope);
        INSERT INTO ticketing_passage_words (rowid, title, heading, text, scope)
        VALUES (new.id, new.title, new.heading, new.text, new.scope);
    END
    """,
    "INSERT INTO ticketing_passage_words (ticketing_passage_words) VALUES ('rebuild')",
]
SQLITE_BACK = [
    "DROP TRIGGER ticketing_passage_words_new",
    "DROP TRIGGER ticketing_passage_words_out",
    "DROP TRIGGER ticketing_passage_words_in",
    "DROP TABLE ticketing_passage_words",
]
POSTGRESQL = [
    """
    ALTER TABLE ticketing_articlepassage ADD COLUMN words tsvector GENERATED ALWAYS AS (
        setweight(to_tsvector('english', title), 'A')
        || setweight(to_tsvector('english', heading), 'B')
        || setweight(to_tsvector('english', text), 'D')
        || setweight(to_tsvector('simple', scope), 'C')
    ) STORED
    """,
    "CREATE INDEX ticketing_passage_words ON ticketing_articlepassage USING gin (words)",
]
POSTGRESQL_BACK = [
    "DROP INDEX ticketing_passage_words",
    "ALTER TABLE ticketing_articlepassage DROP COLUMN words",
]
# The index as 0004 leaves it, for the way back.
OLD_SQLITE = [
    statement.replace(", scope", "").replace(", new.scope", "").replace(", old.scope", "") for statement in SQLITE
]
OLD_POSTGRESQL = [statement.replace("|| setweight(to_tsvector('simple', scope), 'C')", "") for statement in POSTGRESQL]


def name_copies(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    passages = apps.get_model("ticketing", "ArticlePassage").objects
    copies = apps.get_model("ticketing", "Article").objects.values_list("source_id", "edition").distinct()
    for source, edition in copies:
        rows = passages.filter(article__source_id=source, article__edition=edition)
        rows.update(scope=f"s{source}e{edition}")


def make_index(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    _run(schema_editor, SQLITE, POSTGRESQL)


def drop_index(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    _run(schema_editor, SQLITE_BACK, POSTGRESQL_BACK)


def make_old_index(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    _run(schema_editor, OLD_SQLITE, OLD_POSTGRESQL)


def keep(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Nothing to take back: the column goes."""


def _run(schema_editor: BaseDatabaseSchemaEditor, sqlite: list[str], postgresql: list[str]) -> None:
    for statement in sqlite if schema_editor.connection.vendor == "sqlite" else postgresql:
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [
        ("ticketing", "0005_ai_fields"),
    ]

    operations = [
        migrations.RunPython(drop_index, make_old_index),
        migrations.AddField(
            model_name="articlepassage",
            name="scope",
            field=models.CharField(default="", max_length=40),
        ),
        migrations.RunPython(name_copies, keep),
        migrations.RunPython(make_index, drop_index),
    ]
