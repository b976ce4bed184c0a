"""How much time of a sitting was lost, from the signs of life of its page. Pure.

The page beats every `interval` seconds while it is seen and its line holds, and tries four
times as often while it does not get through. So a cut lies somewhere between two beats: it
began on average half an interval after the last one, and was noticed on average half a try
after its end. What is left of a gap without these two is what was lost; for one cut the error
is at most five eighths of an interval, over many it cancels out.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

TRIES_IN_AN_INTERVAL = 4
LONGEST_USUAL = 2  # intervals between two beats that a busy line explains


@dataclass(frozen=True)
class Beat:
    """A sign of life. After one that is not `watched` (a page without its script, or one in the
    background) silence means nothing."""

    at: datetime
    watched: bool = True


@dataclass(frozen=True)
class Gap:
    starts: datetime  # the last sign of life before
    ends: datetime  # the first one after
    lost: timedelta


def gaps(
    beats: Sequence[Beat],
    *,
    interval: timedelta,
    until: datetime | None = None,
    pauses: Iterable[tuple[datetime, datetime]] = (),
) -> list[Gap]:
    """Where the page was silent for longer than usual, in the order of time.

    `until` closes a silence that still lasts. Time inside `pauses` is given back by the pause
    and is not lost once more.
    """
    pauses = list(pauses)
    usual = interval / 2 + interval / TRIES_IN_AN_INTERVAL / 2
    ordered = sorted(beats, key=lambda beat: beat.at)
    ends = [beat.at for beat in ordered[1:]]
    if until is not None and ordered and until > ordered[-1].at:
        ends.append(until)
    found = []
    for beat, end in zip(ordered, ends, strict=False):
        silent = end - beat.at - _overlap(beat.at, end, pauses)
        if beat.watched and silent > LONGEST_USUAL * interval:
            found.append(Gap(beat.at, end, silent - usual))
    return found


def total(found: Iterable[Gap]) -> timedelta:
    return sum((gap.lost for gap in found), timedelta())


def due_by_rule(lost: timedelta, *, cap: timedelta, granted: timedelta) -> timedelta:
    """What the rule of a quiz still gives for `lost` time: never more than `cap` in all, and
    nothing that was `granted` before, by the rule or by an invigilator."""
    return max(timedelta(), min(lost, cap) - granted)


def _overlap(
    starts: datetime, ends: datetime, pauses: Iterable[tuple[datetime, datetime]]
) -> timedelta:
    inside = timedelta()
    for begin, end in pauses:
        inside += max(timedelta(), min(ends, end) - max(starts, begin))
    return inside
