"""How each event about questions changes them: pure, a part of fold.py.

Each function gets the state, the questions by id (which it changes) and the event; it gives
what else changes in the state.
"""

from typing import Any

Json = dict[str, Any]


def _change(questions: dict[int, Json], number: int, **changes: Any) -> None:
    question = questions[number]
    questions[number] = {**question, **changes, "rev": question["rev"] + 1}


def asked(state: Any, questions: dict[int, Json], line: Any) -> Json:
    payload = line.payload
    questions[payload["q"]] = {
        "id": payload["q"],
        "key": payload.get("key", ""),  # the same after a restore, when ids may not be
        "no": line.seq,
        "asker": payload["asker"],
        "name": payload["name"],
        "agency": payload["agency"],
        "name_mode": payload["name_mode"],
        "body": payload["body"],
        "at": line.at,
        "state": payload["state"],
        "shown": payload["state"] == "visible",
        "rev": 1,
        "votes": 0,
        "into": None,
        "how": "",
        "answer": "",
        "timecode": None,
        "reason": "",
        "topic": "",
        "seen": 0,
        "reveal": None,
        "hidden": False,
        "redacted": bool(payload.get("redacted")),
    }
    return {}


def approved(state: Any, questions: dict[int, Json], line: Any) -> Json:
    _change(questions, line.payload["q"], state="visible", shown=True)
    return {}


def edited(state: Any, questions: dict[int, Json], line: Any) -> Json:
    _change(questions, line.payload["q"], body=line.payload["body"])
    return {}


def dismissed(state: Any, questions: dict[int, Json], line: Any) -> Json:
    _change(questions, line.payload["q"], state="dismissed", reason=line.payload["reason"])
    return _no_longer_current(state, line)


def withdrawn(state: Any, questions: dict[int, Json], line: Any) -> Json:
    _change(questions, line.payload["q"], state="withdrawn")
    return _no_longer_current(state, line)


def merged(state: Any, questions: dict[int, Json], line: Any) -> Json:
    """What had been merged into the question before goes with it."""
    into = line.payload["into"]
    _change(questions, line.payload["q"], state="merged", into=into)
    for number in line.payload["with"]:
        _change(questions, number, into=into)
    questions[into] = {**questions[into], "votes": line.payload["votes"]}
    return _no_longer_current(state, line)


def pinned(state: Any, questions: dict[int, Json], line: Any) -> Json:
    return {"current": line.payload["q"]}


def unpinned(state: Any, questions: dict[int, Json], line: Any) -> Json:
    return {"current": None}


def answered(state: Any, questions: dict[int, Json], line: Any) -> Json:
    payload = line.payload
    _change(
        questions,
        payload["q"],
        state="answered",
        how=payload["how"],
        answer=payload["answer"],
        timecode=payload["timecode"],
        topic=payload["topic"] or questions[payload["q"]]["topic"],
    )
    return _no_longer_current(state, line)


def reopened(state: Any, questions: dict[int, Json], line: Any) -> Json:
    """Back to open, as it stood; a merge is undone, so votes count by themselves again."""
    _change(
        questions,
        line.payload["q"],
        state="visible",
        shown=True,
        into=None,
        how="",
        answer="",
        timecode=None,
        reason="",
    )
    for number, votes in line.payload["scores"]:
        questions[number] = {**questions[number], "votes": votes}
    return {}


def tally(state: Any, questions: dict[int, Json], line: Any) -> Json:
    for number, votes in line.payload["scores"]:
        questions[number] = {**questions[number], "votes": votes}
    return {}


def seen(state: Any, questions: dict[int, Json], line: Any) -> Json:
    for number, people in line.payload["seen"]:
        questions[number] = {**questions[number], "seen": people}
    return {}


def name_asked(state: Any, questions: dict[int, Json], line: Any) -> Json:
    wish = {"by": line.payload["by"], "reason": line.payload["reason"], "shown": False}
    _change(questions, line.payload["q"], reveal=wish)
    return {}


def name_shown(state: Any, questions: dict[int, Json], line: Any) -> Json:
    number = line.payload["q"]
    _change(questions, number, reveal={**questions[number]["reveal"], "shown": True})
    return {}


def name_left(state: Any, questions: dict[int, Json], line: Any) -> Json:
    _change(questions, line.payload["q"], reveal=None)
    return {}


def hidden(state: Any, questions: dict[int, Json], line: Any) -> Json:
    """Out of the sight of all but hosts and asker, or back in it (moderating.py)."""
    _change(questions, line.payload["q"], hidden=bool(line.payload["hidden"]))
    return _no_longer_current(state, line) if line.payload["hidden"] else {}


def redacted(state: Any, questions: dict[int, Json], line: Any) -> Json:
    _change(questions, line.payload["q"], body=line.payload["body"], redacted=True)
    return {}


def _no_longer_current(state: Any, line: Any) -> Json:
    return {"current": None} if state.current == line.payload["q"] else {}


OF_QUESTIONS = {
    "q.asked": asked,
    "q.approved": approved,
    "q.edited": edited,
    "q.dismissed": dismissed,
    "q.withdrawn": withdrawn,
    "q.merged": merged,
    "q.pinned": pinned,
    "q.unpinned": unpinned,
    "q.answered": answered,
    "q.reopened": reopened,
    "q.tally": tally,
    "q.seen": seen,
    "q.hidden": hidden,
    "q.redacted": redacted,
    "name.asked": name_asked,
    "name.shown": name_shown,
    "name.left": name_left,
}
