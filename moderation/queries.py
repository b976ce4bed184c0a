"""Reads of moderation that no QuerySet owns."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta
from statistics import median
from typing import Any

from django.db.models import F, QuerySet
from django.utils import timezone

from moderation.models import Act, Case
from moderation.subjects import Item, cases_for, sources, subject_of
from people.models import User

MEASURED = timedelta(days=90)


def with_items(cases: Iterable[Case]) -> list[tuple[Case, Item]]:
    """Each case with what it is about: one query for each kind, however many cases."""
    cases = list(cases)
    ids: dict[str, list[int]] = defaultdict(list)
    for case in cases:
        ids[case.kind].append(case.subject)
    items: dict[tuple[str, int], Item] = {}
    for kind, rows in ids.items():
        source = subject_of(kind)
        if source:
            items |= {(kind, pk): item for pk, item in source.items(rows).items()}
    found = ((case, items.get((case.kind, case.subject))) for case in cases)
    return [(case, item) for case, item in found if item is not None]


def with_rights(acts: Iterable[Act], person) -> list[tuple[Act, bool]]:
    """Each act with whether `person` reads its reason: not of what they may not read itself,
    such as a confidential request. A name that those who decide may not know is left out."""
    acts = list(acts)
    _leave_names_out(acts)
    if person.is_superuser:
        return [(act, True) for act in acts]
    cases = cases_for(person).filter(pk__in={act.case_id for act in acts})
    open_to: set[Any] = set(cases.values_list("pk", flat=True)) | {None}
    things: set[Any] = {None}
    for source in sources:
        named = {act.data["subject"] for act in acts if act.data.get("kind") == source.kind}
        found = source.judged(person).filter(pk__in=named) if named else []
        things |= {(source.kind, row["pk"]) for row in found}
    return [(act, act.case_id in open_to and act.about in things) for act in acts]


def _leave_names_out(acts: list[Act]) -> None:
    for source in sources:
        ids = {act.case.subject for act in acts if act.case and act.case.kind == source.kind}
        hidden = source.nameless(ids) if ids else set()
        for act in acts:
            if act.case and act.case.kind == source.kind and act.case.subject in hidden:
                act.person = None  # shown so, and not saved


def cases_of_author(person: User) -> QuerySet[Case]:
    """Cases about what `person` wrote, that were hidden or decided; the newest first."""
    told = Act.objects.filter(person=person).exclude(verb__in=[Act.Verb.FLAG, Act.Verb.CLAIM])
    return Case.objects.filter(pk__in=told.values("case")).order_by("-opened_at", "-pk")


def median_minutes() -> float | None:
    """How long a decision took, in minutes, in the middle of the last ninety days'."""
    rows = Case.objects.filter(decided_at__gte=timezone.now() - MEASURED)
    took = rows.annotate(took=F("decided_at") - F("opened_at")).values_list("took", flat=True)
    minutes = [row.total_seconds() / 60 for row in took]
    return median(minutes) if minutes else None
