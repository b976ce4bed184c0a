"""Writes of certificates: the rule engine, and what two people do."""

import secrets
from collections.abc import Collection, Iterable
from datetime import date

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from assessments.models import Attempt
from certification import badge, keys, states
from certification.cycles import move_cycle, open_cycle
from certification.models import (
    Credential,
    Cycle,
    Proposal,
    Reissue,
    Scheme,
    StatusEvent,
    Withheld,
)
from certification.queries import facts_of, latest_of, refreshers_asked
from certification.rules import may_decide, may_keep_certificates
from certification.states import Phase, Standing
from certification.status_lists import FILLED, LENGTH
from certification.tree import Facts, Outcome, evaluate
from competencies.standing import add_months
from courses.models import Completion
from people.models import User

LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # none that is read as another
Kind = Proposal.Kind
ACTIONS = {
    Kind.REVOKE: states.Action.REVOKE,
    Kind.SUSPEND: states.Action.SUSPEND,
    Kind.RESTORE: states.Action.RESTORE,
}


class ProposalError(Exception):
    """What is proposed or confirmed does not fit; str() is the sentence for the person."""


# --- The rule engine --------------------------------------------------------------------------


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
    until = _until(scheme, start, last)
    if until is not None and until < today:
        return None
    completion = outcome.completion
    if Credential.objects.filter(scheme=scheme, completion=completion).exists():
        completion = None  # a completion is named by one certificate of a scheme alone
    return _issue(
        scheme,
        holder=User.objects.get(pk=person),
        basis=". ".join(outcome.basis) + ".",
        completion=completion,
        valid_from=start,
        valid_until=until,
        marks=outcome.marks,
    )


def _until(scheme: Scheme, start: date, last: Credential | None) -> date | None:
    """The last day: months after the start, or after the end of the certificate that is renewed."""
    if not scheme.valid_months:
        return None
    if last is not None and last.standing == Standing.GOOD and last.valid_until is not None:
        start = max(start, last.valid_until)
    return add_months(start, scheme.valid_months)


def _issue(
    scheme: Scheme,
    *,
    holder: User,
    basis: str,
    valid_from: date,
    valid_until: date | None,
    completion: int | None = None,
    marks: Iterable = (),
) -> Credential:
    """Sign and write one certificate and open its cycle.

    The constraints of the table decide between two at once; the loser's transaction ends.
    """
    keys.require_first(Credential.objects.exists)
    number, index = _place_in_list()
    now = timezone.now()
    credential = Credential(
        serial=_new_serial(valid_from),
        scheme=scheme,
        holder=holder,
        name=holder.name,
        name_dz=holder.name_dz,
        title=scheme.title,
        completion_id=completion,
        basis=basis[:1000],
        valid_from=valid_from,
        valid_until=valid_until,
        status_list=number,
        status_index=index,
        issued_at=now,
    )
    named = scheme.competencies.select_related("competency__framework", "level")
    allowed = named.filter(competency__framework__may_certify=True).prefetch_related(
        "competency__framework__levels"
    )
    key = keys.signing_key()
    credential.claims = badge.claims(credential, list(allowed), marks)
    credential.jwt = badge.sign(credential.claims, key, at=now)
    credential.slip = badge.slip(credential, key, at=now)
    credential.save(force_insert=True)
    open_cycle(credential)
    return credential


def _place_in_list() -> tuple[int, int]:
    """A free place, drawn at random so that it tells nothing of the order of issue."""
    number = Credential.objects.order_by("-status_list").values_list("status_list", flat=True)
    current = number.filter(status_list__isnull=False).first() or 1
    taken = Credential.objects.filter(status_list=current)
    if taken.count() >= FILLED:
        current += 1
    while taken.filter(status_index=(index := secrets.randbelow(LENGTH))).exists():
        pass
    return current, index


def _new_serial(day: date) -> str:
    letters = "".join(secrets.choice(LETTERS) for _each in range(8))
    return f"CC-{day.year}-{letters[:4]}-{letters[4:]}"


# --- Two people -------------------------------------------------------------------------------


@transaction.atomic
def propose(
    kind: str,
    *,
    by: User | None,
    reason: str,
    credential: Credential | None = None,
    scheme: Scheme | None = None,
    holder: User | None = None,
    valid_from: date | None = None,
) -> Proposal:
    """Put an act on a certificate before a second person. Safe to repeat: an open one stands.

    `by` is None only for the rule engine. ProposalError where the act does not fit the state
    of the certificate, PermissionDenied for anybody but registrars and administrators.
    """
    if by is not None and not may_keep_certificates(by):
        raise PermissionDenied(_("Only registrars and administrators propose this."))
    if credential is not None:
        credential = Credential.objects.select_for_update().get(pk=credential.pk)
        _refuse_misfit(kind, credential)
    of = {"credential": credential} if credential else {"scheme": scheme, "holder": holder}
    found = Proposal.objects.waiting().filter(kind=kind, **of).first()
    if found is not None:
        return found
    return Proposal.objects.create(
        kind=kind, proposed_by=by, reason=reason, valid_from=valid_from, **of
    )


@transaction.atomic
def confirm(proposal: Proposal, *, by: User) -> Proposal:
    """Do what was proposed, as the second person. Safe to repeat.

    The first who agrees with a proposal of the rule engine becomes its proposer.
    PermissionDenied for the proposer, ProposalError where it does not fit any more.
    """
    proposal = Proposal.objects.select_for_update().get(pk=proposal.pk)
    if proposal.state == Proposal.State.CONFIRMED:
        return proposal
    if not may_decide(by, proposal):
        raise PermissionDenied(_("A second registrar or administrator confirms this."))
    if proposal.state != Proposal.State.WAITING:
        raise ProposalError(_("This was declined."))
    first = proposal.proposed_by
    if first is None:
        proposal.proposed_by = by
        proposal.save(update_fields=["proposed_by"])
        return proposal
    _carry_out(proposal, first, by)
    proposal.state = Proposal.State.CONFIRMED
    proposal.decided_by, proposal.decided_at = by, timezone.now()
    proposal.save(update_fields=["state", "decided_by", "decided_at"])
    return proposal


@transaction.atomic
def decline(proposal: Proposal, *, by: User) -> Proposal:
    """Let a proposal drop: its proposer may too. Safe to repeat."""
    proposal = Proposal.objects.select_for_update().get(pk=proposal.pk)
    if not may_keep_certificates(by):
        raise PermissionDenied(_("Only registrars and administrators decline this."))
    if proposal.state == Proposal.State.CONFIRMED:
        raise ProposalError(_("This was confirmed already."))
    if proposal.state == Proposal.State.WAITING:
        proposal.state = Proposal.State.DECLINED
        proposal.decided_by, proposal.decided_at = by, timezone.now()
        proposal.save(update_fields=["state", "decided_by", "decided_at"])
    return proposal


def _refuse_misfit(kind: str, credential: Credential) -> None:
    if kind == Kind.WITHHOLD:
        if credential.is_withheld:
            raise ProposalError(_("The name is withheld already."))
        return
    if kind == Kind.REISSUE:
        if credential.standing != Standing.GOOD or credential.is_withheld:
            raise ProposalError(_("Only a certificate in good standing is reissued."))
        return
    if (credential.standing, ACTIONS[Kind(kind)]) not in states.STATUS_MOVES:
        raise ProposalError(
            _("A certificate that is “%(state)s” cannot be changed so.")
            % {"state": credential.state.label}
        )


def _carry_out(proposal: Proposal, first: User, second: User) -> None:
    if proposal.kind == Kind.ISSUE:
        proposal.credential = _issue_by_hand(proposal)
        proposal.save(update_fields=["credential"])
        return
    credential = Credential.objects.select_for_update().get(proposals=proposal)
    _refuse_misfit(proposal.kind, credential)
    if proposal.kind == Kind.WITHHOLD:
        _withhold(credential)
        return
    if proposal.kind == Kind.REISSUE:
        _reissue(credential, proposal, first, second)
        return
    _change_status(credential, ACTIONS[Kind(proposal.kind)], proposal.reason, first, second)


def _change_status(
    credential: Credential, action: states.Action, reason: str, first: User, second: User
) -> None:
    StatusEvent.objects.create(
        credential=credential,
        action=action,
        reason=reason,
        proposed_by=first,
        confirmed_by=second,
        at=timezone.now(),
    )
    if action == states.Action.REVOKE:
        move_cycle(Cycle.objects.filter(credential=credential).first(), Phase.ENDED)


def _reissue(credential: Credential, proposal: Proposal, first: User, second: User) -> None:
    """Revoke a certificate and sign another with the same end and results, from today on."""
    today = timezone.localdate()
    scheme, holder = credential.scheme, User.objects.get(pk=credential.holder_id)
    if Credential.objects.filter(scheme=scheme, holder=holder, valid_from=today).exists():
        raise ProposalError(_("This person has such a certificate from today: do it tomorrow."))
    _change_status(credential, states.Action.REVOKE, proposal.reason, first, second)
    facts = facts_of([holder.pk], day=timezone.localdate(credential.issued_at))[holder.pk]
    new = _issue(
        scheme,
        holder=holder,
        basis=_("%(basis)s Replaces %(serial)s.")
        % {"basis": credential.basis[:960], "serial": credential.serial},
        valid_from=max(today, credential.valid_from),
        valid_until=credential.valid_until,
        marks=evaluate(scheme.earned_by, facts, day=today).marks if scheme.rule else (),
    )
    Reissue.objects.create(old=credential, new=new)


def _issue_by_hand(proposal: Proposal) -> Credential:
    scheme = Scheme.objects.get(proposals=proposal)
    (holder,) = User.objects.lock(proposal.holder_id or 0)
    start = proposal.valid_from or timezone.localdate()
    if Credential.objects.filter(scheme=scheme, holder=holder, valid_from=start).exists():
        raise ProposalError(_("This person has such a certificate from that day already."))
    last = latest_of([holder.pk]).get((holder.pk, scheme.pk))
    return _issue(
        scheme,
        holder=holder,
        basis=proposal.reason,
        valid_from=start,
        valid_until=_until(scheme, start, last),
    )


def _withhold(credential: Credential) -> None:
    """Sign the certificate again without its name, and erase the name from its row."""
    claims = badge.without_name(credential.claims)
    now = timezone.now()
    token = badge.sign(claims, keys.signing_key(), at=now)
    Withheld.objects.create(credential=credential, claims=claims, jwt=token, at=now)
    Credential.objects.filter(pk=credential.pk).update(
        name="", name_dz="", jwt="", slip="", claims={}
    )


# --- After a regrade ---------------------------------------------------------------------------


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
