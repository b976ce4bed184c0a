"""Who could help, and when: everybody who serves a pool, with what they hold and how busy they are.

Who is away is not free, and neither is one who holds as many claims as they take on at once.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db.models import F
from django.utils import timezone

from certification.models import Credential
from competencies.models import Competency, Level
from competencies.queries import standings_of
from competencies.standing import State
from forums.models import Absence, ExpertPool, PoolMembership, ServingProfile
from people.models import Dzongkhag, Posting, User

CLAIMS_AT_ONCE = 3  # of one who has said nothing
AHEAD = timedelta(days=90)  # absences that the directory shows

# Outlet: ids of people -> how many claims each holds (lms/wiring.py).
load_sources: list[Callable[[Collection[int]], dict[int, int]]] = []


@dataclass(frozen=True)
class Delivered:
    """What one person delivered for agencies."""

    year: int = 0  # in the last twelve months
    ever: int = 0
    hours: float | None = None  # working hours to the delivery, the median of that year


# Outlet: ids of people -> what each of them delivered (lms/wiring.py).
delivery_sources: list[Callable[[Collection[int]], dict[int, Delivered]]] = []


@dataclass
class Expert:
    """One person of the directory."""

    person: User
    pools: list[ExpertPool] = field(default_factory=list)
    held: list[tuple[Competency, str]] = field(default_factory=list)  # and its level
    languages: list[str] = field(default_factory=list)
    dzongkhags: list[Dzongkhag] = field(default_factory=list)
    away: list[Absence] = field(default_factory=list)  # now or soon, the first to begin first
    capacity: int = CLAIMS_AT_ONCE
    hours_a_week: int | None = None
    load: int = 0
    certificates: list[Credential] = field(default_factory=list)  # valid today
    delivered: Delivered | None = None  # None: left out by choice
    hides_held: bool = False  # leaves out what they hold, and their certificates
    hides_delivered: bool = False

    def away_on(self, day: date) -> Absence | None:
        return next((row for row in self.away if row.starts <= day <= row.ends), None)

    def is_free(self, day: date) -> bool:
        return self.away_on(day) is None and self.load < self.capacity

    @property
    def back_on(self) -> date | None:
        """The first day after absences that follow one another, from today on; None: not away."""
        day = today = timezone.localdate()
        while row := self.away_on(day):
            day = row.ends + timedelta(days=1)
        return day if day > today else None

    @property
    def shown_held(self) -> list[tuple[Competency, str]]:
        """What the directory may say that they hold; who is suggested follows from all."""
        return [] if self.hides_held else self.held

    @property
    def free_now(self) -> bool:
        return self.is_free(timezone.localdate())


@dataclass(frozen=True)
class Wanted:
    """What the directory is narrowed by; None and False narrow nothing."""

    competency: Competency | None = None
    language: str = ""
    dzongkhag: Dzongkhag | None = None
    free_now: bool = False


def experts_for(viewer, wanted: Wanted | None = None) -> list[Expert]:
    """Everybody who serves a pool that `viewer` may know of, as `wanted` says, the freest first.

    The same number of queries however many there are.
    """
    pools = ExpertPool.objects.visible_to(viewer)
    rows = PoolMembership.objects.serving().filter(pool__in=pools, person__is_active=True)
    found: dict[int, Expert] = {}
    for row in rows.select_related("pool", "person").order_by("person__name", "pool__title"):
        found.setdefault(row.person_id, Expert(row.person)).pools.append(row.pool)
    _add_profiles(found)
    _add_places(found)
    _add_absences(found)
    _add_standing(found)
    for source in load_sources:
        for person, number in source(found).items():
            found[person].load += number
    chosen = [expert for expert in found.values() if _fits(expert, wanted or Wanted())]
    return sorted(chosen, key=lambda row: (not row.free_now, row.load, row.person.name))


def _fits(expert: Expert, wanted: Wanted) -> bool:
    held = {competency.pk for competency, _level in expert.shown_held}
    return (
        (wanted.competency is None or wanted.competency.pk in held)
        and (not wanted.language or wanted.language in expert.languages)
        and (wanted.dzongkhag is None or wanted.dzongkhag in expert.dzongkhags)
        and (not wanted.free_now or expert.free_now)
    )


def _add_profiles(found: dict[int, Expert]) -> None:
    profiles = ServingProfile.objects.filter(person__in=found)
    for profile in profiles.prefetch_related("languages", "dzongkhags"):
        expert = found[profile.person_id]
        expert.capacity, expert.hours_a_week = profile.claims_at_once, profile.hours_a_week
        expert.hides_held = profile.hides_held
        expert.hides_delivered = profile.hides_delivered
        expert.languages = [row.code for row in profile.languages.all()]
        expert.dzongkhags = list(profile.dzongkhags.all())


def _add_places(found: dict[int, Expert]) -> None:
    """Where somebody is posted they can go, whatever they said."""
    postings = Posting.objects.open().filter(person__in=found).select_related("dzongkhag")
    for posting in postings:
        places = found[posting.person_id].dzongkhags
        if posting.dzongkhag not in places:
            places.insert(0, posting.dzongkhag)


def _add_absences(found: dict[int, Expert]) -> None:
    today = timezone.localdate()
    rows = Absence.objects.filter(person__in=found, ends__gte=today, starts__lte=today + AHEAD)
    for row in rows.order_by("starts"):
        found[row.person_id].away.append(row)


def add_records(rows: Iterable[Expert]) -> None:
    """Add to the rows of a page what each lets others read of their certificates and work."""
    found = {row.person.pk: row for row in rows}
    _add_certificates(found)
    _add_deliveries(found)


def _add_certificates(found: dict[int, Expert]) -> None:
    """Certificates that are valid now, those that end first come first."""
    shown = [pk for pk, expert in found.items() if not expert.hides_held]
    rows = Credential.objects.filter(holder__in=shown).with_state()
    for row in rows.order_by(F("valid_until").asc(nulls_last=True), "pk"):
        if row.state == Credential.State.VALID:
            found[row.holder_id].certificates.append(row)


def _add_deliveries(found: dict[int, Expert]) -> None:
    shown = [pk for pk, expert in found.items() if not expert.hides_delivered]
    for pk in shown:
        found[pk].delivered = Delivered()
    for source in delivery_sources:
        for pk, delivered in source(shown).items():
            found[pk].delivered = delivered


def _add_standing(found: dict[int, Expert]) -> None:
    """What each holds now, the highest level first."""
    standings = [pair for pair in standings_of(found).items() if pair[1].state != State.LAPSED]
    rows = Competency.objects.in_bulk({competency for (_person, competency), _held in standings})
    levels = Level.objects.values_list("framework", "order", "name")
    names = {(framework, order): name for framework, order, name in levels}
    for (person, competency), held in sorted(standings, key=lambda pair: -pair[1].level):
        row = rows[competency]
        level = names.get((row.framework_id, held.level), str(held.level))
        found[person].held.append((row, level))


def suggested(
    pool: ExpertPool, viewer, *, competencies: Collection[Competency] = ()
) -> list[Expert]:
    """Who of `pool` could take work on now: free, holding most of `competencies`, least busy.

    Who is away, or holds as many claims as they take on, is never among them.
    """
    asked = {competency.pk for competency in competencies}

    def order(expert: Expert) -> tuple[int, int, str]:
        fitting = sum(competency.pk in asked for competency, _level in expert.held)
        return (-fitting, expert.load, expert.person.name)

    free = [row for row in experts_for(viewer, Wanted(free_now=True)) if pool in row.pools]
    return sorted(free, key=order)
