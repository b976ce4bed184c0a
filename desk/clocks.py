"""The three clocks of a request, counted in working time. Pure: no database, no "now" of its own.

First response runs from filing until somebody of the pool takes the request up. Next update
runs from each word of the pool to its next one, while work is in hand. Delivery runs from
filing (or the last reopening) to the delivery. All stand still only while the request waits
for its requester; hand-over, giving back and routing do not stop or restart them: the targets
of the pool that has it now are counted from the first start.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from operator import attrgetter

from desk.states import HELD, OPEN, State
from people.calendar import DAY, THIMPHU, is_working_day, office_hours, working_day_after

# The steps by which somebody of the pool gives the requester news.
NEWS = frozenset({"claim", "start", "wait", "deliver", "decline", "message"})

Pause = tuple[datetime, datetime | None]  # from, to; None while it lasts


class Clock(StrEnum):
    RESPONSE = "response"
    UPDATE = "update"
    DELIVERY = "delivery"


@dataclass(frozen=True)
class Targets:
    """How much working time each clock gives."""

    response: timedelta
    update: timedelta
    delivery: timedelta


STANDARD = Targets(  # of a request that names no service
    response=timedelta(hours=4), update=timedelta(hours=16), delivery=timedelta(hours=80)
)


@dataclass(frozen=True)
class Event:
    """One thing that happened to a request, and the state that it is in since."""

    at: datetime
    verb: str
    state: str
    of_requester: bool = False


@dataclass(frozen=True)
class Reading:
    """What a clock says. `due` is None while it is paused and was not yet due before."""

    clock: Clock
    cycle: int  # counts up when the clock starts anew
    due: datetime | None
    met: datetime | None = None

    def late(self, now: datetime) -> bool:
        return self.due is not None and (self.met or now) > self.due


def in_working_time(at: datetime, holidays: Collection[date]) -> bool:
    day = at.astimezone(THIMPHU).date()
    opens, closes = office_hours(day)
    return is_working_day(day, holidays) and opens <= at <= closes


def due(
    start: datetime, target: timedelta, holidays: Collection[date], pauses: Iterable[Pause] = ()
) -> datetime | None:
    """When `target` of working time outside `pauses` has passed since `start`.

    None when a pause that still lasts begins before that. No target ends outside working time.
    """
    stretches = _working_stretches(start.astimezone(THIMPHU), holidays)
    if target <= timedelta(0):
        return next(stretches)[0]
    waiting = _joined(pauses)
    for opens, closes in stretches:
        at = opens
        for begins, ends in [*waiting, (closes, closes)]:
            free = min(begins, closes) - at
            if free >= target:
                return at + target
            target -= max(free, timedelta(0))
            if begins >= closes:
                break
            if ends is None:
                return None
            at = max(at, ends)
    raise AssertionError("working days do not end")


def _working_stretches(
    start: datetime, holidays: Collection[date]
) -> Iterator[tuple[datetime, datetime]]:
    """The office hours from `start` on, the first cut at `start`."""
    day = start.date()
    while True:
        opens, closes = office_hours(day)
        if is_working_day(day, holidays) and start < closes:
            yield max(opens, start), closes
        day += DAY


def _joined(pauses: Iterable[Pause]) -> list[Pause]:
    """In order and without overlaps, in Thimphu's time."""
    joined: list[Pause] = []
    for begins, ends in sorted(pauses, key=lambda pause: pause[0]):
        begins = begins.astimezone(THIMPHU)
        ends = ends and ends.astimezone(THIMPHU)
        if joined and (joined[-1][1] is None or begins <= joined[-1][1]):
            first, last = joined.pop()
            joined.append((first, max(last, ends) if last and ends else None))
        else:
            joined.append((begins, ends))
    return joined


def pauses_of(events: Sequence[Event]) -> list[Pause]:
    """The times in which a request waited for its requester."""
    pauses: list[Pause] = []
    since = None
    for event in events:
        if since is None and event.state == State.WAITING:
            since = event.at
        elif since is not None and event.state != State.WAITING:
            pauses.append((since, event.at))
            since = None
    return [*pauses, (since, None)] if since else pauses


def readings(
    events: Sequence[Event], targets: Targets, holidays: Collection[date]
) -> list[Reading]:
    """What the three clocks of a request say after `events`, the first of which filed it.

    The clock for updates is there only while work is in hand.
    """
    pauses, state = pauses_of(events), events[-1].state
    filed = events[0].at
    news = [event for event in events if event.verb in NEWS and not event.of_requester]
    answered = news[0].at if news else None
    result = []
    if answered or state in OPEN:
        due_at = due(filed, targets.response, holidays, pauses)
        result.append(Reading(Clock.RESPONSE, 0, due_at, answered))
    if news and state in HELD:
        due_at = due(news[-1].at, targets.update, holidays, pauses)
        result.append(Reading(Clock.UPDATE, len(news), due_at))
    reopened = [event.at for event in events if event.verb == "reopen"]
    start = reopened[-1] if reopened else filed
    handed = [event.at for event in events if event.verb == "deliver" and event.at >= start]
    if handed or state in OPEN:
        due_at = due(start, targets.delivery, holidays, pauses)
        met = handed[0] if handed else None
        result.append(Reading(Clock.DELIVERY, len(reopened), due_at, met))
    return result


def next_due(rows: Iterable[Reading]) -> Reading | None:
    """The running clock that is due first."""
    running = [row for row in rows if row.met is None and row.due is not None]
    return min(running, key=attrgetter("due"), default=None)


def working_time(
    start: datetime, end: datetime, holidays: Collection[date], pauses: Iterable[Pause] = ()
) -> timedelta:
    """How much working time lies between `start` and `end`, outside `pauses`."""
    total, waiting = timedelta(0), _joined(pauses)
    for opens, closes in _working_stretches(start.astimezone(THIMPHU), holidays):
        if opens >= end:
            return total
        closes = min(closes, end.astimezone(THIMPHU))
        total += closes - opens
        for begins, ends in waiting:
            shared = min(ends or closes, closes) - max(begins, opens)
            total -= max(shared, timedelta(0))
    raise AssertionError("working days do not end")


@dataclass(frozen=True)
class Step:
    """One rung of the ladder: who hears of it, `after` so much working time beyond the due."""

    name: str
    after: timedelta


LADDER = (
    Step("expert", timedelta(0)),
    Step("lead", timedelta(hours=4)),
    Step("second", timedelta(hours=8)),  # where the pool names one
    Step("secretariat", timedelta(hours=16)),
)


def steps_due(reading: Reading, now: datetime, holidays: Collection[date]) -> list[Step]:
    """The rungs that a clock has reached at `now`; nobody is woken outside working time."""
    if reading.met or reading.due is None or not in_working_time(now, holidays):
        return []
    reached = []
    for step in LADDER:
        at = due(reading.due, step.after, holidays) if step.after else reading.due
        if at is not None and at < now:
            reached.append(step)
    return reached


def working_days_after(start: datetime, days: int, holidays: Collection[date]) -> datetime:
    """The same hour `days` working days later."""
    there = start.astimezone(THIMPHU)
    return datetime.combine(working_day_after(there.date(), days, holidays), there.timetz())
