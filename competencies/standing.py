"""Pure rules of standing over plain values."""

import calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

LAPSING = timedelta(days=90)  # how long before its end a standing is called lapsing


class State(StrEnum):
    CURRENT = "current"
    LAPSING = "lapsing"
    LAPSED = "lapsed"


@dataclass(frozen=True)
class Fact:
    """What one row of evidence says: a level by its order, from a day to a day."""

    level: int
    since: date
    until: date | None = None
    counts: bool = True  # off for self-assessment, superseded and withdrawn rows


@dataclass(frozen=True)
class Held:
    """The standing in one competency on one day."""

    level: int
    state: State
    since: date
    until: date | None


def standing(facts: Iterable[Fact], day: date) -> Held | None:
    """What the facts of one competency amount to on `day`; None for nothing.

    The highest level with evidence that holds on `day` counts, since the earliest such
    evidence and until the latest end; each level includes those below. Where none holds, the
    highest lapsed one is named.
    """
    begun = [fact for fact in facts if fact.counts and fact.since <= day]
    holding = [fact for fact in begun if fact.until is None or fact.until >= day]
    if not begun:
        return None
    level = max(fact.level for fact in holding or begun)
    at_level = [fact for fact in holding or begun if fact.level == level]
    ends = [fact.until for fact in at_level]
    until = None if None in ends else max(end for end in ends if end)
    since = min(fact.since for fact in at_level)
    if not holding:
        return Held(level, State.LAPSED, since, until)
    lapsing = until is not None and until - day <= LAPSING
    return Held(level, State.LAPSING if lapsing else State.CURRENT, since, until)


def add_months(day: date, months: int) -> date:
    """`day` that many months later; the last day of the month where the day does not exist."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
