"""What the rules replaced goes; certificates refuse every change but the erasure of a name.

Beside a row of certification_withheld the database lets one update through: the name and all
that carries it are emptied, and everything else stays as it was.
"""

from django.db import migrations

from people.append_only import append_only

EMPTIED = ("name", "name_dz", "jwt", "slip")
KEPT = (
    "id serial scheme_id holder_id title completion_id basis valid_from valid_until "
    "status_list status_index issued_at"
).split()
ERASES = " AND ".join(
    [
        "EXISTS (SELECT 1 FROM certification_withheld w WHERE w.credential_id = OLD.id)",
        "CAST(NEW.claims AS TEXT) = '{}'",
        *(f"NEW.{column} = ''" for column in EMPTIED),
        *(f"NEW.{column} IS NOT DISTINCT FROM OLD.{column}" for column in KEPT),
    ]
)
SQLITE = f"""
CREATE TRIGGER certification_credential_no_update BEFORE UPDATE ON certification_credential
WHEN NOT ({ERASES})
BEGIN SELECT RAISE(ABORT, 'certification_credential is append-only'); END
"""
POSTGRESQL_FUNCTION = f"""
CREATE OR REPLACE FUNCTION certification_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF {ERASES} THEN RETURN NEW; END IF;
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""
POSTGRESQL = """
CREATE TRIGGER certification_credential_no_update BEFORE UPDATE ON certification_credential
FOR EACH ROW EXECUTE FUNCTION certification_refuse_change()
"""


def add(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRESQL_FUNCTION, params=None)
        schema_editor.execute(POSTGRESQL, params=None)
    else:
        schema_editor.execute(SQLITE, params=None)


def remove(apps, schema_editor):
    on = " ON certification_credential" if schema_editor.connection.vendor == "postgresql" else ""
    schema_editor.execute(f"DROP TRIGGER certification_credential_no_update{on}", params=None)


class Migration(migrations.Migration):
    dependencies = [("certification", "0004_rules_from_courses")]
    operations = [
        migrations.RemoveField(
            model_name="scheme",
            name="course",
        ),
        migrations.RemoveField(
            model_name="scheme",
            name="pass_mark",
        ),
        migrations.DeleteModel(name="Revocation"),
        migrations.RunPython(add, remove),
        append_only("certification_credential", verbs=("delete",)),
        append_only(
            "certification_statusevent", "certification_withheld", "certification_cyclestep"
        ),
    ]
