"""For migrations: rows of one person whose days never overlap. The database itself refuses it."""

from django.db import migrations

SQLITE = """
CREATE TRIGGER {table}_no_overlap_{verb} BEFORE {VERB} ON {table}
WHEN EXISTS (
    SELECT 1 FROM {table} AS other
    WHERE other.person_id = NEW.person_id AND other.id <> COALESCE(NEW.id, -1)
      AND other.starts <= NEW.ends AND other.ends >= NEW.starts
)
BEGIN SELECT RAISE(ABORT, '{table}_no_overlap'); END
"""
POSTGRESQL = """
ALTER TABLE {table} ADD CONSTRAINT {table}_no_overlap
EXCLUDE USING gist (person_id WITH =, daterange(starts, ends, '[]') WITH &&)
"""


def no_overlap(table: str) -> migrations.RunPython:
    """The operation for a table with `person_id`, `starts` and `ends` (days, both included).

    On PostgreSQL it needs btree_gist, which people/migrations/0002 installs.
    """

    def add(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(POSTGRESQL.format(table=table), params=None)
            return
        for verb in ("insert", "update"):
            statement = SQLITE.format(table=table, verb=verb, VERB=verb.upper())
            schema_editor.execute(statement, params=None)

    def remove(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {table}_no_overlap")
            return
        for verb in ("insert", "update"):
            schema_editor.execute(f"DROP TRIGGER {table}_no_overlap_{verb}")

    return migrations.RunPython(add, remove)
