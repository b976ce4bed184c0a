"""Minutes that several people write at once: each save is a version, nothing is lost."""

from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from events import rules
from events.merging import Conflict, merge, plain, still_open
from events.models import Meeting, MinutesRevision
from forums.services import CidReuseError
from people.models import User


def current(meeting: Meeting) -> MinutesRevision:
    """The newest version; one that is not saved where nobody has written yet."""
    return meeting.revisions.first() or MinutesRevision(
        meeting=meeting, number=0, text=plain(meeting.minutes)
    )


@transaction.atomic
def save_minutes(meeting: Meeting, *, base: int, text: str, by: User, cid: UUID) -> MinutesRevision:
    """Save minutes that were written from version `base`; what came meanwhile is merged in.

    Both versions of a passage that two people changed stay, and are named in `conflicts`.
    Safe to repeat: the same `cid` gives its version again, with another text CidReuseError.
    """
    meeting = _locked(meeting, by)
    text = plain(text)
    known = MinutesRevision.objects.filter(by=by, cid=cid).first()
    if known:
        if (known.meeting_id, known.typed) != (meeting.pk, text):
            raise CidReuseError
        return known
    latest = _latest(meeting)
    begun = meeting.revisions.filter(number=base).first() or latest
    merged = merge(begun.text, latest.text, text)
    found = [*(Conflict(*each) for each in latest.conflicts), *merged.conflicts]
    return _write(
        meeting,
        latest.number + 1,
        merged.text,
        typed=text,
        by=by,
        cid=cid,
        conflicts=still_open(list(dict.fromkeys(found)), f"{merged.text}\n"),
    )


@transaction.atomic
def restore(meeting: Meeting, number: int, *, by: User) -> MinutesRevision:
    """Make an earlier version the newest; the ones between stay. Safe to repeat."""
    meeting = _locked(meeting, by)
    latest = _latest(meeting)
    wanted = meeting.revisions.get(number=number)
    if latest.text == wanted.text:
        return latest
    return _write(meeting, latest.number + 1, wanted.text, typed=wanted.text, by=by, conflicts=[])


def _locked(meeting: Meeting, by: User) -> Meeting:
    if not rules.may_write(by, meeting):
        raise PermissionDenied(_("Only who keeps the meetings, or was asked to, writes minutes."))
    return Meeting.objects.select_for_update().get(pk=meeting.pk)


def _latest(meeting: Meeting) -> MinutesRevision:
    """The newest version, after what stood there before anybody wrote became version 0."""
    latest = current(meeting)
    if latest.pk is None:
        latest.save()
    return latest


def _write(meeting: Meeting, number: int, text: str, **fields) -> MinutesRevision:
    meeting.minutes = text
    meeting.save(update_fields=["minutes"])
    return MinutesRevision.objects.create(meeting=meeting, number=number, text=text, **fields)
