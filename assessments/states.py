"""The life of an attempt as a table: pure values, no database.

Every change of state is one `Move`: from where it leads where, and who may make it. Services
enforce the table and write each move with its reason, actor and time.

  not_started -> in_progress <-> interrupted -> overdue -> submitted -> marking -> finished
  and: abandoned, voided.

Interrupted is an attempt whose page gave no sign of life, or that an invigilator paused;
overdue is one whose time is up while answers on their way still count.
"""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    NOT_STARTED = "not_started"
    IN_PROGRESS = "in_progress"
    INTERRUPTED = "interrupted"
    OVERDUE = "overdue"
    SUBMITTED = "submitted"
    MARKING = "marking"
    FINISHED = "finished"
    ABANDONED = "abandoned"
    VOIDED = "voided"


class Part(StrEnum):
    """What somebody is in an attempt."""

    CANDIDATE = "candidate"
    INVIGILATOR = "invigilator"  # assessors and administrators, never in an attempt of their own
    MARKER = "marker"
    CLOCK = "clock"  # the server itself; the move has no actor


SAT = frozenset({State.IN_PROGRESS, State.INTERRUPTED, State.OVERDUE})  # the questions are out
OPEN = SAT | {State.NOT_STARTED}
HANDED_IN = frozenset({State.SUBMITTED, State.MARKING, State.FINISHED})
OVER = frozenset({State.ABANDONED, State.VOIDED})


@dataclass(frozen=True)
class Move:
    verb: str
    leaves: frozenset[State]
    to: State
    by: frozenset[Part]
    reason_needed: bool = False


def _move(verb, leaves, to, *by, reason_needed=False):
    return Move(verb, frozenset(leaves), to, frozenset(by), reason_needed)


S, P = State, Part
MOVES = (
    _move("begin", {S.NOT_STARTED}, S.IN_PROGRESS, P.CANDIDATE),
    _move("interrupt", {S.IN_PROGRESS}, S.INTERRUPTED, P.CLOCK),
    _move(
        "pause", {S.IN_PROGRESS, S.INTERRUPTED}, S.INTERRUPTED, P.INVIGILATOR, reason_needed=True
    ),
    _move("resume", {S.INTERRUPTED}, S.IN_PROGRESS, P.CANDIDATE, P.INVIGILATOR),
    _move("run_over", {S.IN_PROGRESS, S.INTERRUPTED}, S.OVERDUE, P.CLOCK),
    _move("extend", {S.OVERDUE}, S.IN_PROGRESS, P.INVIGILATOR, P.CLOCK),
    _move("submit", SAT, S.SUBMITTED, P.CANDIDATE, P.INVIGILATOR, P.CLOCK),
    _move("mark", {S.SUBMITTED}, S.MARKING, P.CLOCK),
    _move("finish", {S.SUBMITTED, S.MARKING}, S.FINISHED, P.CLOCK, P.MARKER),
    _move("regrade", {S.FINISHED}, S.FINISHED, P.MARKER, reason_needed=True),
    _move("abandon", OPEN, S.ABANDONED, P.CANDIDATE, P.INVIGILATOR, reason_needed=True),
    _move("void", OPEN | HANDED_IN, S.VOIDED, P.INVIGILATOR, reason_needed=True),
)
BY_VERB = {move.verb: move for move in MOVES}


class IllegalMoveError(Exception):
    """This move does not lead on from the state; `allowed` holds the verbs that do."""

    def __init__(self, verb: str, state: str):
        self.verb, self.state, self.allowed = verb, State(state), verbs_from(state)
        super().__init__(f"{verb} from {state}; allowed: {', '.join(self.allowed) or 'nothing'}")


class ReasonMissingError(Exception):
    """This move is only made with a reason."""


def verbs_from(state: str) -> list[str]:
    """Every verb that leads on from `state`, whoever may do it."""
    return [move.verb for move in MOVES if state in move.leaves]


def move_from(verb: str, state: str, *, part: Part, reason: str = "") -> Move:
    """The move `verb` from `state` by one who plays `part`, or the error that says why not."""
    move = BY_VERB.get(verb)
    if move is None or state not in move.leaves or part not in move.by:
        raise IllegalMoveError(verb, state)
    if move.reason_needed and not reason.strip():
        raise ReasonMissingError(verb)
    return move
