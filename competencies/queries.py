"""Reads of the ledger: standing on a day, gaps, what lapses."""

from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet
from django.utils import timezone

from competencies.models import Competency, Evidence, Level, RoleProfile, Target
from competencies.standing import Fact, Held, State, standing
from people.models import Posting, User

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
    found = _standings(Evidence.objects.filter(person=person), day)
    return {competency: held for (_person, competency), held in found.items()}


def standings_of(people: Collection[int]) -> dict[tuple[int, int], Held]:
    """(person id, competency id) -> standing today, of all these people in one query."""
    return _standings(Evidence.objects.filter(person__in=people))


def _standings(rows: QuerySet[Evidence], day: date | None = None) -> dict[tuple[int, int], Held]:
    """(person id, competency id) -> standing on `day` (default today), in one query."""
    facts: dict[tuple[int, int], list[Fact]] = defaultdict(list)
    values = rows.values_list(
        "person_id",
        "competency_id",
        "level__order",
        "observed_on",
        "valid_until",
        "kind",
        "withdrawn",
        "superseded_by",
    )
    for person, competency, level, since, until, kind, withdrawn, superseded in values:
        counts = kind != Evidence.Kind.SELF and not withdrawn and superseded is None
        facts[person, competency].append(Fact(level, since, until, counts))
    day = day or timezone.localdate()
    found = {key: standing(rows, day) for key, rows in facts.items()}
    return {key: held for key, held in found.items() if held}


def people_with_gap(competencies: list[Competency]) -> set[int]:
    """Ids of the people whose role profile asks for one of these and who do not hold it now.

    Three queries, however many people: targets, open postings, evidence.
    """
    wanted: dict[int, list[Target]] = defaultdict(list)  # by level of a career track
    targets = Target.objects.filter(competency__in=competencies)
    for target in targets.select_related("level", "profile"):
        wanted[target.profile.track_level_id].append(target)
    postings = Posting.objects.open().filter(track_level__in=wanted)
    people = dict(postings.values_list("person_id", "track_level_id"))
    held = _standings(Evidence.objects.filter(person__in=people, competency__in=competencies))
    return {
        person
        for person, track_level in people.items()
        if any(
            not _meets(target, held.get((person, target.competency_id)))
            for target in wanted[track_level]
        )
    }


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


def lapsing_with_steps(person: User) -> list[tuple[Competency, Held, tuple[str, str] | None]]:
    """As `lapsing_for`, each with what renews it: title and address."""
    rows = lapsing_for(person)
    steps: dict[int, tuple[str, str]] = {}
    for source in next_step_sources:
        steps |= source(person, [competency for competency, _held in rows])
    return [(competency, held, steps.get(competency.pk)) for competency, held in rows]


def next_step_for(person: User, competency: Competency) -> tuple[str, str] | None:
    """What gives evidence for `competency`: title and address."""
    for source in next_step_sources:
        if found := source(person, [competency]).get(competency.pk):
            return found
    return None
