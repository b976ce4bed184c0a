"""For migrations: tables whose rows are only ever added. The database itself refuses the rest."""

from collections.abc import Callable

from django.db import migrations

SQLITE = """
CREATE TRIGGER {table}_no_{verb} BEFORE {VERB} ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
"""
POSTGRESQL_FUNCTION = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""
POSTGRESQL = """
CREATE TRIGGER {table}_no_{verb} BEFORE {VERB} ON {table}
FOR EACH ROW EXECUTE FUNCTION refuse_change()
"""


def append_only(
    *tables: str, verbs: tuple[str, ...] = ("update", "delete")
) -> migrations.RunPython:
    """The operation that makes `tables` refuse UPDATE and DELETE, on SQLite and PostgreSQL."""
    return migrations.RunPython(_each(tables, verbs, _add), _each(tables, verbs, _remove))


def lifted(*tables: str) -> migrations.RunPython:
    """The reverse, for a migration that adds columns: SQLite remakes a table without its triggers.

    `append_only` of the same tables follows in the same migration.
    """
    verbs = ("update", "delete")
    return migrations.RunPython(_each(tables, verbs, _remove), _each(tables, verbs, _add))


def _each(tables: tuple[str, ...], verbs: tuple[str, ...], change: Callable) -> Callable:
    def run(apps, schema_editor):
        for table in tables:
            for verb in verbs:
                change(schema_editor, table, verb)

    return run


def _add(schema_editor, table: str, verb: str) -> None:
    names = {"table": table, "verb": verb, "VERB": verb.upper()}
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRESQL_FUNCTION, params=None)
        schema_editor.execute(POSTGRESQL.format(**names), params=None)
    else:
        schema_editor.execute(SQLITE.format(**names), params=None)


def _remove(schema_editor, table: str, verb: str) -> None:
    on = f" ON {table}" if schema_editor.connection.vendor == "postgresql" else ""
    schema_editor.execute(f"DROP TRIGGER {table}_no_{verb}{on}", params=None)
