"""Changing the state of an attempt: the row locked, the table asked, the move written."""

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from assessments import rules
from assessments.models import Attempt, AttemptMove
from assessments.states import Part, move_from
from people.models import User


def locked(attempt: Attempt) -> Attempt:
    """The attempt as it is now, nobody else changing it until the transaction ends."""
    rows = Attempt.objects.select_for_update(of=("self",)).select_related("quiz", "person")
    return rows.get(pk=attempt.pk)


def make_move(
    attempt: Attempt, verb: str, *, part: Part, by: User | None = None, reason: str = ""
) -> AttemptMove:
    """Move a locked attempt on; IllegalMoveError or ReasonMissingError where the table says so.

    `by` is none only for the clock.
    """
    move = move_from(verb, attempt.state, part=part, reason=reason)
    row = AttemptMove.objects.create(
        attempt=attempt, verb=verb, leaves=attempt.state, to=move.to, reason=reason, actor=by
    )
    attempt.state = Attempt.State(move.to)
    attempt.save(update_fields=["state"])
    return row


def need_assessor(by: User, attempt: Attempt) -> None:
    """PermissionDenied with a sentence unless `by` may decide about this attempt."""
    if not rules.may_assess_attempt(by, attempt):
        raise PermissionDenied(_("Only an assessor who does not sit this attempt may do this."))


def need_candidate(by: User, attempt: Attempt) -> None:
    if by.pk != attempt.person_id:
        raise PermissionDenied(_("This attempt is somebody else's."))
