"""Where a programme wants a room or a speaker twice at once: pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import NamedTuple

from events.schedule.values import Event, Marked


class Clash(NamedTuple):
    where: str  # "room" or "speaker"
    name: str
    first: Event
    second: Event


def clashes_of(events: Iterable[Event]) -> Iterator[Clash]:
    """Pairs of neighbours in time that overlap in one room, or need one speaker in two."""
    rooms: dict[str, list[Event]] = defaultdict(list)
    speakers: dict[str, list[tuple[Event, str]]] = defaultdict(list)
    for event in events:
        if event.room:
            rooms[event.room].append(event)
        for key, person in {key_of(each): each for each in event.persons}.items():
            speakers[key].append((event, person.text))
    for name, held in rooms.items():
        yield from (Clash("room", name, *pair) for pair in _overlapping(held))
    for spoken in speakers.values():
        yield from (
            Clash("speaker", spoken[0][1], *pair)
            for pair in _overlapping([event for event, _name in spoken])
        )


def _overlapping(events: list[Event]) -> Iterator[tuple[Event, Event]]:
    running: Event | None = None
    for event in sorted(events, key=lambda each: (each.date, each.number or 0)):
        if running and event.date < _end(running):
            yield running, event
        if not running or _end(event) > _end(running):
            running = event


def _end(event: Event):
    return event.date + timedelta(minutes=event.minutes)


def key_of(person: Marked) -> str:
    """What tells speakers of one schedule apart: guid, code, id, or the name itself."""
    for name in ("guid", "code", "id"):
        if person.marks.get(name):
            return f"{name}:{person.marks[name]}"[:300]
    return f"name:{' '.join(person.text.casefold().split())}"[:300]
