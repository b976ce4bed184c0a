"""Files that candidates hand in: kept anew, named by the journal, read by whoever marks them."""

import hashlib
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from assessments.models import AnswerFile, QuestionVersion, Response, Slot
from assessments.moves import locked
from assessments.services import ClosedError, PausedError, save_response
from people import inert
from people.models import User

MOST_FILES = 12  # that one answer may replace each other by


def slots_for_files(attempt) -> QuerySet[Slot]:
    """The questions of an attempt that are answered by a file."""
    kind = QuestionVersion.Type.FILE
    return attempt.slots.filter(question_version__type=kind).select_related("question_version")


def hand_in_file(slot: Slot, *, name: str, data: bytes) -> Response:
    """Keep a file as the answer. Safe to repeat: the same file again is the same answer.

    inert.FileRefusedError says why it is not taken; ClosedError and PausedError as for every
    answer, and no file is left behind then.
    """
    kept = inert.reading(data, name, pdf=True)
    return _hand_in(slot, inert.shown(name), kept, sha256=hashlib.sha256(data).hexdigest())


@transaction.atomic
def _hand_in(slot: Slot, name: str, kept: inert.Kept, *, sha256: str) -> Response:
    locked(slot.attempt)
    known = slot.files.filter(sha256=sha256).first()
    row = known or _kept(slot, name, kept, sha256)
    answer = {"file": row.pk, "name": row.name}
    last = slot.responses.order_by("-client_seq").first()
    if last and last.answer == answer:
        return last
    try:
        seq = last.client_seq + 1 if last else 1
        return save_response(slot, answer=answer, client_seq=seq, watched=False)
    except (ClosedError, PausedError):
        if known is None:
            row.file.storage.delete(str(row.file))
        raise


def _kept(slot: Slot, name: str, kept: inert.Kept, sha256: str) -> AnswerFile:
    if slot.files.count() >= MOST_FILES:
        raise inert.FileRefusedError(
            _("You have handed in %(most)d files here; the last one counts.") % {"most": MOST_FILES}
        )
    row = AnswerFile(slot=slot, kind=kept.kind, name=name, size=len(kept.data), sha256=sha256)
    row.file.save(f"{sha256[:16]}.{kept.ending}", ContentFile(kept.data), save=False)
    row.save()
    return row


def file_of(answer: Any) -> AnswerFile | None:
    """The file that an answer names; None for no answer and for those of another kind."""
    if not isinstance(answer, dict):
        return None
    return AnswerFile.objects.filter(pk=answer["file"]).first()


def files_for(person: User) -> QuerySet[AnswerFile]:
    """Files that `person` may fetch: the own, and those whose answer the person marks or marked."""
    marks = Q(slot__markings__marker=person) | Q(
        slot__markings__claimed_by=person, slot__markings__claimed_until__gt=timezone.now()
    )
    return AnswerFile.objects.filter(Q(slot__attempt__person=person) | marks).distinct()
