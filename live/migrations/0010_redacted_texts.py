"""The log of a session may lose the text of a question, and nothing else: moderating.py."""

from django.db import migrations

SAME = ("session_id", "seq", "kind", "audience", "actor_id", "cid", "at")
KEPT = " AND ".join(f"NEW.{name} IS OLD.{name}" for name in SAME)
SQLITE = f"""
    CREATE TRIGGER live_event_no_update BEFORE UPDATE ON live_event
    WHEN NOT ({KEPT} AND NEW.digest IS 'redacted'
        AND json_extract(NEW.payload, '$.redacted') IS 1
        AND json_extract(NEW.payload, '$.body') IS '[redacted]'
        AND json_remove(NEW.payload, '$.body', '$.redacted')
            IS json_remove(OLD.payload, '$.body', '$.redacted'))
    BEGIN SELECT RAISE(ABORT, 'live_event is append-only'); END
"""
SQLITE_BEFORE = """
    CREATE TRIGGER live_event_no_update BEFORE UPDATE ON live_event
    BEGIN SELECT RAISE(ABORT, 'live_event is append-only'); END
"""
KEPT_THERE = " AND ".join(f"NEW.{name} IS NOT DISTINCT FROM OLD.{name}" for name in SAME)
POSTGRESQL = f"""
    CREATE OR REPLACE FUNCTION live_event_refuses() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN
        IF TG_OP = 'UPDATE' THEN
            IF {KEPT_THERE} AND NEW.digest = 'redacted'
                AND NEW.payload->>'redacted' = 'true' AND NEW.payload->>'body' = '[redacted]'
                AND NEW.payload - 'body' - 'redacted' = OLD.payload - 'body' - 'redacted'
            THEN RETURN NEW; END IF;
        END IF;
        RAISE EXCEPTION 'live_event is append-only';
    END $$
"""
POSTGRESQL_BEFORE = """
    CREATE OR REPLACE FUNCTION live_event_refuses() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'live_event is append-only'; END $$
"""


def _replace(schema_editor, sqlite, postgresql):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TRIGGER live_event_no_update")
        schema_editor.execute(sqlite, params=None)
    else:
        schema_editor.execute(postgresql, params=None)


def allow(apps, schema_editor):
    _replace(schema_editor, SQLITE, POSTGRESQL)


def refuse(apps, schema_editor):
    _replace(schema_editor, SQLITE_BEFORE, POSTGRESQL_BEFORE)


class Migration(migrations.Migration):
    dependencies = [("live", "0009_flagged_questions")]
    operations = [migrations.RunPython(allow, refuse)]
