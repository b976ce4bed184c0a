"""Between the rows of an edition and a schedule as plain values."""

import re

from django.conf import settings
from django.utils.text import slugify

from events.crediting import marked
from events.models import Edition, Talk
from events.schedule.values import Conference, Day, Event, Marked, Schedule

GENERATOR = {"name": "ICT Commons", "version": "1"}


def schedule_of(edition: Edition) -> Schedule:
    """The programme of an edition as it goes out: numbered, with days, in nine queries."""
    talks = list(edition.talks.on().select_related("track").prefetch_related("credits", "speakers"))
    rows = list(edition.days.all())
    days = [Day(row.number, row.date, row.starts, row.ends, list(row.rooms)) for row in rows]
    number_of = {row.pk: row.number for row in rows}
    placed = {talk.pk: _place(talk, days, number_of, edition) for talk in talks}
    numbers, acronym = _numbers(talks), _acronym(edition)
    return Schedule(
        conference=_conference(edition, acronym),
        version=edition.version,
        url=edition.marks.get("schedule_url", ""),
        generator=edition.marks.get("generator", {} if edition.marks else GENERATOR),
        days=sorted(days, key=lambda day: day.number) or [Day(1, edition.starts)],
        rooms={room.name: room.guid for room in edition.rooms.all()},
        events=[_event(talk, placed[talk.pk], numbers[talk.pk], acronym) for talk in talks],
    )


def _place(talk: Talk, days: list[Day], number_of: dict[int, int], edition: Edition) -> int:
    """The number of the talk's day; a day that the programme does not have yet is added."""
    if talk.day_id:
        return number_of[talk.day_id]
    when = talk.starts.astimezone(edition.zone).date()
    for day in days:
        if day.date == when:
            return day.number
    days.append(Day(max((day.number for day in days), default=0) + 1, when))
    return days[-1].number


def events_of(edition: Edition) -> dict:
    """GUID -> event, of the talks that came with a schedule: what a new file is compared with."""
    imported = set(edition.talks.on().filter(imported=True).values_list("guid", flat=True))
    return {event.guid: event for event in schedule_of(edition).events if event.guid in imported}


def _conference(edition: Edition, acronym: str) -> Conference:
    texts = dict(edition.marks.get("conference", {}))
    texts |= {"acronym": acronym} if acronym else {}
    if edition.base_url:
        texts["base_url"] = edition.base_url
    return Conference(
        title=edition.title,
        starts=edition.starts,
        ends=edition.ends,
        texts=texts,
        timeslot_minutes=edition.timeslot_minutes,
        zone_name=edition.time_zone,
        tracks=[track.marks for track in edition.tracks.all() if track.marks],
    )


def _acronym(edition: Edition) -> str:
    return edition.acronym or ("" if edition.marks else edition.slug)


def _numbers(talks: list[Talk]) -> dict[int, int]:
    """Each talk's `id`: its own, or for one that came without, its key where that is free."""
    taken = {talk.number for talk in talks if talk.number}
    numbers = {}
    for talk in talks:
        number = talk.number or talk.pk
        while not talk.number and number in taken:
            number += 1_000_000
        taken.add(number)
        numbers[talk.pk] = number
    return numbers


def _event(talk: Talk, day: int, number: int, acronym: str) -> Event:
    marks = talk.marks
    texts = dict(marks.get("texts", {}))
    texts |= {
        name: text
        for name, text in (
            ("subtitle", talk.subtitle),
            ("track", talk.track.name if talk.track else ""),
            ("type", talk.kind),
            ("language", talk.language),
            ("abstract", talk.abstract.strip()),
            ("description", talk.description.strip()),
        )
        if text
    }
    if "slug" not in texts:
        stem = re.sub(r"[^a-z0-9]", "", acronym.lower())
        texts["slug"] = f"{stem:0<4}-{number % 1_000_000}-{slugify(talk.slug):_<4}"
    if not talk.imported:
        texts["url"] = f"{settings.SITE_URL}{talk.get_absolute_url()}"
    return Event(
        guid=talk.guid,
        number=number,
        day=day,
        room=talk.room,
        title=talk.title,
        date=talk.starts,
        minutes=talk.minutes,
        texts=texts,
        recording=dict(marks.get("recording", {})),
        persons=_persons(talk),
        links=[_marked(row) for row in talk.links],
        attachments=[_marked(row) for row in talk.attachments],
    )


def _persons(talk: Talk) -> list[Marked]:
    credits = [Marked(credit.name, credit.marks) for credit in talk.credits.all()]
    return credits or [marked(person) for person in talk.speakers.all()]


def _marked(row: dict) -> Marked:
    return Marked(row.get("text", ""), {k: v for k, v in row.items() if k != "text"})


def row_of(item: Marked) -> dict:
    """A link or attachment as the talk keeps it."""
    return {"text": item.text, **item.marks}
