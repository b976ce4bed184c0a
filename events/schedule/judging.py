"""Judging a schedule talk by talk. Pure: the programme of now comes in as plain values.

The reason codes and their meaning: docs/guides/conferences.md.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from uuid import UUID, uuid5

from lxml import etree

from events.schedule import values
from events.schedule.clashes import clashes_of
from events.schedule.pieces import (
    LONGEST_NAME,
    LONGEST_TITLE,
    address_of,
    day_of,
    guid_of,
    minutes_of,
    moment_of,
    name_unknown,
    texts_of,
)
from events.schedule.reading import marks_of, text_of
from events.schedule.values import Conference, Day, Event, Marked, Schedule
from events.zones import is_named, offset_name, zone_of
from people.registry.judging import UNCHANGED, Judgement

MADE_OF_ID = UUID("5f1d2f7a-6a3c-4f0e-8f86-0d0a4c1c9c11")
_START = re.compile(r"([01]\d|2[0-3]):([0-5]\d)(?::[0-5]\d)?")
_NESTED = {"persons": "person", "links": "link", "attachments": "attachment"}
_ATTRIBUTES = {"person": values.PERSON, "link": values.LINK, "attachment": values.LINK}
_KNOWN_IN_EVENT = {
    "room", "title", "date", "start", "duration", "recording", *_NESTED, *values.EVENT_TEXTS,
}  # fmt: skip
_KNOWN_IN_CONFERENCE = {
    "title", "start", "end", "days", "timeslot_duration", "time_zone_name", "track",
    *values.CONFERENCE_TEXTS,
}  # fmt: skip


@dataclass
class Known:
    """What the edition holds now."""

    title: str
    starts: date
    ends: date
    zone_name: str
    events: dict[UUID, Event] = field(default_factory=dict)


@dataclass
class _Seen:
    records: int = 0
    guids: set[UUID] = field(default_factory=set)
    numbers: set[int] = field(default_factory=set)
    slugs: set[str] = field(default_factory=set)


def judge_schedule(root: etree._Element, known: Known) -> tuple[Schedule, list[Judgement]]:
    """The schedule with what can be taken, and a judgement of the frame and of each event."""
    frame = Judgement(0, root.sourceline or 0, "conference")
    for child in root:
        if child.tag not in ("generator", "url", "version", "conference", "day"):
            name_unknown(frame, child)
    schedule = Schedule(
        _conference(root, frame, known),
        version=_cut(frame, "version", text_of(root.find("version")), 100),
        url=address_of(frame, root.find("url")),
        generator=marks_of(root.find("generator"), values.GENERATOR)
        if root.find("generator") is not None
        else {},
    )
    zone = _zone(schedule, root, frame, known)
    rows, seen = [frame], _Seen()
    for place, day in enumerate(root.findall("day"), start=1):
        rows += _judge_day(schedule, day, place, zone, seen, frame)
    _check_frame(root, schedule, frame)
    _warn_clashes(schedule, rows)
    for row in rows:
        event = row.values.get("event")
        if event and not row.refused and known.events.get(event.guid) == event:
            row.outcome = UNCHANGED
    rows += _left_out(schedule, known)
    return schedule, rows


# --- The frame -----------------------------------------------------------------------------


def _conference(root, frame: Judgement, known: Known) -> Conference:
    element = root.find("conference")
    if element is None:
        frame.warn("CONFERENCE_MISSING", "conference", "The schedule does not say of what.")
        return Conference(known.title, known.starts, known.ends)
    for child in element:
        if child.tag not in _KNOWN_IN_CONFERENCE:
            name_unknown(frame, child)
    title = text_of(element.find("title"))
    if not title or len(title) > LONGEST_NAME:
        frame.warn("TITLE_MISSING", "title", "No title of at most 200 letters: the old one stays.")
        title = known.title
    starts = _day_in(element.find("start")) or _first_day(root) or known.starts
    ends = _day_in(element.find("end")) or _last_day(root) or known.ends
    if ends < starts:
        frame.warn("DATE_ORDER", "end", "The conference ends before it begins: read as one day.")
        ends = starts
    return Conference(
        title=title,
        starts=starts,
        ends=ends,
        texts=texts_of(frame, element, values.CONFERENCE_TEXTS),
        timeslot_minutes=minutes_of(text_of(element.find("timeslot_duration")))[0],
        zone_name=text_of(element.find("time_zone_name")),
        tracks=[marks_of(track, values.TRACK) for track in element.findall("track")],
    )


def _zone(schedule: Schedule, root, frame: Judgement, known: Known) -> tzinfo:
    """The zone of the hours: as the file names it, else that of its first date, else as now."""
    name = schedule.conference.zone_name
    if name and is_named(name):
        return zone_of(name)
    if name:
        frame.warn("ZONE_UNKNOWN", "time_zone_name", f"“{name[:60]}” is no time zone.")
    first = moment_of(text_of(root.find("day/room/event/date")))
    found = offset_name(first) if first and first.tzinfo else known.zone_name
    if first and first.tzinfo and first.utcoffset() == _offset_at(known.zone_name, first):
        found = known.zone_name
    schedule.conference.zone_name = found
    return zone_of(found)


def _offset_at(name: str, moment: datetime):
    return moment.astimezone(zone_of(name)).utcoffset()


def _check_frame(root, schedule: Schedule, frame: Judgement) -> None:
    said = text_of(root.find("conference/days"))
    if said and said != str(len(schedule.days)):
        frame.warn("DAYS_DIFFER", "days", f"It says {said[:20]} days and has {len(schedule.days)}.")


def _judge_day(schedule: Schedule, element, place: int, zone, seen, frame) -> list[Judgement]:
    index = element.get("index") or ""
    number = int(index) if re.fullmatch(r"[1-9]\d{0,2}", index) else place
    if any(day.number == number for day in schedule.days):
        frame.warn("DAY_TWICE", "day", f"There are two days {number}: the second is counted on.")
        number = max(day.number for day in schedule.days) + 1
    when = day_of(element.get("date") or "")
    if when is None:
        frame.warn("DAY_WITHOUT_DATE", "day", f"Day {number} has no date.")
        when = schedule.conference.starts
    starts, ends = (_edge(element.get(name), zone) for name in ("start", "end"))
    day = Day(number, when, starts, ends)
    schedule.days.append(day)
    rows = []
    for room in element:
        if room.tag != "room":
            name_unknown(frame, room)
            continue
        name = _cut(frame, "room", (room.get("name") or "").strip(), LONGEST_NAME)
        if name and name not in day.rooms:
            day.rooms.append(name)
        _note_room(schedule, name, room, frame)
        for event in room:
            if event.tag == "event":
                rows.append(_judge_event(schedule, day, name, event, zone, seen))
            else:
                name_unknown(frame, event)
    return rows


def _note_room(schedule: Schedule, name: str, element, frame: Judgement) -> None:
    guid = guid_of(element.get("guid") or "")
    if not name:
        return
    if schedule.rooms.setdefault(name, guid) != guid and guid:
        if schedule.rooms[name] is None:
            schedule.rooms[name] = guid
        else:
            frame.warn("ROOM_GUID", "room", f"{name} has two GUIDs: the first counts.")


def _cut(frame: Judgement, name: str, text: str, longest: int) -> str:
    if len(text) > longest:
        frame.warn("TEXT_CUT", name, f"“{text[:60]}…” was cut to {longest} letters.")
    return text[:longest]


def _edge(text: str | None, zone: tzinfo) -> datetime | None:
    moment = moment_of(text or "")
    return moment.replace(tzinfo=moment.tzinfo or zone) if moment else None


# --- One event -----------------------------------------------------------------------------


def _judge_event(schedule, day: Day, room: str, element, zone, seen: _Seen) -> Judgement:
    seen.records += 1
    judged = Judgement(seen.records, element.sourceline or 0, (element.get("id") or "")[:40])
    twice = [tag for tag, count in Counter(c.tag for c in element).items() if count > 1]
    if twice:
        judged.refuse("ELEMENT_TWICE", str(twice[0])[:60], f"<{twice[0]}> stands there twice.")
    for child in element:
        if child.tag not in _KNOWN_IN_EVENT:
            name_unknown(judged, child)
    for name in element.attrib:
        if name not in ("id", "guid"):
            judged.warn("ATTRIBUTE_UNKNOWN", str(name)[:60], "Not of the format: left in the file.")
    title = text_of(element.find("title"))
    if not title:
        judged.refuse("TITLE_MISSING", "title", "A talk needs a title.")
    elif len(title) > LONGEST_TITLE:
        judged.refuse("TITLE_TOO_LONG", "title", f"{len(title)} letters; {LONGEST_TITLE} at most.")
    moment = _when(judged, element, day, zone)
    minutes = _lasts(judged, element)
    ident = _number(judged, element, seen)
    guid = _identity(judged, element, schedule, ident, seen)
    if judged.refused or moment is None or minutes is None or guid is None:
        return judged
    judged.message = judged.message or title[:120]
    named = text_of(element.find("room"))
    if named and room and named != room:
        judged.warn("ROOM_DIFFERS", "room", f"It stands in {room} and says {named[:60]}.")
    event = Event(guid, ident, day.number, room or named[:LONGEST_NAME], title, moment, minutes)
    _fill(judged, element, event, seen)
    if judged.refused:
        return judged
    seen.guids.add(guid)
    schedule.events.append(event)
    judged.values["event"] = event
    return judged


def _fill(judged: Judgement, element, event: Event, seen: _Seen) -> None:
    event.texts = texts_of(judged, element, values.EVENT_TEXTS)
    slug = event.texts.get("slug")
    if slug in seen.slugs:
        judged.warn("SLUG_TWICE", "slug", f"Another talk has the slug {slug[:60]}: left out.")
        del event.texts["slug"]
    elif slug:
        seen.slugs.add(slug)
    recording = element.find("recording")
    if recording is not None:
        event.recording = texts_of(judged, recording, values.RECORDING)
        for child in recording:
            if child.tag not in values.RECORDING:
                name_unknown(judged, child)
    for name, tag in _NESTED.items():
        setattr(event, name, _marked(judged, element.find(name), tag))


def _marked(judged: Judgement, parent, tag: str) -> list[Marked]:
    found = []
    for child in parent if parent is not None else ():
        if child.tag != tag:
            name_unknown(judged, child)
            continue
        text, marks = text_of(child), marks_of(child, _ATTRIBUTES[tag])
        for name in child.attrib:
            if name not in _ATTRIBUTES[tag]:
                judged.warn("ATTRIBUTE_UNKNOWN", tag, f"{str(name)[:40]} is not of the format.")
        if tag == "person" and not text:
            text = marks.get("name", "")
        if len(text) > LONGEST_NAME and tag == "person":
            judged.refuse("TEXT_TOO_LONG", tag, f"A name of {len(text)} letters.")
        if text or marks.get("href"):
            found.append(Marked(text, marks))
        else:
            judged.warn("EMPTY", tag, f"A <{tag}> says nothing: left out.")
    return found


def _when(judged: Judgement, element, day: Day, zone: tzinfo) -> datetime | None:
    """When it begins: `date`; without it the day's date and `start`."""
    text, start = text_of(element.find("date")), text_of(element.find("start"))
    clock = _START.fullmatch(start)
    if not text and clock:
        judged.warn("DATE_MADE", "date", "No date: made of the day and the hour.")
        hour = datetime(day.date.year, day.date.month, day.date.day, tzinfo=zone)
        return hour.replace(hour=int(clock[1]), minute=int(clock[2]))
    moment = moment_of(text)
    if moment is None:
        judged.refuse("DATE_INVALID", "date", f"“{text[:60]}” is no date with an hour.")
        return None
    if moment.tzinfo is None:
        judged.warn("DATE_WITHOUT_ZONE", "date", "No distance from UTC: read in the programme's.")
        moment = moment.replace(tzinfo=zone)
    local = moment.astimezone(zone)
    if local.utcoffset() != moment.utcoffset():
        judged.warn("OTHER_ZONE", "date", f"Another time zone: here it is {local:%Y-%m-%d %H:%M}.")
    elif start and (not clock or (int(clock[1]), int(clock[2])) != (local.hour, local.minute)):
        judged.warn(
            "START_DIFFERS", "start", f"It says {start[:20]} and {local:%H:%M}: the date counts."
        )
    if abs((local.date() - day.date).days) > 1:
        judged.warn("DAY_DIFFERS", "date", f"It stands on {day.date} and begins on {local.date()}.")
    return moment


def _lasts(judged: Judgement, element) -> int | None:
    text = text_of(element.find("duration"))
    minutes, seconds = minutes_of(text)
    if not minutes:
        judged.refuse("DURATION_INVALID", "duration", f"“{text[:40]}” is no duration.")
        return None
    if seconds:
        judged.warn("DURATION_SECONDS", "duration", "Seconds were left out.")
    return minutes


def _number(judged: Judgement, element, seen: _Seen) -> int | None:
    text = (element.get("id") or "").strip()
    if not re.fullmatch(r"0*[1-9]\d{0,17}", text, re.ASCII):
        if text:
            judged.refuse("ID_INVALID", "id", f"“{text[:40]}” is no positive number.")
        else:
            judged.warn("ID_MISSING", "id", "No id: it gets one when the schedule goes out.")
        return None
    if int(text) in seen.numbers:
        judged.refuse("ID_TWICE", "id", f"Another event has the id {text}.")
    seen.numbers.add(int(text))
    return int(text)


def _identity(judged: Judgement, element, schedule, number, seen: _Seen) -> UUID | None:
    text = (element.get("guid") or "").strip()
    if text:
        guid = guid_of(text)
        if guid is None:
            judged.refuse("GUID_INVALID", "guid", f"“{text[:60]}” is no GUID.")
    elif number is None:
        judged.refuse("GUID_MISSING", "guid", "An event needs a guid or an id.")
        return None
    else:
        acronym = schedule.conference.texts.get("acronym", schedule.conference.title)
        guid = uuid5(MADE_OF_ID, f"{acronym}:{number}")
        judged.warn("GUID_MADE", "guid", "No guid: made of the id.")
    if guid in seen.guids:
        judged.refuse("GUID_TWICE", "guid", "Another event has this guid.")
    return guid


# --- After all -----------------------------------------------------------------------------


def _warn_clashes(schedule: Schedule, rows: list[Judgement]) -> None:
    judged = {row.values["event"].guid: row for row in rows if "event" in row.values}
    for clash in clashes_of(schedule.events):
        code, column = (
            ("ROOM_CLASH", "room") if clash.where == "room" else ("SPEAKER_CLASH", "persons")
        )
        for one, other in ((clash.first, clash.second), (clash.second, clash.first)):
            text = f"{clash.name} has “{other.title[:80]}” at the same time."
            judged[one.guid].warn(code, column, text)


def _left_out(schedule: Schedule, known: Known) -> Iterable[Judgement]:
    there = {event.guid for event in schedule.events}
    for guid, event in known.events.items():
        if guid not in there:
            row = Judgement(0, 0, str(event.number or guid))
            row.warn("NOT_IN_FILE", "", f"“{event.title[:80]}” is not in the file: taken out.")
            row.values["cancelled"] = guid
            yield row


def _day_in(element) -> date | None:
    return day_of(text_of(element))


def _first_day(root) -> date | None:
    return min((day for day in map(_date_of, root.findall("day")) if day), default=None)


def _last_day(root) -> date | None:
    return max((day for day in map(_date_of, root.findall("day")) if day), default=None)


def _date_of(element) -> date | None:
    return day_of(element.get("date") or "")
