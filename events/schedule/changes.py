"""What changed between two releases of a programme: pure."""

from collections.abc import Mapping
from typing import TypedDict


class Place(TypedDict):
    """Where and when a talk stands in a release."""

    title: str
    url: str
    starts: str  # ISO 8601 with the distance from UTC
    minutes: int
    room: str
    track: str
    speakers: str


class Change(TypedDict):
    kind: str  # "new", "gone", "moved" (time or room), "changed"
    guid: str
    title: str
    url: str
    fields: dict[str, list[str]]  # field -> [before, after]


MOVES = ("starts", "minutes", "room")
COMPARED = (*MOVES, "title", "track", "speakers")


def changes_between(before: Mapping[str, Place], after: Mapping[str, Place]) -> list[Change]:
    """New, gone, moved and changed talks, each once, in the order of the programme."""
    found: list[tuple[str, Change]] = []
    for guid in before.keys() | after.keys():
        old, new = before.get(guid), after.get(guid)
        place = new or old
        if place is None or old == new:
            continue
        fields = _fields(old, new) if old and new else {}
        if old and new and not fields:
            continue
        kind = "new" if old is None else "gone" if new is None else "changed"
        if kind == "changed" and fields.keys() & set(MOVES):
            kind = "moved"
        change = Change(kind=kind, guid=guid, title=place["title"], url=place["url"], fields=fields)
        found.append((f"{place['starts']} {guid}", change))
    return [change for _when, change in sorted(found, key=lambda pair: pair[0])]


def _fields(old: Place, new: Place) -> dict[str, list[str]]:
    pairs = ((name, str(old.get(name, "")), str(new.get(name, ""))) for name in COMPARED)
    return {name: [was, now] for name, was, now in pairs if was != now}
