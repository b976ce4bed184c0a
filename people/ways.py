"""Links from a page of this room to what higher rooms know of the same thing."""

from collections.abc import Callable
from typing import NamedTuple


class Way(NamedTuple):
    title: str
    url: str


# (viewer, centre) -> where more of the centre is read, or None for one who may not see it.
centre_ways: list[Callable[[object, object], Way | None]] = []


def ways_from_centre(viewer, centre) -> list[Way]:
    found = (source(viewer, centre) for source in centre_ways)
    return [way for way in found if way is not None]
