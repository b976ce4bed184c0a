"""Writes of meetings beside their minutes: calling one, papers, attendance, decisions."""

import hashlib
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from events import rules
from events.models import Decision, Meeting, Paper
from events.services import meeting_audience, refresh_audience
from forums.services import CidReuseError
from notifications.services import notify
from people.models import User
from people.slugs import free_slug

LARGEST_PAPER = 20 << 20  # bytes
PRESENT, APOLOGIES = "present", "apologies"
FIELDS = ("title", "date", "starts", "minutes_planned", "place", "papers_until")


@transaction.atomic
def call_meeting(*, by: User, cid: UUID, items: list[str], **fields: Any) -> Meeting:
    """A new meeting with its agenda. Safe to repeat: the same `cid` gives it again."""
    _need_keeper(by)
    User.objects.lock(by.pk)  # sent twice at once, it is one meeting
    known = Meeting.objects.filter(cid=cid).first()
    if known:
        return known
    meeting = Meeting(cid=cid, audience=meeting_audience([]), agenda=agenda_of(items, []))
    for name in FIELDS:
        setattr(meeting, name, fields[name])
    taken = set(Meeting.objects.values_list("slug", flat=True))
    named = f"{meeting.date:%Y-%m}-{meeting.title}"
    meeting.slug = free_slug(named, "meeting", taken, longest=70)
    meeting.save()
    return meeting


@transaction.atomic
def change_meeting(meeting: Meeting, *, by: User, items: list[str], **fields: Any) -> Meeting:
    """Day, hour, place, deadline and agenda again; papers that items name stay with them."""
    _need_keeper(by)
    meeting = Meeting.objects.select_for_update().get(pk=meeting.pk)
    for name in FIELDS:
        setattr(meeting, name, fields[name])
    meeting.agenda = agenda_of(items, meeting.agenda)
    meeting.save(update_fields=[*FIELDS, "agenda"])
    return meeting


def agenda_of(items: list[str], before: list[dict]) -> list[dict]:
    papers = {entry["item"]: entry["paper"] for entry in before if entry.get("paper")}
    return [{"item": item} | ({"paper": papers[item]} if item in papers else {}) for item in items]


@transaction.atomic
def hand_in_paper(
    meeting: Meeting, *, title: str, item: str, text: str, file: UploadedFile | None, by, cid: UUID
) -> Paper:
    """A paper for the meeting; after the deadline it is taken and shown as late.

    Safe to repeat: the same `cid` gives it again, with other content CidReuseError.
    """
    if not rules.may_hand_in(by, meeting):
        raise PermissionDenied(_("Heads and who keeps the meetings hand in papers."))
    meeting = Meeting.objects.select_for_update().get(pk=meeting.pk)
    digest = hashlib.file_digest(file, "sha256").hexdigest() if file else ""
    known = Paper.objects.filter(by=by, cid=cid).first()
    if known:
        if (known.meeting_id, known.title, known.text, known.sha256) != (
            meeting.pk,
            title,
            text,
            digest,
        ):
            raise CidReuseError
        return known
    paper = Paper(meeting=meeting, title=title, item=item, text=text, by=by, cid=cid)
    if file:
        file.seek(0)
        paper.sha256, paper.size, paper.file = digest, file.size or 0, file
        paper.scan = Paper.Scan.WAITING if settings.SCAN_COMMAND else Paper.Scan.NONE
    paper.save()
    return paper


@transaction.atomic
def note_attendance(meeting: Meeting, marks: Mapping[int, str], *, by: User) -> None:
    """Who was there: person id -> "present", "apologies" or "". As a set value; repeatable."""
    if not rules.may_write(by, meeting):
        raise PermissionDenied(_("Only who writes the minutes notes who was there."))
    meeting = Meeting.objects.select_for_update().get(pk=meeting.pk)
    meeting.attendees.set([pk for pk, mark in marks.items() if mark == PRESENT])
    meeting.apologies.set([pk for pk, mark in marks.items() if mark == APOLOGIES])
    refresh_audience(meeting)


@transaction.atomic
def ask_to_write(meeting: Meeting, person: User, *, by: User) -> None:
    """Let somebody write the minutes of this meeting; they are told. Safe to repeat."""
    _need_keeper(by)
    meeting = Meeting.objects.select_for_update().get(pk=meeting.pk)
    meeting.writers.add(person)
    refresh_audience(meeting)
    notify(
        [person],
        event=f"meeting-writer:{meeting.pk}",
        title=_("You write the minutes of %(meeting)s") % {"meeting": meeting.title},
        reason=_("You were asked to."),
        url=meeting.get_absolute_url(),
    )


@transaction.atomic
def add_decision(meeting: Meeting, *, text: str, by: User) -> Decision:
    """A numbered decision. Safe to repeat: the same text in a meeting is the same decision."""
    if not rules.may_write(by, meeting):
        raise PermissionDenied(_("Only who writes the minutes adds a decision."))
    meeting = Meeting.objects.select_for_update().get(pk=meeting.pk)
    known = meeting.decisions.filter(text=text).first()
    if known:
        return known
    last = meeting.decisions.aggregate(last=Max("number"))["last"] or 0
    return Decision.objects.create(meeting=meeting, number=last + 1, text=text)


def _need_keeper(by: User) -> None:
    if not rules.may_keep(by):
        raise PermissionDenied(_("Only who keeps the meetings can do this."))
