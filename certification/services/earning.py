"""The rule engine: who has earned what is issued, and what a corrected result does to it."""

from collections.abc import Collection, Iterable
from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from assessments.models import Attempt
from certification.models import (
    Credential,
    Proposal,
    Scheme,
)
from certification.queries import facts_of, latest_of, refreshers_asked
from certification.services.issuing import issue_credential, last_day_of
from certification.services.proposals import Kind, propose
from certification.states import Standing
from certification.tree import Facts, Outcome, evaluate
from competencies.standing import add_months
from courses.models import Completion
from people.models import User


def follow_completion(completion: Completion) -> None:
    """A course was completed: issue what its person has earned, in the same transaction.

    The evidence of the competencies was written by the course; it is not doubled here.
    """
    consider([completion.person_id])


def follow_attempt(attempt: Attempt) -> None:
    """A quiz was passed: issue what its person has earned, in the same transaction."""
    if attempt.passed:
        consider([attempt.person_id])


@transaction.atomic
def consider(people: Collection[int], *, today: date | None = None) -> list[Credential]:
    """Issue to each of `people` every certificate whose rule is met, once. Safe to repeat."""
    today = today or timezone.localdate()
    schemes = [row for row in Scheme.objects.all() if row.rule]
    User.objects.lock(*people)
    facts = facts_of(people, day=today)
    latest, asked = latest_of(people), refreshers_asked(people)
    issued = []
    for person in people:
        for scheme in schemes:
            place = (person, scheme.pk)
            outcome = _earned(
                scheme, facts[person], latest.get(place), today, asked=asked.get(place)
            )
            if outcome is not None:
                issued.append(_issue_earned(scheme, person, outcome, today))
    return [row for row in issued if row is not None]


def consider_everyone(*, today: date | None = None) -> int:
    """What time and evidence alone have earned since somebody was last looked at; how many."""
    people = list(
        User.objects.filter(is_active=True, postings__ends__isnull=True, postings__isnull=False)
        .order_by("pk")
        .values_list("pk", flat=True)
        .distinct()
    )
    step = 100  # a transaction of a bounded size
    return sum(
        len(consider(people[first : first + step], today=today))
        for first in range(0, len(people), step)
    )


def _earned(
    scheme: Scheme,
    facts: Facts,
    last: Credential | None,
    today: date,
    *,
    asked: date | None = None,
) -> Outcome | None:
    """What earns `scheme` today: the first time, in the window of renewal, or anew.

    `asked` opens the window early: results since then are the refresher that a material
    change of a course asks for.

    A certificate that goes on is renewed from `renew_from_days` before its end until its
    grace is over, by results of that time; later, or after a revocation, the whole rule must
    be met by results since. A suspended one is not renewed.
    """
    if last is None:
        oldest = add_months(today, -scheme.valid_months) if scheme.valid_months else None
        outcome = evaluate(scheme.earned_by, facts, day=today, since=oldest)
    elif last.standing == Standing.SUSPENDED:
        return None
    else:
        opens = last.renewable_from(asked)
        if opens is None or today < opens:
            return None
        short = last.standing == Standing.GOOD and last.in_grace(today)
        rule = scheme.renewed_by if short else scheme.earned_by
        outcome = evaluate(rule, facts, day=today, since=opens)
    return outcome if outcome.met else None


def _issue_earned(scheme: Scheme, person: int, outcome: Outcome, today: date) -> Credential | None:
    """A certificate counts from the day on which its rule was met; None if it is over already."""
    start = min(outcome.on or today, today)
    last = latest_of([person]).get((person, scheme.pk))
    if last is not None:
        start = today
    until = last_day_of(scheme, start, last)
    if until is not None and until < today:
        return None
    completion = outcome.completion
    if Credential.objects.filter(scheme=scheme, completion=completion).exists():
        completion = None  # a completion is named by one certificate of a scheme alone
    return issue_credential(
        scheme,
        holder=User.objects.get(pk=person),
        basis=". ".join(outcome.basis) + ".",
        completion=completion,
        valid_from=start,
        valid_until=until,
        marks=outcome.marks,
    )


@transaction.atomic
def reconsider(attempt: Attempt) -> list[Proposal]:
    """A result changed: issue what is earned now, propose to revoke what is not any more.

    No certificate is taken back by this: each proposal waits for two people.
    """
    consider([attempt.person_id])
    proposed = []
    rows = Credential.objects.filter(holder=attempt.person_id).with_state()
    for credential in rows:
        if credential.state != Credential.State.VALID or _still_stands(credential, attempt):
            continue
        reason = _("The result of “%(quiz)s” was corrected; the rule is not met any more.")
        proposed.append(
            propose(
                Kind.REVOKE,
                by=None,
                reason=reason % {"quiz": attempt.quiz.title},
                credential=credential,
            )
        )
    return proposed


def _still_stands(credential: Credential, attempt: Attempt) -> bool:
    """Whether the rule is met on the day of issue, or does not look at this quiz at all."""
    scheme = credential.scheme
    wanted = {(leaf.kind, leaf.key) for leaf in scheme.all_leaves()}
    courses = {("course", slug) for slug in _courses_of(attempt)}
    if not wanted & (courses | {("quiz", attempt.quiz.slug)}):
        return True
    if credential.proposals.filter(kind=Kind.ISSUE).exists():
        return True  # two people issued it on another basis
    day = timezone.localdate(credential.issued_at)
    facts = facts_of([attempt.person_id], day=day)[attempt.person_id]
    rules = (scheme.earned_by, scheme.renewed_by)
    return any(evaluate(rule, facts, day=day).met for rule in rules)


def _courses_of(attempt: Attempt) -> Iterable[str]:
    rows = Completion.objects.filter(person=attempt.person_id, course_version__quiz=attempt.quiz_id)
    return rows.values_list("course__slug", flat=True)
