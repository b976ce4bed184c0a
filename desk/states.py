"""The life of a request as a table: pure values, no database.

Every change of state is one `Move`. The table says from where it leads where, and which
part somebody must play in the request to make it. Services enforce it, pages ask it.

  new -> triaged -> claimed -> in_work <-> waiting -> delivered -> accepted -> closed
  and: declined, withdrawn, merged, reopened.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

CLAIM_HOLDS = timedelta(days=3)  # then somebody else may claim, unless work has begun
REOPEN_WITHIN = timedelta(days=30)  # after closing


class State(StrEnum):
    NEW = "new"
    TRIAGED = "triaged"
    CLAIMED = "claimed"
    IN_WORK = "in_work"
    WAITING = "waiting"
    DELIVERED = "delivered"
    ACCEPTED = "accepted"
    REOPENED = "reopened"
    CLOSED = "closed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    MERGED = "merged"


class Part(StrEnum):
    """What somebody is in a request."""

    REQUESTER = "requester"
    CLAIMANT = "claimant"
    EXPERT = "expert"  # serves the pool that the request lies with
    LEAD = "lead"  # leads that pool
    SECOND = "second"  # serves the second pool, which the ladder asked too
    DESK = "desk"  # nobody: what the desk does by itself


QUEUED = frozenset({State.NEW, State.TRIAGED})
HELD = frozenset({State.CLAIMED, State.IN_WORK, State.WAITING, State.REOPENED})
OPEN = QUEUED | HELD
OVER = frozenset({State.CLOSED, State.DECLINED, State.WITHDRAWN, State.MERGED})


@dataclass(frozen=True)
class Move:
    verb: str
    leaves: frozenset[State]
    to: State
    by: frozenset[Part]
    note_needed: bool = False


def _move(verb, leaves, to, *by, note_needed=False):
    return Move(verb, frozenset(leaves), to, frozenset(by), note_needed)


S, P = State, Part
MOVES = (
    _move("claim", QUEUED | {S.CLAIMED}, S.CLAIMED, P.EXPERT, P.LEAD),
    _move("take_over", QUEUED, S.TRIAGED, P.SECOND),
    _move("triage", {S.NEW}, S.TRIAGED, P.EXPERT, P.LEAD),
    _move("start", {S.CLAIMED, S.REOPENED}, S.IN_WORK, P.CLAIMANT),
    _move("deliver", {S.IN_WORK, S.WAITING}, S.DELIVERED, P.CLAIMANT),
    _move("accept", {S.DELIVERED}, S.ACCEPTED, P.REQUESTER),
    _move("resume", {S.WAITING}, S.IN_WORK, P.REQUESTER, P.CLAIMANT, note_needed=True),
    _move("wait", {S.CLAIMED, S.IN_WORK}, S.WAITING, P.CLAIMANT, note_needed=True),
    _move("hand_over", HELD, S.CLAIMED, P.CLAIMANT, P.LEAD),
    _move("give_back", HELD, S.TRIAGED, P.CLAIMANT, P.LEAD, note_needed=True),
    _move("route", OPEN, S.TRIAGED, P.EXPERT, P.LEAD, note_needed=True),
    _move(
        "reopen",
        {S.DELIVERED, S.ACCEPTED, S.CLOSED},
        S.REOPENED,
        P.REQUESTER,
        note_needed=True,
    ),
    _move("close", {S.ACCEPTED}, S.CLOSED, P.REQUESTER, P.CLAIMANT, P.LEAD),
    _move("decline", QUEUED, S.DECLINED, P.LEAD, note_needed=True),
    _move("withdraw", OPEN, S.WITHDRAWN, P.REQUESTER),
    _move("merge", OPEN, S.MERGED, P.EXPERT, P.LEAD),
    _move("release", HELD, S.TRIAGED, P.DESK),
    _move("lapse", {S.DELIVERED}, S.CLOSED, P.DESK),
)
BY_VERB = {move.verb: move for move in MOVES}


class IllegalMoveError(Exception):
    """This move does not lead on from the state; `allowed` holds the verbs that do."""

    def __init__(self, verb: str, state: str):
        self.verb, self.state, self.allowed = verb, State(state), verbs_from(state)
        super().__init__(f"{verb} from {state}; allowed: {', '.join(self.allowed) or 'nothing'}")


def verbs_from(state: str) -> list[str]:
    """Every verb by which somebody leads on from `state`, whoever that is."""
    return [move.verb for move in MOVES if state in move.leaves and move.by != {Part.DESK}]


def move_from(verb: str, state: str) -> Move:
    """The move `verb` from `state`, or IllegalMoveError."""
    move = BY_VERB.get(verb)
    if move is None or state not in move.leaves:
        raise IllegalMoveError(verb, state)
    return move


def moves_for(parts: set[Part], state: str) -> list[Move]:
    """What somebody who plays `parts` may do in `state`, the likeliest first."""
    return [move for move in MOVES if state in move.leaves and parts & move.by]
