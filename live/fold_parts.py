"""Polls and raised hands in the fold: pure, beside the questions of fold.py.

Both are few and small, so a viewer is told the whole list whenever something in it changed.
"""

from collections.abc import Sequence
from typing import Any

Json = dict[str, Any]
Polls = dict[int, Json]
Hands = dict[int, Json]  # those that are up, longest first


def _poll(polls: Polls, number: int, **changes: Any) -> Polls:
    return {**polls, number: {**polls[number], **changes}}


def poll_started(polls: Polls, payload: Json, no: int, at: str) -> Polls:
    return {
        **polls,
        payload["p"]: {
            "p": payload["p"],
            "key": payload["key"],
            "no": no,
            "kind": payload["kind"],
            "text": payload["text"],
            "options": payload["options"],
            "state": "open",
            "shown": False,
            "counts": [0] * len(payload["options"]),
            "voters": 0,
        },
    }


def poll_shown(polls: Polls, payload: Json, no: int, at: str) -> Polls:
    return _poll(polls, payload["p"], shown=bool(payload["shown"]))


def poll_ended(polls: Polls, payload: Json, no: int, at: str) -> Polls:
    return _poll(polls, payload["p"], state="ended")


def poll_tally(polls: Polls, payload: Json, no: int, at: str) -> Polls:
    for number, counts, voters in payload["polls"]:
        polls = _poll(polls, number, counts=counts, voters=voters)
    return polls


def hand_raised(hands: Hands, payload: Json, no: int, at: str) -> Hands:
    hand = {key: payload[key] for key in ("h", "person", "name", "agency")}
    return {**hands, payload["h"]: {**hand, "at": at, "called": False}}


def hand_called(hands: Hands, payload: Json, no: int, at: str) -> Hands:
    number = payload["h"]
    return {**hands, number: {**hands[number], "called": True}}


def hand_lowered(hands: Hands, payload: Json, no: int, at: str) -> Hands:
    return {number: hand for number, hand in hands.items() if number != payload["h"]}


OF_POLLS = {
    "poll.started": poll_started,
    "poll.shown": poll_shown,
    "poll.ended": poll_ended,
    "poll.tally": poll_tally,
}
OF_HANDS = {
    "hand.raised": hand_raised,
    "hand.called": hand_called,
    "hand.lowered": hand_lowered,
}


# --- What a viewer may see ---------------------------------------------------------------


def polls_for(polls: Polls, is_host: bool) -> list[Json]:
    """Counts are the hosts' until a host shows them; how many took part is everybody's."""
    return [
        {**poll, "counts": poll["counts"] if is_host or poll["shown"] else None}
        for poll in polls.values()
    ]


def hands_for(hands: Hands, is_host: bool, person: int | None) -> Json:
    """Names are the hosts'; everybody sees how many wait, and the own place among them."""
    seen: Json = {"count": len(hands), "mine": mine(hands, person)}
    if is_host:
        keys = ("h", "name", "agency", "at", "called")
        seen["list"] = [{key: hand[key] for key in keys} for hand in hands.values()]
    return seen


def mine(hands: Hands, person: int | None) -> Json | None:
    for place, hand in enumerate(hands.values(), start=1):
        if hand["person"] == person:
            return {"h": hand["h"], "place": place, "called": hand["called"]}
    return None


def raised_by(*states: Hands) -> set[int]:
    return {hand["person"] for hands in states for hand in hands.values()}


def counted(answers: Sequence[Sequence[int]], options: int) -> tuple[list[int], int]:
    """How often each option was chosen, and by how many people."""
    counts = [0] * options
    for choices in answers:
        for choice in choices:
            counts[choice] += 1
    return counts, sum(1 for choices in answers if choices)
