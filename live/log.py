"""Reading and growing the log. Only this file takes numbers from a session's head."""

import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

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

    Committed events never change, so the kept state can only be old, not wrong. Inside a
    transaction nothing is kept: what is read there may still be rolled back.
    """
    with _states_lock:
        state = _states.get(session.epoch, State())
    while lines := lines_after(session.pk, state.seq):
        state = advance(state, lines)
    if not connection.in_atomic_block:
        with _states_lock:
            if state.seq >= _states.get(session.epoch, State()).seq:
                _states[session.epoch] = state
                _states.move_to_end(session.epoch)
            while len(_states) > KEPT_STATES:
                _states.popitem(last=False)
    return state
