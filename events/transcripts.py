"""Transcripts are corrected by readers, and by who decides about that. Chapters of a recording."""

from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from events import rules
from events.bringing import Bringer
from events.models import Chapter, Correction, Cue, Talk
from forums.services import CidReuseError
from moderation.limits import check_not_silenced
from people.models import User


@transaction.atomic
def correct(cue: Cue, *, text: str, by: User, cid: UUID) -> Correction:
    """Propose another text for a cue; a speaker's or keeper's own is taken at once.

    Safe to repeat. CidReuseError where the same `cid` came with another text. The caller has
    asked whether `by` may read the transcript.
    """
    check_not_silenced(by)
    cue = Cue.objects.select_for_update(of=("self",)).get(pk=cue.pk)
    correction, created = Correction.objects.get_or_create(
        by=by, cid=cid, defaults={"cue": cue, "before": cue.text, "text": text}
    )
    if (correction.cue_id, correction.text) != (cue.pk, text):
        raise CidReuseError
    if created and rules.may_add_slides(by, cue.material.talk):
        return decide(correction, taken=True, by=by)
    return correction


@transaction.atomic
def decide(correction: Correction, *, taken: bool, by: User) -> Correction:
    """Take a correction into the transcript, or leave it. The first decision stays."""
    row = Correction.objects.select_for_update(of=("self",)).get(pk=correction.pk)
    if not rules.may_add_slides(by, row.cue.material.talk):
        raise PermissionDenied(_("The speakers, and who keeps the programme, decide about it."))
    if row.state != Correction.State.WAITING:
        return row
    row.state = Correction.State.TAKEN if taken else Correction.State.LEFT
    row.decided_by = by
    row.save(update_fields=["state", "decided_by"])
    if taken:
        row.cue.text = row.text
        row.cue.save(update_fields=["text"])
    return row


@transaction.atomic
def set_chapters(talk: Talk, chapters: list[Chapter], *, by: User) -> None:
    """These chapters, in the place of those that were there."""
    Bringer(by=by).check(talk)
    Talk.objects.select_for_update().get(pk=talk.pk)
    talk.chapters.all().delete()
    for chapter in chapters:
        chapter.talk = talk
    Chapter.objects.bulk_create(chapters)
