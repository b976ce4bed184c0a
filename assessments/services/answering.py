"""The journal of answers: what is kept, and which of it counts."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from assessments.models import (
    Attempt,
    Response,
    Slot,
)
from assessments.moves import locked
from assessments.states import SAT
from assessments.timing import note_life


class ConflictError(Exception):
    """The answer was given without knowing `latest`, which another browser gave meanwhile."""

    def __init__(self, latest: Response):
        super().__init__(str(latest))
        self.latest = latest


class ClosedError(Exception):
    """The attempt takes no answers any more; str() is the sentence for the person."""


class PausedError(Exception):
    """The attempt takes no answers until an invigilator lets it go on."""


@transaction.atomic
def save_response(
    slot: Slot,
    *,
    answer: Any,
    client_seq: int,
    client: UUID | None = None,
    base: int | None = None,
    watched: bool = True,
) -> Response:
    """Keep an answer. Safe to repeat: the same sequence and answer give the first row.

    A browser counts its sequences over all its tabs. `base` is the last sequence of the slot
    that it knew of: ConflictError where another browser has answered since, or where that
    sequence already carries another answer, so that an answer which was long under way never
    takes the place of a newer one unseen. PausedError while an invigilator has stopped the
    clock; ClosedError after the deadline, what was granted, and the grace.
    """
    attempt = locked(slot.attempt)
    rows = slot.responses.order_by("-client_seq")
    known = rows.filter(client_seq=client_seq).first()
    if known and known.answer == answer:
        return known
    if known:
        raise ConflictError(rows[0])
    if base is not None:
        newer = rows.filter(client_seq__gt=base).exclude(client=client).first()
        if newer:
            raise ConflictError(newer)
    if attempt.paused_at is not None:
        raise PausedError
    now = timezone.now()
    if attempt.state in SAT:
        note_life(attempt, at=now, watched=watched)
    if not attempt.is_open(now):
        raise ClosedError(_("The time was over when this answer came in. It does not count."))
    return Response.objects.create(
        slot=slot, client_seq=client_seq, client=client, answer=answer, received_at=now
    )


def current_answers(attempt: Attempt) -> dict[int, Any]:
    """Slot id -> the answer that counts: that of the highest client sequence."""
    return {slot: row.answer for slot, row in latest_responses(attempt).items()}


def latest_responses(attempt: Attempt) -> dict[int, Response]:
    """Slot id -> the row of its journal that counts."""
    rows = Response.objects.filter(slot__attempt=attempt).order_by("client_seq")
    return {row.slot_id: row for row in rows}
