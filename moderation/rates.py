"""How often somebody may do a thing: the generic cell rate rule, pure over plain values.

What is kept of a person and an action is one moment: when all that was done so far would be
paid off at one act in `every`. Acts may run ahead of it by a burst, and by no more.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Rate:
    every: timedelta  # one act in this time, on average
    burst: int  # acts at once, at the most


def spend(due: datetime, at: datetime, rate: Rate) -> tuple[datetime, timedelta]:
    """The new due moment after an act at `at`, and how long to wait for it.

    A wait above zero means that the act is refused, and the due moment stays.
    """
    ahead = max(due, at)
    wait = ahead - at - rate.every * (rate.burst - 1)
    if wait > timedelta(0):
        return due, wait
    return ahead + rate.every, timedelta(0)
