"""The log of a session is never changed: refused by the database itself."""

from django.db import migrations

SQLITE = [
    f"""
    CREATE TRIGGER live_event_no_{event.lower()} BEFORE {event} ON live_event
    BEGIN SELECT RAISE(ABORT, 'live_event is append-only'); END
    """
    for event in ("UPDATE", "DELETE")
]
POSTGRESQL = [
    """
    CREATE FUNCTION live_event_refuses() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'live_event is append-only'; END $$
    """,
    """
    CREATE TRIGGER live_event_no_change BEFORE UPDATE OR DELETE ON live_event
    FOR EACH ROW EXECUTE FUNCTION live_event_refuses()
    """,
]


def add(apps, schema_editor):
    vendor = schema_editor.connection.vendor
    for statement in {"sqlite": SQLITE, "postgresql": POSTGRESQL}[vendor]:
        schema_editor.execute(statement, params=None)


def remove(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        for event in ("update", "delete"):
            schema_editor.execute(f"DROP TRIGGER live_event_no_{event}")
    else:
        schema_editor.execute("DROP TRIGGER live_event_no_change ON live_event")
        schema_editor.execute("DROP FUNCTION live_event_refuses()")


class Migration(migrations.Migration):
    dependencies = [("live", "0001_initial")]
    operations = [migrations.RunPython(add, remove)]
