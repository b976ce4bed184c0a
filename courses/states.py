"""The life of an enrolment as a table: pure values, no database.

    invited, requested -> active <-> paused -> completed; withdrawn from each that is not over.

Every change is one `Move`. Services write it with its actor and time, pages ask the table.
"""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    INVITED = "invited"
    REQUESTED = "requested"
    ACTIVE = "active"
    PAUSED = "paused"
    COMPLETED = "completed"
    WITHDRAWN = "withdrawn"


class Part(StrEnum):
    """What somebody is to an enrolment."""

    LEARNER = "learner"
    KEEPER = "keeper"  # enrols others in this course
    COURSE = "course"  # nobody: the last requirement was met


S, P = State, Part
NEW = ""  # before the first move there is no enrolment
RUNNING = frozenset({S.ACTIVE, S.PAUSED})
ASKED = frozenset({S.INVITED, S.REQUESTED})


@dataclass(frozen=True)
class Move:
    verb: str
    leaves: frozenset[str]
    to: State
    by: Part


def _move(verb: str, leaves: set[str] | frozenset[State], to: State, by: Part) -> Move:
    return Move(verb, frozenset(leaves), to, by)


MOVES = (
    _move("start", {NEW, S.INVITED, S.WITHDRAWN}, S.ACTIVE, P.LEARNER),
    _move("request", {NEW, S.WITHDRAWN}, S.REQUESTED, P.LEARNER),
    _move("pause", {S.ACTIVE}, S.PAUSED, P.LEARNER),
    _move("resume", {S.PAUSED}, S.ACTIVE, P.LEARNER),
    _move("withdraw", RUNNING | ASKED, S.WITHDRAWN, P.LEARNER),
    _move("invite", {NEW, S.WITHDRAWN}, S.INVITED, P.KEEPER),
    _move("enrol", {NEW, S.INVITED, S.REQUESTED, S.WITHDRAWN}, S.ACTIVE, P.KEEPER),
    _move("decline", {S.REQUESTED}, S.WITHDRAWN, P.KEEPER),
    _move("complete", RUNNING, S.COMPLETED, P.COURSE),
)
BY_VERB = {move.verb: move for move in MOVES}


class IllegalMoveError(Exception):
    """This move does not lead on from that state."""

    def __init__(self, verb: str, state: str):
        self.verb, self.state = verb, state
        super().__init__(f"{verb} from {state or 'nothing'}")


def move_from(verb: str, state: str) -> Move:
    """The move `verb` from `state`, or IllegalMoveError."""
    move = BY_VERB.get(verb)
    if move is None or state not in move.leaves:
        raise IllegalMoveError(verb, state)
    return move
