"""Writes what was taken of a schedule into its edition: in bulk, a bounded number of queries."""

from collections.abc import Callable, Iterable
from uuid import UUID

from django.utils import timezone

from events.crediting import credit_all, printed
from events.models import Day, Edition, Room, Talk, Track
from events.schedule.keeping import row_of
from events.schedule.values import Event, Schedule
from people.slugs import free_slug

# Parts of an address beside editions and below one, which none of them may have: events/urls.py.
RESERVED_EDITIONS = frozenset(
    "corrections cues hand-in links materials new proposals recordings resources slides "
    "uploads usb".split()
)
RESERVED = frozenset(
    "call edit export import mine participants programme proposals releases reviews speakers "
    "tracks usb without-slides".split()
)
_WRITTEN = (
    "number", "title", "subtitle", "speaker_names", "abstract", "description", "kind", "language",
    "track", "day", "links", "attachments", "marks", "starts", "minutes", "room", "imported",
    "cancelled_at",
)  # fmt: skip
BATCH = 200


def apply_schedule(
    edition: Edition,
    schedule: Schedule,
    changed: Iterable[UUID],
    cancelled: Iterable[UUID],
    note: Callable[[int], None],
) -> None:
    """Write the frame, the events whose guid is in `changed`, and take `cancelled` ones out.

    `note` hears how many talks are written.
    """
    _write_edition(edition, schedule)
    days = _write_days(edition, schedule)
    _write_rooms(edition, schedule)
    tracks = _write_tracks(edition, schedule)
    edition.talks.filter(guid__in=list(cancelled)).update(
        cancelled_at=timezone.now(), number=None, day=None
    )
    wanted = set(changed)
    events = [event for event in schedule.events if event.guid in wanted]
    _write_talks(edition, events, days, tracks, note)
    edition.days.exclude(pk__in=[day.pk for day in days.values()]).delete()


def _write_edition(edition: Edition, schedule: Schedule) -> None:
    conference = schedule.conference
    texts = dict(conference.texts)
    edition.title = conference.title
    edition.starts, edition.ends = conference.starts, conference.ends
    edition.year = conference.starts.year
    edition.acronym = texts.pop("acronym", "")[:60]
    edition.base_url = texts.pop("base_url", "")
    edition.time_zone = conference.zone_name[:64]
    edition.timeslot_minutes = conference.timeslot_minutes
    edition.version = schedule.version
    edition.marks = {
        "conference": texts,
        "generator": schedule.generator,
        "schedule_url": schedule.url,
    }
    if not edition.place:
        edition.place = ", ".join(texts[name] for name in ("venue", "city") if name in texts)[:200]
    edition.save()


def _write_days(edition: Edition, schedule: Schedule) -> dict[int, Day]:
    fields = ("date", "starts", "ends", "rooms")
    rows = [
        Day(edition=edition, number=day.number, **{name: getattr(day, name) for name in fields})
        for day in schedule.days
    ]
    Day.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["edition", "number"], update_fields=fields
    )
    return {day.number: day for day in edition.days.filter(number__in=[row.number for row in rows])}


def _write_rooms(edition: Edition, schedule: Schedule) -> None:
    rows = [
        Room(edition=edition, name=name, guid=guid, position=place)
        for place, (name, guid) in enumerate(schedule.rooms.items())
    ]
    Room.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["edition", "name"],
        update_fields=["guid", "position"],
    )


def _write_tracks(edition: Edition, schedule: Schedule) -> dict[str, Track]:
    listed = {row["name"]: row for row in schedule.conference.tracks if row.get("name")}
    used = [event.texts["track"] for event in schedule.events if "track" in event.texts]
    known = {track.name: track for track in edition.tracks.all()}
    slugs = {track.slug for track in known.values()}
    for place, name in enumerate(dict.fromkeys([*listed, *used])):
        marks = listed.get(name, {})
        track = known.get(name) or Track(edition=edition, name=name[:200])
        if not track.pk:
            track.slug = free_slug(marks.get("slug") or name, "track", slugs, longest=90)
            slugs.add(track.slug)
        track.marks, track.position = marks, place
        known[name] = track
    Track.objects.bulk_create([track for track in known.values() if not track.pk])
    Track.objects.bulk_update(known.values(), ["marks", "position"])
    return known


def _write_talks(edition: Edition, events: list[Event], days, tracks, note) -> None:
    guids = [event.guid for event in events]
    numbers = [event.number for event in events if event.number]
    # Numbers may change hands: nobody holds one while they are given out.
    edition.talks.filter(guid__in=guids).update(number=None)
    edition.talks.filter(number__in=numbers).update(number=None)
    known = {talk.guid: talk for talk in edition.talks.filter(guid__in=guids)}
    taken = set(Talk.objects.values_list("slug", flat=True)) | RESERVED
    spoken = []
    for begin in range(0, len(events), BATCH):
        new: list[Talk] = []
        old: list[Talk] = []
        for event in events[begin : begin + BATCH]:
            talk = known.get(event.guid)
            if talk is None:
                talk = Talk(edition=edition, guid=event.guid, audience_id=edition.audience_id)
                talk.slug = free_slug(event.title, "talk", taken, longest=70)
                taken.add(talk.slug)
            (old if talk.pk else new).append(talk)
            _fill(talk, event, days, tracks)
            spoken.append((talk, event.persons))
        Talk.objects.bulk_create(new)
        Talk.objects.bulk_update(old, _WRITTEN)
        note(begin + len(new) + len(old))
    credit_all(edition, spoken)


def _fill(talk: Talk, event: Event, days: dict[int, Day], tracks: dict[str, Track]) -> None:
    texts = dict(event.texts)
    talk.number, talk.title, talk.starts = event.number, event.title, event.date
    talk.minutes, talk.room = event.minutes, event.room
    talk.subtitle = texts.pop("subtitle", "")
    talk.abstract, talk.description = texts.pop("abstract", ""), texts.pop("description", "")
    talk.kind, talk.language = texts.pop("type", ""), texts.pop("language", "")
    name = texts.pop("track", "")
    talk.track = tracks[name] if name else None
    talk.day = days[event.day]
    talk.links = [row_of(link) for link in event.links]
    talk.attachments = [row_of(link) for link in event.attachments]
    talk.marks = {"texts": texts, "recording": event.recording}
    talk.speaker_names = printed(person.text for person in event.persons)
    talk.imported, talk.cancelled_at = True, None
