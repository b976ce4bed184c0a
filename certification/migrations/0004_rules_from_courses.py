"""Course and pass mark become a rule; revocations become events; certificates get cycles."""

from django.db import migrations


def forwards(apps, schema_editor):
    _rules(apps.get_model("certification", "Scheme"))
    _events(
        apps.get_model("certification", "Revocation"),
        apps.get_model("certification", "StatusEvent"),
    )
    _cycles(apps.get_model("certification", "Credential"), apps.get_model("certification", "Cycle"))


def _rules(schemes):
    for scheme in schemes.objects.select_related("course"):
        scheme.rule = {"course": scheme.course.slug}
        if scheme.pass_mark:
            scheme.rule["percent"] = float(scheme.pass_mark * 100)
        scheme.save(update_fields=["rule"])


def _events(revocations, events):
    events.objects.bulk_create(
        events(
            credential_id=row.credential_id,
            action="revoke",
            reason=row.reason,
            proposed_by_id=row.by_id,
            at=row.revoked_at,
        )
        for row in revocations.objects.all()
    )


def _cycles(credentials, cycles):
    """Of the certificates of one person and scheme the last one runs, the others were renewed."""
    chains = {}
    rows = credentials.objects.filter(valid_until__isnull=False).order_by("issued_at", "pk")
    for row in rows:
        chains.setdefault((row.scheme_id, row.holder_id), []).append(row)
    for (scheme, person), chain in chains.items():
        for number, row in enumerate(chain, start=1):
            cycles.objects.create(
                credential=row,
                person_id=person,
                scheme_id=scheme,
                number=number,
                due_on=row.valid_until,
                state=_state(row, is_last=row is chain[-1]),
            )


def _state(row, *, is_last):
    if row.status_events.filter(action="revoke").exists():
        return "ended"
    return "due" if is_last else "renewed"


class Migration(migrations.Migration):
    dependencies = [
        ("certification", "0003_trees_cycles_two_people"),
        ("courses", "0002_append_only"),
    ]
    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
