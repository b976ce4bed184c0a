"""Reads of the ledger: standing on a day, gaps, what lapses."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from competencies.models import Competency, Evidence, Level, RoleProfile, Target
from competencies.standing import Fact, Held, State, standing
from people.models import User

# Outlet: competency id -> (title, address) of what closes a gap (lms/wiring.py).
next_step_sources: list[Callable[[User, list[Competency]], dict[int, tuple[str, str]]]] = []


@dataclass(frozen=True)
class Line:
    """One competency of "my competencies"."""

    competency: Competency
    target: Level | None
    critical: bool
    held: Held | None
    held_name: str
    next_step: tuple[str, str] | None

    @property
    def met(self) -> bool:
        if self.held is None or self.held.state == State.LAPSED:
            return False
        return self.target is None or self.held.level >= self.target.order

    @property
    def level_now(self) -> int:
        """The level that counts today: none once it has lapsed."""
        return self.held.level if self.held and self.held.state != State.LAPSED else 0


def held_by(person: User, day: date | None = None) -> dict[int, Held]:
    """Competency id -> standing of `person` on `day` (default today), in one query."""
    facts: dict[int, list[Fact]] = defaultdict(list)
    rows = Evidence.objects.filter(person=person).values_list(
        "competency_id",
        "level__order",
        "observed_on",
        "valid_until",
        "kind",
        "withdrawn",
        "superseded_by",
    )
    for competency, level, since, until, kind, withdrawn, superseded in rows:
        counts = kind != Evidence.Kind.SELF and not withdrawn and superseded is None
        facts[competency].append(Fact(level, since, until, counts))
    day = day or timezone.localdate()
    found = {competency: standing(rows, day) for competency, rows in facts.items()}
    return {competency: held for competency, held in found.items() if held}


def profiles_for(person: User) -> list[RoleProfile]:
    """The role profiles of the person's level of a career track."""
    posting = person.open_posting
    if posting is None or posting.track_level_id is None:
        return []
    return list(RoleProfile.objects.filter(track_level=posting.track_level_id))


def lines_for(person: User, profile: RoleProfile | None) -> list[Line]:
    """Every competency of the profile, and whatever else the person holds."""
    held = held_by(person)
    targets = (
        {row.competency_id: row for row in profile.targets.select_related("level")}
        if profile
        else {}
    )
    competencies = list(Competency.objects.filter(pk__in={*targets, *held}))
    names = dict(Level.objects.values_list("order", "name"))
    gaps = [row for row in competencies if not _meets(targets.get(row.pk), held.get(row.pk))]
    steps: dict[int, tuple[str, str]] = {}
    for source in next_step_sources:
        steps |= source(person, gaps)
    return [
        Line(
            competency=row,
            target=targets[row.pk].level if row.pk in targets else None,
            critical=bool(row.pk in targets and targets[row.pk].critical),
            held=held.get(row.pk),
            held_name=names.get(held[row.pk].level, "") if row.pk in held else "",
            next_step=steps.get(row.pk),
        )
        for row in competencies
    ]


def _meets(target: Target | None, held: Held | None) -> bool:
    if target is None:
        return True
    return held is not None and held.state == State.CURRENT and held.level >= target.level.order


def lapsing_for(person: User) -> list[tuple[Competency, Held]]:
    """What of the person's standing lapses soon or has lapsed, the first to end first."""
    held = {pk: row for pk, row in held_by(person).items() if row.state != State.CURRENT}
    rows = Competency.objects.in_bulk(held)
    return sorted(
        ((rows[pk], state) for pk, state in held.items()),
        key=lambda pair: pair[1].until or date.max,
    )


def next_step_for(person: User, competency: Competency) -> tuple[str, str] | None:
    """What gives evidence for `competency`: title and address."""
    for source in next_step_sources:
        if found := source(person, [competency]).get(competency.pk):
            return found
    return None
