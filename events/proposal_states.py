"""How a proposal moves: from each state, who may bring it where. Pure.

draft -> submitted -> waitlisted -> accepted
            |  ^            |           |
            v  |            v           v
         rejected <---------+-----> withdrawn
"""

SPEAKER, KEEPER = "speaker", "keeper"
MOVES: dict[tuple[str, str], str] = {
    ("draft", "submitted"): SPEAKER,
    ("submitted", "draft"): SPEAKER,
    ("submitted", "withdrawn"): SPEAKER,
    ("waitlisted", "withdrawn"): SPEAKER,
    ("accepted", "withdrawn"): SPEAKER,
    ("draft", "withdrawn"): SPEAKER,
    ("withdrawn", "draft"): SPEAKER,
    ("submitted", "accepted"): KEEPER,
    ("submitted", "waitlisted"): KEEPER,
    ("submitted", "rejected"): KEEPER,
    ("waitlisted", "accepted"): KEEPER,
    ("waitlisted", "rejected"): KEEPER,
    ("rejected", "waitlisted"): KEEPER,
    ("rejected", "accepted"): KEEPER,
}
EDITABLE = frozenset({"draft", "submitted"})


def may_move(state: str, to: str, whose: str) -> bool:
    """Whether `whose` (SPEAKER or KEEPER) may bring a proposal from `state` to `to`."""
    return MOVES.get((state, to)) == whose


def moves_from(state: str, whose: str) -> list[str]:
    return [to for (begin, to), mover in MOVES.items() if begin == state and mover == whose]
