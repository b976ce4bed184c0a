"""Writes of the ledger."""

from datetime import date

from django.db import transaction
from django.utils import timezone

from competencies.models import Competency, Descriptor, Evidence, Level
from competencies.standing import add_months


@transaction.atomic
def record_evidence(
    *,
    person,
    competency: Competency,
    level: Level,
    kind: Evidence.Kind | str,
    source,
    assessor=None,
    observed_on: date | None = None,
    note: str = "",
) -> Evidence:
    """Write one row of evidence and bring the person's standing up to date.

    `source` is any saved model with `get_absolute_url`: its app, id, text and address
    are kept in the row. Evidence is valid for the months that the framework states for
    the competency and level, counted from `observed_on` (default: today in Thimphu).
    Safe to repeat: the same person, competency, kind and source give the first row again.
    """
    observed_on = observed_on or timezone.localdate()
    months = (
        Descriptor.objects.filter(competency=competency, level=level)
        .values_list("renew_every_months", flat=True)
        .first()
    )
    evidence, _created = Evidence.objects.get_or_create(
        person=person,
        competency=competency,
        kind=kind,
        source_app=source._meta.app_label,
        source_id=f"{source._meta.model_name}:{source.pk}",
        supersedes=None,
        defaults={
            "level": level,
            "source_title": str(source)[:300],
            "source_url": source.get_absolute_url(),
            "assessor": assessor,
            "observed_on": observed_on,
            "valid_until": add_months(observed_on, months) if months else None,
            "note": note,
        },
    )
    return evidence


@transaction.atomic
def correct_evidence(evidence: Evidence, *, by, note: str, withdrawn: bool) -> Evidence:
    """Supersede the newest row of `evidence` by one that counts for nothing, or counts again.

    The ledger keeps every row; `by` and `note` say who corrected it and why. Safe to repeat:
    a row that says so already is given back.
    """
    newest = Evidence.objects.select_for_update().get(pk=evidence.pk)
    while later := Evidence.objects.filter(supersedes=newest).first():
        newest = later
    if newest.withdrawn == withdrawn:
        return newest
    source = ("source_app", "source_id", "source_title", "source_url")
    copied = ("person", "competency", "level", "kind", *source, "observed_on", "valid_until")
    return Evidence.objects.create(
        **{name: getattr(newest, name) for name in copied},
        assessor=by,
        note=note,
        supersedes=newest,
        withdrawn=withdrawn,
    )
