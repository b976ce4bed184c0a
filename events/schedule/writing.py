"""Writes a schedule as `schedule.xml`, in the order of the published schema."""

import re
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from lxml import etree

from events.schedule.values import Day, Event, Marked, Schedule
from events.zones import is_named, zone_of

# What XML 1.0 has no way to write; nothing imported holds it, something typed may.
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
SCHEMA = Path(__file__).with_name("schedule.xsd")
_BEFORE_TITLE = ("slug", "url")
_AFTER_TITLE = ("subtitle", "track", "type", "language", "abstract", "description", "logo")
_LAST = ("video_download_url", "feedback_url", "origin_url")
_ALWAYS = {"slug", "subtitle", "track", "type", "abstract"}  # readers of the format ask for them


def write_schedule(schedule: Schedule) -> bytes:
    """The schedule as XML (UTF-8). Every event has a number and a slug."""
    root = etree.Element("schedule")
    if schedule.generator:
        etree.SubElement(root, "generator", schedule.generator)
    _maybe(root, "url", schedule.url)
    _text(root, "version", schedule.version)
    _conference(root, schedule)
    zone = zone_of(schedule.conference.zone_name)
    held: dict[tuple[int, str], list[Event]] = defaultdict(list)
    for event in sorted(schedule.events, key=lambda each: (each.date, each.number or 0)):
        held[event.day, event.room].append(event)
    for day in schedule.days:
        _day(root, schedule, day, held, zone)
    etree.indent(root)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def faults_of(data: bytes) -> list[str]:
    """What the schema says against a schedule, a line for each fault."""
    schema = _schema()
    schema.validate(etree.fromstring(data))
    return [f"{error.line}: {error.message}" for error in schema.error_log]


@cache
def _schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(SCHEMA))


def _conference(root, schedule: Schedule) -> None:
    conference = schedule.conference
    element = etree.SubElement(root, "conference")
    texts = dict(conference.texts)
    _text(element, "acronym", texts.pop("acronym", ""))
    _text(element, "title", conference.title)
    _text(element, "start", conference.starts.isoformat())
    _text(element, "end", conference.ends.isoformat())
    _text(element, "days", str(len(schedule.days)))
    if conference.timeslot_minutes:
        _text(element, "timeslot_duration", _clock(conference.timeslot_minutes))
    if is_named(conference.zone_name):
        _text(element, "time_zone_name", conference.zone_name)
    for name, text in texts.items():
        _text(element, name, text)
    for track in conference.tracks:
        etree.SubElement(element, "track", track)


def _day(root, schedule: Schedule, day: Day, held, zone) -> None:
    marks = {"index": str(day.number), "date": day.date.isoformat()}
    for name, moment in (("start", day.starts), ("end", day.ends)):
        if moment:
            marks[name] = _stamp(moment.astimezone(zone))
    element = etree.SubElement(root, "day", marks)
    others = [room for number, room in held if number == day.number and room not in day.rooms]
    for name in [*day.rooms, *others]:
        guid = schedule.rooms.get(name)
        room = etree.SubElement(
            element, "room", {"name": name} | ({"guid": str(guid)} if guid else {})
        )
        for event in held[day.number, name]:
            _event(room, event, event.date.astimezone(zone))


def _event(parent, event: Event, local: datetime) -> None:
    element = etree.SubElement(parent, "event", id=str(event.number), guid=str(event.guid))
    _text(element, "date", _stamp(local))
    _text(element, "start", f"{local:%H:%M}")
    _text(element, "duration", _clock(event.minutes))
    _text(element, "room", event.room)
    _some(element, event, _BEFORE_TITLE)
    if event.recording:
        recording = etree.SubElement(element, "recording")
        for name, text in event.recording.items():
            _text(recording, name, text)
    _text(element, "title", event.title)
    _some(element, event, _AFTER_TITLE)
    _list(element, "persons", "person", event.persons)
    _list(element, "links", "link", event.links)
    _list(element, "attachments", "attachment", event.attachments)
    _some(element, event, _LAST)


def _some(element, event: Event, names: Iterable[str]) -> None:
    for name in names:
        if name in event.texts or name in _ALWAYS:
            _text(element, name, event.texts.get(name, ""))


def _list(element, name: str, tag: str, rows: list[Marked]) -> None:
    parent = etree.SubElement(element, name)
    for row in rows:
        etree.SubElement(parent, tag, row.marks).text = _ILLEGAL.sub("", row.text) or None


def _maybe(parent, name: str, text: str) -> None:
    if text:
        _text(parent, name, text)


def _text(parent, name: str, text: str) -> None:
    etree.SubElement(parent, name).text = _ILLEGAL.sub("", text) or None


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _stamp(moment: datetime) -> str:
    """As XML Schema wants a dateTime with its zone; seconds of a zone's old offset are dropped."""
    offset = moment.utcoffset() or timedelta()
    whole = timedelta(minutes=int(offset.total_seconds() // 60))
    if offset != whole:
        moment = moment.astimezone(zone_of("+00:00"))
    return moment.isoformat(timespec="seconds")
