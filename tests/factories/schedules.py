"""Schedules in the published format, made by hand: not by what the product writes with."""

import random
import uuid
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from xml.sax.saxutils import escape, quoteattr

from hypothesis import strategies as st
from lxml import etree

THIMPHU = timezone(timedelta(hours=6))
FIRST = date(2027, 10, 12)
SPACE = uuid.UUID("0e6f0f0e-8a5f-4a9b-9d5f-4b6e5b2a7c11")
Programme = tuple[date, dict[str, list[str]]]  # a day: rooms with their events
SUBJECTS = ["Networks", "Security", "Data & maps", "Space <technology>", "ལས་འགུལ།"]


def element(tag: str, text: str = "", **marks: str) -> str:
    attributes = "".join(f" {name}={quoteattr(value)}" for name, value in marks.items())
    return f"<{tag}{attributes}>{escape(text)}</{tag}>" if text else f"<{tag}{attributes}/>"


def event(number: int, starts: datetime, **fields) -> str:
    """One event; `fields` change or add elements, and None leaves one out."""
    minutes = fields.pop("minutes", 25)
    persons = fields.pop("persons", [("Officer T1", {"id": "1"})])
    inner = fields.pop("inner", "")
    guid = fields.pop("guid", str(uuid.uuid5(SPACE, str(number))))
    texts = {
        "date": starts.isoformat(),
        "start": f"{starts:%H:%M}",
        "duration": f"{minutes // 60:02}:{minutes % 60:02}",
        "room": "Hall A",
        "slug": f"conf-{number}-talk",
        "title": f"Talk number {number}",
        "subtitle": "",
        "track": "Networks",
        "type": "lecture",
        "abstract": "What **breaks** first.",
    } | fields
    people = "".join(element("person", name, **marks) for name, marks in persons)
    body = "".join(element(name, text) for name, text in texts.items() if text is not None)
    marks = f' id="{number}"' + (f' guid="{guid}"' if guid else "")
    return f"<event{marks}>{body}<persons>{people}</persons>{inner}</event>"


def schedule(days: list[Programme], version: str = "1.0", **fields) -> bytes:
    """A whole schedule; `days` are dates with rooms and their events."""
    texts = {
        "acronym": "ict-2027",
        "title": "ICT Conference 2027",
        "start": days[0][0].isoformat() if days else FIRST.isoformat(),
        "end": days[-1][0].isoformat() if days else FIRST.isoformat(),
        "days": str(len(days)),
        "timeslot_duration": "00:05",
        "base_url": "https://conference.example/2027",
        "time_zone_name": "Asia/Thimphu",
    } | fields
    inner = "".join(element(name, text) for name, text in texts.items() if text is not None)
    body = "".join(_day(number, *day) for number, day in enumerate(days, start=1))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<schedule><generator name="frab" version="0.9"/>'
        f"<version>{escape(version)}</version><conference>{inner}</conference>{body}</schedule>"
    ).encode()


def _day(number: int, when: date, rooms: dict[str, list[str]]) -> str:
    edges = f'start="{when}T08:00:00+06:00" end="{when}T20:00:00+06:00"'
    halls = "".join(
        f'<room name={quoteattr(name)} guid="{uuid.uuid5(SPACE, name)}">{"".join(events)}</room>'
        for name, events in rooms.items()
    )
    return f'<day index="{number}" date="{when}" {edges}>{halls}</day>'


def one_day(*events: str, **fields) -> bytes:
    return schedule([(FIRST, {"Hall A": list(events)})], **fields)


def at(hour: int, minute: int = 0, day: int = 0) -> datetime:
    when = FIRST + timedelta(days=day)
    return datetime(when.year, when.month, when.day, hour, minute, tzinfo=THIMPHU)


def real_size(talks: int, seed: int = 1) -> bytes:
    """As large as a real one: days of 10 hours, as many rooms as it takes, nothing clashes."""
    chance = random.Random(seed)
    days = max(1, min(5, talks // 40))
    rooms = -(-talks // (days * 20))
    made: list[Programme] = []
    number = 0
    for day in range(days):
        halls: dict[str, list[str]] = {}
        for room in range(rooms):
            name = f"Hall {room + 1}"
            for slot in range(20):
                if number == talks:
                    break
                number += 1
                halls.setdefault(name, []).append(
                    _real_event(chance, number, at(9, 0, day) + timedelta(minutes=30 * slot), name)
                )
        made.append((FIRST + timedelta(days=day), halls))
    return schedule(made, version=f"{talks} talks")


def _real_event(chance: random.Random, number: int, starts: datetime, room: str) -> str:
    speakers = [
        (f"Speaker {number} {each}", {"id": str(number * 3 + each), "code": f"S{number}-{each}"})
        for each in range(chance.choice([1, 1, 1, 2, 3]))
    ]
    words = " ".join(
        chance.choices("line power centre backup restore ping & <modem> route".split(), k=80)
    )
    return event(
        number,
        starts,
        minutes=chance.choice([25, 25, 30]),
        room=room,
        title=f"{chance.choice(['Keeping', 'Restoring', 'Reading'])} centre {number} & its <line>",
        track=chance.choice(SUBJECTS),
        language=chance.choice(["en", "dz"]),
        description=words,
        url=f"https://conference.example/2027/{number}",
        persons=speakers,
        inner="<recording><license>CC-BY-4.0</license><optout>false</optout></recording>"
        f'<links><link href="https://conference.example/{number}">More</link></links>'
        f'<attachments><attachment href="/files/{number}.pdf">Slides</attachment></attachments>',
    )


# --- For properties ------------------------------------------------------------------------

_letters = st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Co", "Cn"))
texts = st.text(_letters, max_size=40).map(str.strip)
words = texts.filter(bool)


@st.composite
def schedules(draw) -> bytes:
    """Any schedule that the format allows: texts, days, rooms, people, links of all kinds."""
    days = draw(st.integers(1, 3))
    numbers = iter(draw(st.lists(st.integers(1, 2**50), min_size=12, max_size=12, unique=True)))
    made = []
    for day in range(days):
        rooms = draw(st.lists(words, min_size=0, max_size=2, unique=True))
        halls = {
            room: [
                _any_event(draw, next(numbers), day, room)
                for _each in range(draw(st.integers(0, 2)))
            ]
            for room in rooms
        }
        made.append((FIRST + timedelta(days=day), halls))
    return schedule(made, version=draw(texts), title=draw(words), acronym=draw(texts))


def _any_event(draw, number: int, day: int, room: str) -> str:
    marks = st.fixed_dictionaries({}, optional={"id": st.integers(1, 9**9).map(str), "code": words})
    people = draw(st.lists(st.tuples(words, marks), max_size=3))
    links = draw(st.lists(st.tuples(texts, words), max_size=2))
    rows = "".join(element("link", text, href=href) for text, href in links)
    files = "".join(element("attachment", text, href=href) for text, href in links[:1])
    optional = {name: draw(st.none() | texts) for name in ("language", "description", "logo")}
    minute = draw(st.integers(0, 12 * 60))
    return event(
        number,
        at(6, 0, day) + timedelta(minutes=minute),
        minutes=draw(st.integers(1, 99 * 60)),
        room=room,
        title=draw(words),
        subtitle=draw(texts),
        track=draw(texts),
        type=draw(texts),
        abstract=draw(texts),
        slug=f"conf-{number % 10**6}-{number}",
        url=draw(st.none() | st.just(f"https://x.example/{number}")),
        persons=people,
        inner=f"<links>{rows}</links><attachments>{files}</attachments>"
        + draw(
            st.sampled_from(
                ["", "<recording><license>MIT</license><optout>true</optout></recording>"]
            )
        ),
        **optional,
    )


# --- What is equal -------------------------------------------------------------------------

BELOW = {"conference", "room", "day"}


def facts_of(data: bytes) -> set[tuple]:
    """Everything a schedule says, a fact for each text and attribute, found by walking its tree.

    A text is told without the spaces around it, an empty one not at all; dates as moments.
    """
    root = etree.fromstring(data)
    return set(_facts(root, ()))


def _facts(node, path: tuple) -> Iterator[tuple]:
    for name, value in node.attrib.items():
        if value.strip():
            yield (*path, f"@{name}", _moment(value.strip()))
    text = (node.text or "").strip()
    if text:
        yield (*path, "text", _moment(text))
    counts: dict[str, int] = {}
    for child in node:
        key = child.get("guid") or child.get("index") or child.get("name") or ""
        if child.tag in ("event", "day", "room") and key:
            step = (child.tag, key)
        else:
            counts[child.tag] = counts.get(child.tag, 0) + 1
            step = (child.tag, counts[child.tag])
        yield from _facts(child, (*path, step))


def _moment(text: str) -> str:
    try:
        found = datetime.fromisoformat(text) if "T" in text else None
    except ValueError:
        return text
    return found.astimezone(THIMPHU).isoformat() if found and found.tzinfo else text
