"""What a session is, as a pure function of its log, and what each viewer may see of it.

`advance(state, events)` is the fold. `Feed` turns each event into what a viewer must be
told, so that for every viewer and every k:

    apply(snapshot(state@k, viewer), frames k+1..n of that viewer) == snapshot(state@n, viewer)

Nothing here knows the database, the clock or a socket. The browser's `client.js` has the
same `apply`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from live import fold_parts as parts
from live.fold_questions import OF_QUESTIONS

Json = dict[str, Any]

SEEN_BY_ALL = (
    *("id", "no", "body", "at", "state", "shown", "rev", "votes", "name_mode"),
    *("into", "how", "answer", "timecode", "topic", "key", "seen", "hidden", "redacted"),
)
PUBLIC_STATES = ("visible", "answered", "merged")
OUTCOMES = ("live", "written", "owed", "dismissed", "merged", "withdrawn", "pending")


class Line(NamedTuple):
    """One event of the log as plain values."""

    seq: int
    kind: str
    payload: Json
    at: str


@dataclass(frozen=True)
class State:
    """All that is true of a session at `seq`. Questions are keyed by id, oldest first."""

    seq: int = 0
    at: str = ""  # when its last event was written
    state: str = "scheduled"
    current: int | None = None
    moderated: bool = False
    names: str = "named"
    questions: dict[int, Json] = field(default_factory=dict)
    polls: parts.Polls = field(default_factory=dict)
    hands: parts.Hands = field(default_factory=dict)


class Viewer(NamedTuple):
    """Who looks: hosts see all; a person sees the own questions whatever their state."""

    is_host: bool = False
    person: int | None = None


def advance(state: State, lines: Iterable[Line]) -> State:
    """The state after `lines`, which must follow `state.seq` without a hole."""
    questions = dict(state.questions)
    for line in lines:
        if line.seq != state.seq + 1:
            raise ValueError(f"Event {line.seq} cannot follow {state.seq}.")
        changes = _APPLY[line.kind](state, questions, line)
        state = replace(state, seq=line.seq, at=line.at, **changes)
    return replace(state, questions=questions)


def balance(state: State) -> dict[str, int]:
    """asked = live + written + owed + dismissed + merged + withdrawn + pending."""
    counts = dict.fromkeys(("asked", *OUTCOMES), 0)
    for question in state.questions.values():
        counts["asked"] += 1
        counts[outcome(question)] += 1
    return counts


def outcome(question: Json) -> str:
    """Where a question stands in the balance; what nobody decided yet is pending."""
    if question["state"] == "answered":
        return question["how"]
    if question["state"] in ("pending", "visible"):
        return "pending"
    return question["state"]


# --- How each kind of event changes the state --------------------------------------


def _session_state(name: str):
    return lambda state, questions, line: {"state": name}


def _config(state: State, questions: dict[int, Json], line: Line) -> Json:
    return {"moderated": line.payload["moderated"], "names": line.payload["names"]}


def _part(name: str, change: Callable[[dict, Json, int, str], dict]):
    """Polls and hands: what the event makes of that part alone."""
    return lambda state, questions, line: {
        name: change(getattr(state, name), line.payload, line.seq, line.at)
    }


_APPLY = {
    **OF_QUESTIONS,
    **{kind: _part("polls", change) for kind, change in parts.OF_POLLS.items()},
    **{kind: _part("hands", change) for kind, change in parts.OF_HANDS.items()},
    "sess.opened": _session_state("open"),
    "sess.paused": _session_state("paused"),
    "sess.closed": _session_state("closed"),
    "sess.config": _config,
}
KINDS = tuple(_APPLY)


# --- What a viewer may see -----------------------------------------------------------


def may_see(question: Json, viewer: Viewer) -> bool:
    return (
        viewer.is_host
        or question["asker"] == viewer.person
        or (question["shown"] and not question["hidden"] and question["state"] in PUBLIC_STATES)
    )


def view(question: Json, viewer: Viewer) -> Json:
    """A question as `viewer` may see it; the asker's id never leaves the server."""
    mine = question["asker"] == viewer.person
    seen = {key: question[key] for key in SEEN_BY_ALL}
    shown = bool(question["reveal"] and question["reveal"]["shown"])
    named = question["name_mode"] == "named" or (
        (question["name_mode"] == "to_hosts" or shown) and (viewer.is_host or mine)
    )
    seen["name"] = question["name"] if named else ""
    seen["agency"] = question["agency"] if named and viewer.is_host else ""
    seen["reason"] = question["reason"] if viewer.is_host or mine else ""
    seen["reveal"] = question["reveal"] if viewer.is_host or (mine and shown) else None
    seen["mine"] = mine
    return seen


def session_part(state: State) -> Json:
    return {
        "state": state.state,
        "current": state.current,
        "moderated": state.moderated,
        "names": state.names,
        "balance": balance(state),
    }


def snapshot(state: State, viewer: Viewer) -> Json:
    """All that `viewer` may see at `state.seq`."""
    return {
        "session": session_part(state),
        "questions": [
            view(question, viewer)
            for question in state.questions.values()
            if may_see(question, viewer)
        ],
        **parts_seen(state, viewer),
    }


def parts_seen(state: State, viewer: Viewer) -> Json:
    return {
        "polls": parts.polls_for(state.polls, viewer.is_host),
        "hands": parts.hands_for(state.hands, viewer.is_host, viewer.person),
    }


def own(state: State, viewer: Viewer) -> list[Json]:
    """The viewer's own questions, whatever became of them."""
    return [
        view(question, viewer)
        for question in state.questions.values()
        if question["asker"] == viewer.person
    ]


def touched(before: State, after: State) -> list[int]:
    """The questions that differ between two states of one log."""
    return [
        number
        for number, question in after.questions.items()
        if before.questions.get(number) is not question
    ]


def concerned(before: State, after: State) -> set[int | None]:
    """People who must be told otherwise than everybody: their own question or hand changed."""
    people = {after.questions[number]["asker"] for number in touched(before, after)}
    if after.hands is not before.hands:
        people |= parts.raised_by(before.hands, after.hands)
    return people


def item(before: State, after: State, line: Line, viewer: Viewer) -> Json | None:
    """What `viewer` must be told about one event; None when it shows the viewer nothing.

    `put` holds whole questions as they are after the event, `drop` those that left the
    viewer's sight: applying an item twice changes nothing.
    """
    put, drop = [], []
    for number in touched(before, after):
        if may_see(after.questions[number], viewer):
            put.append(view(after.questions[number], viewer))
        elif number in before.questions and may_see(before.questions[number], viewer):
            drop.append(number)
    if not (put or drop or line.kind.startswith("sess.") or before.current != after.current):
        return None
    return {"seq": line.seq, "kind": line.kind, "at": line.at, "put": put, "drop": drop}


def frame(before: State, lines: list[Line], viewer: Viewer) -> Json:
    """Everything that `viewer` may see in (before.seq, last line], as one frame's content."""
    items, state = [], before
    for line in lines:
        after = advance(state, [line])
        told = item(state, after, line, viewer)
        if told:
            items.append(told)
        state = after
    content = {"from": before.seq, "to": state.seq, "items": items, "session": session_part(state)}
    seen = parts_seen(state, viewer)
    for name in ("polls", "hands"):  # whole, and only when something in them changed
        if getattr(state, name) is not getattr(before, name):
            content[name] = seen[name]
    return content


def changes(now: State, lines: list[Line], viewer: Viewer) -> Json:
    """What somebody missed who saw all up to the first of `lines`, which end at `now`.

    Every question that they touched, as it is now: the states between are nobody's need.
    """
    items = []
    for line in lines:
        put, drop = [], []
        for number in named_in(line.payload):
            question = now.questions[number]
            if may_see(question, viewer):
                put.append(view(question, viewer))
            elif question["shown"]:
                drop.append(number)
        items.append({"seq": line.seq, "kind": line.kind, "at": line.at, "put": put, "drop": drop})
    content = {"to": now.seq, "items": items, "session": session_part(now)}
    return content | parts_seen(now, viewer)


def named_in(payload: Json) -> list[int]:
    numbers = [payload[key] for key in ("q", "into") if payload.get(key)]
    return (
        numbers
        + payload.get("with", [])
        + [number for number, _ in payload.get("scores", [])]
        + [number for number, _ in payload.get("seen", [])]
    )


def apply(seen: Json, content: Json) -> Json:
    """The viewer's side: a snapshot brought forward by one frame's content."""
    questions = {question["id"]: question for question in seen["questions"]}
    for told in content["items"]:
        questions.update({question["id"]: question for question in told["put"]})
        for number in told["drop"]:
            questions.pop(number, None)
    in_order = sorted(questions.values(), key=lambda question: question["no"])
    told = {name: content.get(name, seen[name]) for name in ("polls", "hands")}
    return {"session": content["session"], "questions": in_order, **told}
