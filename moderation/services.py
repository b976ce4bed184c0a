"""Flags and what is decided on them: each write is one transaction and safe to repeat.

All take the lock of the case first, so that of many at once each sees what the others did:
three flags hide a thing once, however many come together.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from moderation import rules
from moderation.limits import admit
from moderation.models import Act, Case, Flag
from moderation.subjects import Item, Subject, cases_for, subject_of
from notifications.services import notify
from people.models import User

HIDE_AFTER = 3  # different people
LEASE = timedelta(minutes=15)
State, Verb = Case.State, Act.Verb
DECISIONS = {"keep": State.KEPT, "hide": State.HIDDEN, "redact": State.REDACTED}


class TakenError(Exception):
    """Somebody else is deciding the case now: `by`."""

    def __init__(self, by: User):
        self.by = by
        super().__init__(str(by))


class NotPossibleError(Exception):
    """The act does not fit what the case is now; the message says why."""


# --- Flagging ---------------------------------------------------------------------------------


@transaction.atomic
def flag(kind: str, subject: int, *, person: User, why: str, note: str = "") -> Flag:
    """Flag a thing, once to a person; the third person who does so hides it until a decision.

    Flagging again gives the first flag. PermissionDenied for one's own; the caller has checked
    that `person` may see the thing.
    """
    source = _source(kind)
    User.objects.lock(person.pk)
    known = Flag.objects.filter(case__kind=kind, case__subject=subject, person=person).first()
    if known:
        return known
    item = _item(source, subject)
    if item.author and item.author.pk == person.pk:
        raise PermissionDenied(_("Nobody flags their own text: edit it, or ask the pool's lead."))
    admit(person, "flag")
    Case.objects.bulk_create([Case(kind=kind, subject=subject)], ignore_conflicts=True)
    case = Case.objects.select_for_update().get(kind=kind, subject=subject)
    if case.state == State.REDACTED:
        raise NotPossibleError(_("This was redacted: there is nothing left to flag."))
    row = Flag.objects.create(case=case, person=person, why=why, note=note)
    _note(case, Verb.FLAG, item, by=person, reason=row.get_why_display())
    _follow_flags(case, source, item)
    return row


def _follow_flags(case: Case, source: Subject, item: Item) -> None:
    """A new flag opens the case; the third since the last decision hides the thing."""
    number = case.flags.filter(settled_at=None).count()
    if number == 1 and case.state == State.KEPT:
        case.state, case.opened_at = State.OPEN, timezone.now()
        case.save(update_fields=["state", "opened_at"])
    if number >= HIDE_AFTER and case.hidden_at is None:
        _hide(case, source, timezone.now())
        _note(case, Verb.HIDE_BY_FLAGS, item, by=None)
        _tell_author(case, item, _("Hidden until the pool has looked at it: %(title)s"))
    if case.state == State.OPEN and number in (1, HIDE_AFTER):
        _tell_judges(case, source, item, number)


def _hide(case: Case, source: Subject, at: datetime | None) -> None:
    """Hide the thing since `at`, or show it again (None): here and in its own room."""
    case.hidden_at = at
    case.save(update_fields=["hidden_at"])
    source.hide(case.subject, at)


# --- Deciding ---------------------------------------------------------------------------------


@transaction.atomic
def claim(case: Case, *, by: User) -> Case:
    """Take a case up for fifteen minutes; claiming again renews it. TakenError: somebody has it."""
    case, item = _locked(case, by)
    _check_may_decide(case, item, by)
    now = timezone.now()
    holder = case.held_by_another(by, now)
    if holder:
        raise TakenError(holder)
    if case.state != State.OPEN:
        raise NotPossibleError(_("This is decided already."))
    fresh = case.leased_by_id != by.pk
    case.leased_by, case.leased_until = by, now + LEASE
    case.save(update_fields=["leased_by", "leased_until"])
    if fresh:
        _note(case, Verb.CLAIM, item, by=by)
    return case


@transaction.atomic
def decide(case: Case, decision: str, *, by: User, reason: str) -> Case:
    """Keep, hide or redact what was flagged; its author is told, with the reason.

    The same decision again by the same person changes nothing. TakenError while somebody else
    has the case; NotPossibleError where it is decided otherwise already.
    """
    case, item = _locked(case, by)
    source = _source(case.kind)
    _check_may_decide(case, item, by)
    wanted, now = DECISIONS[decision], timezone.now()
    holder = case.held_by_another(by, now)
    if holder:
        raise TakenError(holder)
    if case.state != State.OPEN:
        if (case.state, case.decided_by_id) == (wanted, by.pk):
            return case
        raise NotPossibleError(_("This is decided already."))
    case.before = {
        "hidden_at": case.hidden_at.isoformat() if case.hidden_at else None,
        "decided_by": case.decided_by_id,
    }
    case.state, case.decided_at, case.decided_by, case.reason = wanted, now, by, reason
    case.leased_by = case.leased_until = None
    case.save(
        update_fields=[
            *("before", "state", "decided_at", "decided_by", "reason"),
            *("leased_by", "leased_until"),
        ]
    )
    case.flags.filter(settled_at=None).update(settled_at=now)
    if wanted == State.REDACTED:
        source.redact(case.subject, by, now)
        _hide(case, source, None)  # what is left says only that it was redacted
    else:
        _hide(case, source, now if wanted == State.HIDDEN else None)
    _note(case, Verb(decision), item, by=by, reason=reason)
    _tell_author(case, item, _DECIDED[wanted])
    return case


_DECIDED = {
    State.KEPT: gettext_lazy("Flagged, looked at and kept: %(title)s"),
    State.HIDDEN: gettext_lazy("Hidden: %(title)s"),
    State.REDACTED: gettext_lazy("One of your texts was redacted"),
}


@dataclass(frozen=True)
class Outcome:
    """What became of one of many cases; `refused` says why it was not decided."""

    case: Case
    refused: str = ""


def decide_many(cases: Iterable[Case], decision: str, *, by: User, reason: str) -> list[Outcome]:
    """One decision with one reason on many cases, each in a transaction of its own.

    What cannot be decided is left as it is and does not stop the others. Safe to repeat.
    """
    return [_outcome(case, decision, by, reason) for case in cases]


def _outcome(case: Case, decision: str, by: User, reason: str) -> Outcome:
    try:
        return Outcome(decide(case, decision, by=by, reason=reason))
    except TakenError as error:
        refused = _("%(who)s is deciding this now.") % {"who": error.by.name}
    except (NotPossibleError, PermissionDenied) as error:
        refused = str(error)
    return Outcome(case, refused)


@transaction.atomic
def undo(case: Case, *, by: User) -> Case:
    """Take one's decision back within ten minutes: the case is open again, its flags count again.

    Safe to repeat. NotPossibleError when it is too late, or the text is gone.
    """
    case, item = _locked(case, by)
    last = case.acts.first()
    if case.state == State.OPEN and last and (last.verb, last.by_id) == (Verb.UNDO, by.pk):
        return case
    if not rules.may_undo(by, case, timezone.now()):
        raise NotPossibleError(
            _("Only who decided undoes it, within ten minutes; what was redacted is gone.")
        )
    hidden = case.before.get("hidden_at")
    case.flags.filter(settled_at=case.decided_at).update(settled_at=None)
    case.state, case.decided_at, case.reason = State.OPEN, None, ""
    case.decided_by_id = case.before.get("decided_by")
    case.save(update_fields=["state", "decided_at", "decided_by", "reason"])
    _hide(case, _source(case.kind), datetime.fromisoformat(hidden) if hidden else None)
    _note(case, Verb.UNDO, item, by=by)
    return case


@transaction.atomic
def appeal(case: Case, *, by: User, text: str) -> Case:
    """The author's one word against the hiding of their text: it goes to somebody else.

    Sending the same text again changes nothing. PermissionDenied for all but the author.
    """
    case = Case.objects.select_for_update().get(pk=case.pk)
    source = _source(case.kind)
    item = _item(source, case.subject)
    if item.author is None or item.author.pk != by.pk:
        raise PermissionDenied(_("Only the author appeals."))
    if case.appealed_at and case.appeal == text:
        return case
    if case.appealed_at:
        raise NotPossibleError(_("You have appealed already; one appeal is looked at."))
    if case.hidden_at is None:
        raise NotPossibleError(_("This is not hidden."))
    case.appeal, case.appealed_at, case.state = text, timezone.now(), State.OPEN
    case.save(update_fields=["appeal", "appealed_at", "state"])
    _note(case, Verb.APPEAL, item, by=by)
    _tell_judges(case, source, item, "appeal")
    return case


# --- Parts of them ----------------------------------------------------------------------------


def _source(kind: str) -> Subject:
    source = subject_of(kind)
    if source is None:
        raise NotPossibleError(_("This cannot be flagged."))
    return source


def _item(source: Subject, subject: int) -> Item:
    item = source.items([subject]).get(subject)
    if item is None:
        raise NotPossibleError(_("This is gone."))
    return item


def _locked(case: Case, by: User) -> tuple[Case, Item]:
    """The case, locked, and what it is about; PermissionDenied for who does not look after it."""
    case = Case.objects.select_for_update(of=("self",)).select_related("leased_by").get(pk=case.pk)
    if not cases_for(by).filter(pk=case.pk).exists():
        raise PermissionDenied(_("Only the leads of the pool and moderators decide on flags."))
    return case, _item(_source(case.kind), case.subject)


def _check_may_decide(case: Case, item: Item, by: User) -> None:
    if not rules.may_decide(by, case, item.author):
        raise PermissionDenied(
            _("Nobody decides on their own text, nor on an appeal against their own decision.")
        )


def _note(case: Case, verb: str, item: Item, *, by: User | None, reason: str = "") -> None:
    Act.objects.create(verb=verb, case=case, person=item.author, by=by, reason=reason)


def _tell_author(case: Case, item: Item, title: Any) -> None:
    if item.author is None:
        return
    notify(
        [item.author],
        event=f"case:{case.pk}:{case.acts.count()}",
        title=str(title) % {"title": item.title},
        reason=case.reason or _("Three people flagged it."),
        url=reverse("moderation:appeal", args=[case.pk]),
    )


def _tell_judges(case: Case, source: Subject, item: Item, step: Any) -> None:
    people = source.judges(case.subject)
    if item.author:
        people = people.exclude(pk=item.author.pk)
    notify(
        people,
        event=f"case:{case.pk}:{case.opened_at:%Y%m%d%H%M%S}:{step}",
        title=_("Flagged: %(title)s") % {"title": item.title},
        reason=_("You look after %(place)s.") % {"place": item.place},
        url=case.get_absolute_url(),
    )
