"""Reading and growing the log. Only this file takes numbers from a session's head."""

import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import connection

from live.fold import Line, State, advance
from live.models import Event, Session

READ_AT_ONCE = 5000
KEPT_STATES = 16


@dataclass(frozen=True)
class Draft:
    """An event that has no number yet."""

    kind: str
    payload: dict[str, Any]
    audience: str = Event.Audience.ALL


def take_numbers(session_id: int, count: int, *, states: Iterable[str] = ()) -> int | None:
    """Raise the head by `count` and give the first new number; None when the state forbids it.

    The row lock that this takes lasts until commit, so numbers are in the order of commits
    and have no holes. `states` is looked at under that lock: a question that races with the
    closing of its session is either before the closing or refused, never lost behind it.
    """
    allowed = list(states) or list(Session.State.values)
    marks = ", ".join(["%s"] * len(allowed))
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE live_session SET head = head + %s WHERE id = %s AND state IN ({marks}) "  # noqa: S608 (only marks)
            "RETURNING head",
            [count, session_id, *allowed],
        )
        row = cursor.fetchone()
    return row[0] - count + 1 if row else None


def write(
    session_id: int,
    first: int,
    drafts: Sequence[Draft],
    *,
    actor: Any,
    at: datetime,
    cid: UUID | None = None,
    digest: str = "",
) -> None:
    """Insert `drafts` as events from number `first`; the first one carries the command."""
    Event.objects.bulk_create(
        Event(
            session_id=session_id,
            seq=first + index,
            kind=draft.kind,
            audience=draft.audience,
            payload=draft.payload,
            actor=actor,
            at=at,
            cid=cid if index == 0 else None,
            digest=digest if index == 0 else "",
        )
        for index, draft in enumerate(drafts)
    )


def lines_after(session_id: int, seq: int, limit: int = READ_AT_ONCE) -> list[Line]:
    rows = Event.objects.filter(session=session_id, seq__gt=seq).order_by("seq")[:limit]
    return [
        Line(seq, kind, payload, at.isoformat())
        for seq, kind, payload, at in rows.values_list("seq", "kind", "payload", "at")
    ]


_states: OrderedDict[UUID, State] = OrderedDict()
_states_lock = threading.Lock()


def state_of(session: Session) -> State:
    """The fold of the whole log, brought forward from what this process folded before.

    Committed events never change, so the kept state can only be old, not wrong; where its last
    event is not in the log as it was, the log was restored from a backup, and the session gets
    a new epoch. Inside a transaction nothing is kept: what is read there may be rolled back.
    """
    with _states_lock:
        state = _states.get(session.epoch, State())
    lines = lines_after(session.pk, max(state.seq - 1, 0))
    if state.seq and not (lines and (lines[0].seq, lines[0].at) == (state.seq, state.at)):
        renew_epoch(session.pk, session.epoch)
        session.refresh_from_db(fields=["epoch"])
        state, lines = State(), lines_after(session.pk, 0)
    elif state.seq:
        lines = lines[1:]
    while lines:
        state = advance(state, lines)
        lines = lines_after(session.pk, state.seq) if len(lines) == READ_AT_ONCE else []
    if not connection.in_atomic_block:
        with _states_lock:
            if state.seq >= _states.get(session.epoch, State()).seq:
                _states[session.epoch] = state
                _states.move_to_end(session.epoch)
            while len(_states) > KEPT_STATES:
                _states.popitem(last=False)
    return state


def renew_epoch(session_id: int, known: Any) -> None:
    """Replace the epoch `known`; whoever noticed the restore later finds it done."""
    Session.objects.filter(pk=session_id, epoch=known).update(epoch=uuid4())
