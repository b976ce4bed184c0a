"""Postings of one person never overlap: refused by the database itself."""

from django.db import migrations

SQLITE = [
    f"""
    CREATE TRIGGER people_posting_no_overlap_{event.lower()}
    BEFORE {event} ON people_posting
    WHEN EXISTS (
        SELECT 1 FROM people_posting AS other
        WHERE other.person_id = NEW.person_id AND other.id <> COALESCE(NEW.id, -1)
          AND other.starts <= COALESCE(NEW.ends, '9999-12-31')
          AND COALESCE(other.ends, '9999-12-31') >= NEW.starts
    )
    BEGIN SELECT RAISE(ABORT, 'people_posting_no_overlap'); END
    """
    for event in ("INSERT", "UPDATE")
]
POSTGRESQL = [
    "CREATE EXTENSION IF NOT EXISTS btree_gist",
    """
    ALTER TABLE people_posting ADD CONSTRAINT people_posting_no_overlap
    EXCLUDE USING gist (person_id WITH =, daterange(starts, ends, '[]') WITH &&)
    DEFERRABLE INITIALLY IMMEDIATE
    """,
]


def add(apps, schema_editor):
    vendor = schema_editor.connection.vendor
    for statement in {"sqlite": SQLITE, "postgresql": POSTGRESQL}[vendor]:
        schema_editor.execute(statement, params=None)


def remove(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        for event in ("insert", "update"):
            schema_editor.execute(f"DROP TRIGGER people_posting_no_overlap_{event}")
    else:
        schema_editor.execute(
            "ALTER TABLE people_posting DROP CONSTRAINT people_posting_no_overlap"
        )


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial")]
    operations = [migrations.RunPython(add, remove)]
