"""Judging a schedule against an edition, applying it, and making a programme known."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _
from lxml import etree

from events.models import Edition, Release, ScheduleImport, Talk
from events.programme import need_keeper
from events.schedule.applying import apply_schedule
from events.schedule.changes import Change, Place, changes_between
from events.schedule.judging import Known, judge_schedule
from events.schedule.keeping import events_of, schedule_of
from events.schedule.reading import read_root
from events.schedule.values import Schedule
from events.schedule.writing import write_schedule
from notifications.services import notify
from people.audiences import OFFICIALS
from people.models import Audience, User
from people.registry.judging import Report

# Outlet: called with the edition inside the applying transaction (lms/wiring.py).
schedule_applied: list[Callable[[Edition], None]] = []


@dataclass(frozen=True)
class ScheduleReport(Report):
    schedule: Schedule  # with what can be taken


def judge(data: bytes, edition: Edition) -> ScheduleReport:
    """What an import would say to each talk, without writing. UnreadableError for no schedule."""
    return _judge(read_root(data), edition)


def _judge(root: etree._Element, edition: Edition) -> ScheduleReport:
    known = Known(
        title=edition.title,
        starts=edition.starts,
        ends=edition.ends,
        zone_name=edition.time_zone,
        events=events_of(edition) if edition.pk else {},
    )
    schedule, rows = judge_schedule(root, known)
    return ScheduleReport(rows, schedule)


def edition_for(slug: str) -> Edition:
    """The edition of this slug; one that is not saved, for officials, where there is none."""
    today = timezone.localdate()
    return Edition.objects.filter(slug=slug).first() or Edition(
        slug=slug, title=slug, year=today.year, starts=today, ends=today
    )


@transaction.atomic
def apply_file(
    data: bytes,
    edition: Edition,
    *,
    name: str,
    by: User | None,
    note: Callable[[int], None] = lambda number: None,
) -> ScheduleReport:
    """Judge and apply a schedule in one transaction, keep the file, release what changed.

    Safe to repeat: a file that changes nothing writes nothing and is not kept twice.
    """
    root = read_root(data)
    if edition.pk is None:
        edition.audience = Audience.objects.of(OFFICIALS)
        edition.save()
    edition = Edition.objects.select_for_update().get(pk=edition.pk)
    report = _judge(root, edition)
    known = edition.imports.filter(
        sha256=ScheduleImport.digest(data), state=ScheduleImport.State.APPLIED
    )
    if _changes_nothing(report, edition) and known.exists():
        return report
    _apply(edition, report, by=by, note=note)
    ScheduleImport.keep(data, report, name=name, applied=True, edition=edition, brought_by=by)
    return report


@transaction.atomic
def propose(data: bytes, edition: Edition, *, name: str, by: User) -> ScheduleImport:
    """Keep a file with its report for a keeper to confirm; nothing else is written."""
    need_keeper(by)
    report = judge(data, edition)
    return ScheduleImport.keep(
        data, report, name=name, applied=False, edition=edition, brought_by=by
    )


@transaction.atomic
def confirm(proposed: ScheduleImport, *, by: User) -> ScheduleImport:
    """Apply a proposed file, judged anew against the programme of now. Safe to repeat."""
    need_keeper(by)
    edition = Edition.objects.select_for_update().get(pk=proposed.edition_id)
    kept = ScheduleImport.objects.select_for_update().get(pk=proposed.pk)
    if kept.state == ScheduleImport.State.APPLIED:
        return kept
    report = judge(bytes(kept.content), edition)
    _apply(edition, report, by=by, note=lambda number: None)
    kept.note_applied(report)
    return kept


def _changes_nothing(report: ScheduleReport, edition: Edition) -> bool:
    """Whether every talk and the frame already stand so."""
    if any("event" in row.values or "cancelled" in row.values for row in report.changed):
        return False
    now, new = schedule_of(edition), report.schedule
    numbers = {day.number for day in new.days}
    return (
        (now.conference, now.version) == (new.conference, new.version)
        and [day for day in now.days if day.number in numbers] == new.days
        and new.rooms.items() <= now.rooms.items()
    )


def _apply(edition: Edition, report: ScheduleReport, *, by: User | None, note) -> None:
    guids = [row.values["event"].guid for row in report.changed if "event" in row.values]
    gone = [row.values["cancelled"] for row in report.changed if "cancelled" in row.values]
    apply_schedule(edition, report.schedule, guids, gone, note)
    for follow in schedule_applied:
        follow(edition)
    _release(edition, name=report.schedule.version, by=by)


def export(edition: Edition) -> bytes:
    """The programme as `schedule.xml`."""
    return write_schedule(schedule_of(edition))


# --- Releases ------------------------------------------------------------------------------


@transaction.atomic
def release(edition: Edition, *, name: str, by: User) -> Release:
    """Make the programme of now known under a name; speakers whose talk moved are told.

    Safe to repeat: where nothing changed since the last release, that one is given again.
    """
    need_keeper(by)
    edition = Edition.objects.select_for_update().get(pk=edition.pk)
    latest = edition.releases.first()
    if latest and latest.talks == places_of(edition):
        return latest
    edition.version = name
    edition.save(update_fields=["version"])
    return _release(edition, name=name, by=by)


def places_of(edition: Edition) -> dict[str, Place]:
    """GUID -> where each talk of the programme stands now."""
    talks = edition.talks.on().select_related("track", "edition")
    return {
        str(talk.guid): Place(
            title=talk.title,
            url=talk.get_absolute_url(),
            starts=talk.starts.astimezone(edition.zone).isoformat(),
            minutes=talk.minutes,
            room=talk.room,
            track=talk.track.name if talk.track else "",
            speakers=talk.speaker_names,
        )
        for talk in talks
    }


def _release(edition: Edition, *, name: str, by: User | None) -> Release:
    latest = edition.releases.first()
    places = places_of(edition)
    if latest and latest.talks == places and latest.name == (name or latest.name):
        return latest
    changes = changes_between(latest.talks if latest else {}, places)
    number = (edition.releases.aggregate(last=Max("number"))["last"] or 0) + 1
    made = Release.objects.create(
        edition=edition,
        number=number,
        name=name or str(number),
        by=by,
        talks=places,
        changes=changes,
    )
    if latest:
        _tell_speakers(edition, made, changes)
    return made


def _tell_speakers(edition: Edition, made: Release, changes: Iterable[Change]) -> None:
    """Only those whose own talk moved or was taken out hear of it."""
    moved = {row["guid"]: row for row in changes if row["kind"] in ("moved", "gone")}
    talks = edition.talks.filter(guid__in=moved.keys()).select_related("edition")
    for talk in talks.prefetch_related("speakers"):
        notify(
            talk.speakers.all(),
            event=f"release:{made.pk}:{talk.pk}",
            title=_what_happened(talk, moved[str(talk.guid)]),
            reason=_("You are a speaker of this talk."),
            url=talk.get_absolute_url(),
        )


def _what_happened(talk: Talk, change: Change) -> str:
    if change["kind"] == "gone":
        return _("“%(talk)s” was taken out of the programme") % {"talk": talk.title[:200]}
    return _("“%(talk)s” moved: %(when)s, %(room)s") % {
        "talk": talk.title[:200],
        "when": talk.starts.astimezone(talk.edition.zone).strftime("%Y-%m-%d %H:%M"),
        "room": talk.room or "–",
    }
