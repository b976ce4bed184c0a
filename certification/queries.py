"""Reads of certificates."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.db.models import Max, QuerySet
from django.utils import timezone

from assessments.models import Attempt, Quiz
from certification import badge, keys, tree
from certification.models import Credential, Refresher, Scheme
from certification.tree import Facts, Observed, Passed, Stay
from competencies.models import Evidence, Level
from competencies.standing import Fact, standing
from courses.models import Completion, CoursePage
from people.holdings import Holding
from people.models import Posting

SOON_DAYS = 90


def lapsing_for(person, within_days: int = SOON_DAYS) -> QuerySet[Credential]:
    """Valid certificates of `person` that end soon and are not renewed yet, soonest first."""
    today = timezone.localdate()
    ends = today + timedelta(days=within_days)
    held = Credential.objects.filter(holder=person).not_revoked()
    renewed = held.filter(valid_until__gt=ends).values("scheme")
    lasting = held.filter(valid_until=None).values("scheme")
    return (
        held.filter(valid_until__range=(today, ends))
        .exclude(scheme__in=renewed)
        .exclude(scheme__in=lasting)
        .with_state()
        .order_by("valid_until")
    )


def holdings_of(person) -> list[Holding]:
    """Certificates that hold today."""
    rows = Credential.objects.filter(holder=person).with_state()
    return [
        Holding("Certificate", row.title, row.get_absolute_url())
        for row in rows
        if row.state == Credential.State.VALID
    ]


def find(serial: str) -> Credential | None:
    """The certificate with this number, however somebody typed it."""
    serial = serial.strip().upper().replace(" ", "-")
    if "\0" in serial or len(serial) > 20:
        return None
    return Credential.objects.with_state().filter(serial=serial).first()


class Fault(StrEnum):
    CHANGED = "changed"  # the row does not say what was signed
    UNSAFE_KEY = "unsafe_key"  # its key had got out by then: nobody can tell who signed it


def is_genuine(credential: Credential) -> bool:
    """Whether the signature holds and the row says what was signed."""
    return fault_of(credential) is None


def fault_of(credential: Credential) -> Fault | None:
    """Why the signature of a certificate is nothing to rely on, if it is not."""
    try:
        signed = badge.read(credential.shown_jwt, keys.public_keys())
    except badge.UnsafeKeyError:
        return Fault.UNSAFE_KEY
    except badge.NotGenuineError:
        return Fault.CHANGED
    return None if _says(credential, signed) else Fault.CHANGED


def _says(credential: Credential, signed: dict[str, Any]) -> bool:
    names = [row["identityHash"] for row in signed["credentialSubject"]["identifier"]]
    printed = [name for name in (credential.name, credential.name_dz) if name]
    until = credential.valid_until
    return (
        credential.shown_claims.items() <= signed.items()
        and names == ([badge.WITHHELD] if credential.is_withheld else printed)
        and signed["id"].rstrip("/").endswith(credential.serial)
        and signed["name"] == credential.title
        and signed["nbf"] == int(badge.start_of(credential.valid_from).timestamp())
        and signed.get("exp") == (int(badge.end_of(until).timestamp()) if until else None)
        and signed.get("credentialStatus", {}).get("statusListIndex")
        == (str(credential.status_index) if credential.status_index is not None else None)
    )


def latest_of(people: Collection[int]) -> dict[tuple[int, int], Credential]:
    """(person, scheme) -> the certificate that reaches furthest."""
    rows = Credential.objects.filter(holder__in=people).with_state()
    ordered = sorted(rows, key=lambda row: (row.valid_until or date.max, row.pk))
    return {(row.holder_id, row.scheme_id): row for row in ordered}


def refreshers_asked(people: Collection[int]) -> dict[tuple[int, int], date]:
    """(person, scheme) -> the day from which results count for an open refresher.

    It is the day after the change: what was passed that morning knows nothing of it.
    """
    rows = Refresher.objects.open().filter(credential__holder__in=people)
    found = rows.values_list("credential__holder", "credential__scheme", "change__at")
    return {
        (person, scheme): timezone.localdate(at) + timedelta(days=1)
        for person, scheme, at in found.order_by("-change__at")
    }


def codes_held_by(person) -> set[str]:
    """The schemes of which `person` holds a valid certificate."""
    rows = Credential.objects.filter(holder=person).with_state()
    return {row.scheme.code for row in rows if row.state == Credential.State.VALID}


def scheme_titles() -> dict[str, str]:
    return dict(Scheme.objects.values_list("code", "title"))


def fresh_from(person, quiz) -> datetime | None:
    """From when results of `quiz` count for the renewal of what `person` holds; None for no such.

    Earlier attempts neither use up the new ones nor stand in their way.
    """
    today = timezone.localdate()
    asked = refreshers_asked([person.pk])
    opens = [
        row.renewable_from(asked.get((person.pk, row.scheme_id)))
        for row in latest_of([person.pk]).values()
        if ("quiz", quiz.slug) in {(leaf.kind, leaf.key) for leaf in row.scheme.all_leaves()}
    ]
    begun = [day for day in opens if day and day <= today]
    return badge.start_of(max(begun)) if begun else None


@dataclass(frozen=True)
class Wanted:
    """A scheme as its line on "my certificates": its rule in words, and where to begin."""

    scheme: Scheme
    rule: tree.Rule
    renewal: tree.Rule | None
    links: list[tuple[str, str]]  # title and address of the courses and quizzes of its rule


def schemes_for(person) -> list[Wanted]:
    """What can be certified, in a few queries for any number of schemes."""
    courses = {row.slug: row for row in CoursePage.objects.visible_to(person)}
    quizzes = {row.slug: row for row in Quiz.objects.all()}
    return [
        Wanted(
            scheme=row,
            rule=row.earned_by,
            renewal=row.renewed_by if row.renewal else None,
            links=_links(row, courses, quizzes),
        )
        for row in Scheme.objects.all()
        if row.rule
    ]


def _links(scheme: Scheme, courses: dict, quizzes: dict) -> list[tuple[str, str]]:
    found = []
    for leaf in scheme.all_leaves():
        if leaf.kind == "course" and leaf.key in courses:
            found.append((courses[leaf.key].title, courses[leaf.key].url))
        elif leaf.kind == "quiz" and leaf.key in quizzes:
            found.append((quizzes[leaf.key].title, quizzes[leaf.key].get_absolute_url()))
    return list(dict.fromkeys(found))


# --- What rules ask of people -----------------------------------------------------------------


def facts_of(people: Collection[int], *, day: date) -> dict[int, Facts]:
    """Person id -> all that rules may ask of them on `day`; the same queries for any number."""
    courses = _courses(people)
    quizzes = _quizzes(people)
    evidence = list(
        Evidence.objects.filter(person__in=people, withdrawn=False, superseded_by=None)
        .exclude(kind=Evidence.Kind.SELF)
        .select_related("competency", "level")
    )
    certificates = _certificates(people)
    stays = defaultdict(list)
    for posting in Posting.objects.filter(person__in=people):
        stay = Stay(posting.starts, posting.ends, posting.centre_id is not None)
        stays[posting.person_id].append(stay)
    levels = _levels()
    by_person = defaultdict(list)
    for row in evidence:
        by_person[row.person_id].append(row)
    return {
        person: Facts(
            courses=courses[person],
            quizzes=quizzes[person],
            observations=_observations(by_person[person]),
            standing=_standing(by_person[person], day),
            stays=tuple(stays[person]),
            certificates=certificates[person],
            levels=levels,
        )
        for person in people
    }


def _courses(people: Collection[int]) -> dict[int, dict[str, tuple[Passed, ...]]]:
    """Completed courses, with the best result in the quiz as it is marked today.

    A completion whose quiz was regraded to a fail is a fact of learning, but certifies nothing.
    """
    marks: dict[tuple[int, int], Decimal] = dict(_best_marks(people))
    found: dict[int, dict[str, tuple[Passed, ...]]] = defaultdict(dict)
    rows = Completion.objects.filter(person__in=people).select_related("course", "course_version")
    for row in rows:
        quiz = row.course_version.quiz_id
        percent = marks.get((row.person_id, quiz)) if quiz else row.quiz_percent
        if quiz and percent is None:
            continue
        day = timezone.localdate(row.completed_at)
        passed = Passed(day, percent, row.course_version.title, row.pk)
        known = found[row.person_id].get(row.course.slug, ())
        found[row.person_id][row.course.slug] = (*known, passed)
    return found


def _best_marks(people: Collection[int]) -> Iterable[tuple[tuple[int, int], Decimal]]:
    rows = (
        Attempt.objects.filter(person__in=people, passed=True)
        .values("person", "quiz")
        .annotate(best=Max("score_percent"))
    )
    return (((row["person"], row["quiz"]), row["best"]) for row in rows)


def _quizzes(people: Collection[int]) -> dict[int, dict[str, tuple[Passed, ...]]]:
    found: dict[int, dict[str, tuple[Passed, ...]]] = defaultdict(dict)
    rows = Attempt.objects.filter(
        person__in=people, passed=True, finished_at__isnull=False
    ).select_related("quiz")
    for row in rows:
        passed = Passed(timezone.localdate(row.finished_at), row.score_percent, row.quiz.title)
        known = found[row.person_id].get(row.quiz.slug, ())
        found[row.person_id][row.quiz.slug] = (*known, passed)
    return found


def _certificates(people: Collection[int]) -> dict[int, dict[str, tuple[date, date | None]]]:
    """Scheme code -> the span of the certificate that reaches furthest and is in good standing."""
    found: dict[int, dict[str, tuple[date, date | None]]] = defaultdict(dict)
    rows = Credential.objects.filter(holder__in=people).with_state()
    for row in rows:
        if row.standing != "good":
            continue
        known = found[row.holder_id].get(row.scheme.code)
        if known is None or (row.valid_until or date.max) > (known[1] or date.max):
            found[row.holder_id][row.scheme.code] = (row.valid_from, row.valid_until)
    return found


def _observations(rows: Iterable[Evidence]) -> dict[str, tuple[Observed, ...]]:
    found: dict[str, tuple[Observed, ...]] = {}
    for row in rows:
        if row.kind == Evidence.Kind.OBSERVATION:
            seen = Observed(row.observed_on, row.level.order, row.valid_until)
            found[row.competency.code] = (*found.get(row.competency.code, ()), seen)
    return found


def _standing(rows: Iterable[Evidence], day: date):
    facts = defaultdict(list)
    for row in rows:
        fact = Fact(row.level.order, row.observed_on, row.valid_until)
        facts[row.competency.code].append(fact)
    found = {code: standing(known, day) for code, known in facts.items()}
    return {code: held for code, held in found.items() if held}


def _levels() -> dict[tuple[str, str], int]:
    rows = Level.objects.values_list("framework__competencies__code", "name", "order")
    return {(code, name): order for code, name, order in rows}
