"""The full-text index of the embedded engine, kept by the database itself."""

from django.db import migrations

SQLITE = [
    # Letters, marks and digits make a word; without Mn and Mc Dzongkha syllables break apart.
    """
    CREATE VIRTUAL TABLE search_fts USING fts5(
        title, body, content='search_searchdocument', content_rowid='id', prefix='2 3 4',
        tokenize="porter unicode61 remove_diacritics 2 categories 'L* N* Co Mn Mc'"
    )
    """,
    """
    CREATE TRIGGER search_fts_insert AFTER INSERT ON search_searchdocument BEGIN
        INSERT INTO search_fts(rowid, title, body) VALUES (new.id, new.title, new.body);
    END
    """,
    """
    CREATE TRIGGER search_fts_delete AFTER DELETE ON search_searchdocument BEGIN
        INSERT INTO search_fts(search_fts, rowid, title, body)
        VALUES ('delete', old.id, old.title, old.body);
    END
    """,
    """
    CREATE TRIGGER search_fts_update AFTER UPDATE OF title, body ON search_searchdocument BEGIN
        INSERT INTO search_fts(search_fts, rowid, title, body)
        VALUES ('delete', old.id, old.title, old.body);
        INSERT INTO search_fts(rowid, title, body) VALUES (new.id, new.title, new.body);
    END
    """,
]
# PostgreSQL's own parser keeps host names and Dzongkha runs whole: the words are cut by the
# same rule as everywhere, joined by blanks, before they become a vector.
POSTGRESQL = [
    "ALTER TABLE search_searchdocument ADD COLUMN vector tsvector",
    r"""
    CREATE FUNCTION search_words(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
        SELECT regexp_replace(
            lower($1),
            '[^[:alnum:]\u0300-\u036f\u0f00\u0f18-\u0f39\u0f3e-\u0fbc]+', ' ', 'g'
        )
    $$
    """,
    """
    CREATE FUNCTION search_vector() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.vector := setweight(to_tsvector('english', search_words(NEW.title)), 'A')
            || setweight(to_tsvector('english', left(search_words(NEW.body), 400000)), 'D');
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER search_vector BEFORE INSERT OR UPDATE OF title, body
    ON search_searchdocument FOR EACH ROW EXECUTE FUNCTION search_vector()
    """,
    "CREATE INDEX search_vector_gin ON search_searchdocument USING gin (vector)",
]
UNDO = {
    "sqlite": [
        "DROP TRIGGER search_fts_insert",
        "DROP TRIGGER search_fts_delete",
        "DROP TRIGGER search_fts_update",
        "DROP TABLE search_fts",
    ],
    "postgresql": [
        "DROP TRIGGER search_vector ON search_searchdocument",
        "DROP FUNCTION search_vector()",
        "DROP FUNCTION search_words(text)",
        "ALTER TABLE search_searchdocument DROP COLUMN vector",
    ],
}


def add(apps, schema_editor):
    statements = {"sqlite": SQLITE, "postgresql": POSTGRESQL}[schema_editor.connection.vendor]
    for statement in statements:
        schema_editor.execute(statement, params=None)


def remove(apps, schema_editor):
    for statement in UNDO[schema_editor.connection.vendor]:
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("search", "0001_initial")]
    operations = [migrations.RunPython(add, remove)]
