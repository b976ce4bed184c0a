"""The lives of a certificate and of its cycle as tables: pure values, no database."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from people.calendar import is_working_day, working_day_at_or_before

# --- What is done to a certificate ----------------------------------------------------------


class Action(StrEnum):
    REVOKE = "revoke"
    SUSPEND = "suspend"
    RESTORE = "restore"


class Standing(StrEnum):
    """What was done to a certificate, apart from the passing of time."""

    GOOD = "good"
    SUSPENDED = "suspended"
    REVOKED = "revoked"


# A revocation is final: the status list standard says so, and so do we.
STATUS_MOVES: dict[tuple[Standing, Action], Standing] = {
    (Standing.GOOD, Action.SUSPEND): Standing.SUSPENDED,
    (Standing.GOOD, Action.REVOKE): Standing.REVOKED,
    (Standing.SUSPENDED, Action.RESTORE): Standing.GOOD,
    (Standing.SUSPENDED, Action.REVOKE): Standing.REVOKED,
}


def after(actions: Iterable[str]) -> Standing:
    """What a certificate is after `actions`, the first done first. KeyError for an illegal one."""
    standing = Standing.GOOD
    for action in actions:
        standing = STATUS_MOVES[standing, Action(action)]
    return standing


# --- The cycle from one certificate to the next ---------------------------------------------


class Phase(StrEnum):
    """Where a cycle is. It goes through them in this order and may leave some out."""

    DUE = "due"
    REMINDED_90 = "reminded_90"
    REMINDED_60 = "reminded_60"
    REMINDED_30 = "reminded_30"
    REMINDED_7 = "reminded_7"
    LAPSED = "lapsed"
    RENEWED = "renewed"
    ENDED = "ended"  # the certificate was revoked


REMINDERS = {
    Phase.REMINDED_90: 90,
    Phase.REMINDED_60: 60,
    Phase.REMINDED_30: 30,
    Phase.REMINDED_7: 7,
}
RUNNING = (Phase.DUE, *REMINDERS)
OPEN = (*RUNNING, Phase.LAPSED)
EARLIEST = timedelta(days=90 + 31)  # no run of holidays moves the first reminder further


@dataclass(frozen=True)
class Step:
    to: Phase
    tells: bool  # whether people hear of it


def may_move(now: str, to: str) -> bool:
    """Whether the table allows it: onwards only, and never out of renewed or ended."""
    now, to = Phase(now), Phase(to)
    if now in RUNNING and to in (*REMINDERS, Phase.LAPSED):
        return OPEN.index(to) > OPEN.index(now)
    return now in OPEN and to in (Phase.RENEWED, Phase.ENDED)


def reminder_day(due_on: date, days: int, holidays: Collection[date]) -> date:
    """The working day on which the reminder of so many days before is sent: never later."""
    return working_day_at_or_before(due_on - timedelta(days=days), holidays)


def next_step(now: str, due_on: date, today: date, holidays: Collection[date]) -> Step | None:
    """What the clock does to a cycle today; None for nothing.

    Where several reminders are owed, because nothing ran for some days or because the
    certificate was short from the start, only the last of them is sent. Reminders are sent on
    working days alone; a certificate lapses on whatever day follows its last.
    """
    if now not in RUNNING:
        return None
    if today > due_on:
        return Step(Phase.LAPSED, tells=False)
    if not is_working_day(today, holidays):
        return None
    owed = [
        phase
        for phase, days in REMINDERS.items()
        if OPEN.index(phase) > OPEN.index(Phase(now))
        and today >= reminder_day(due_on, days, holidays)
    ]
    return Step(owed[-1], tells=True) if owed else None
