"""What the session page shows, from the folded log: the same as a socket would be sent."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.utils.translation import gettext_lazy as _

from live import orders, queries, rules
from live.fold import OUTCOMES, State, Viewer, balance, may_see, parts_seen, view
from live.models import Poll, Question, Session

OUTCOME_WORDS = {
    "live": _("answered live"),
    "written": _("answered in writing"),
    "owed": _("owed"),
    "dismissed": _("dismissed"),
    "merged": _("merged"),
    "withdrawn": _("withdrawn"),
    "pending": _("still open"),
}
TONES = {"scheduled": "", "open": "good", "paused": "warn", "closed": ""}


HOST_STEPS = [
    ("sess.open", _("Open"), "scheduled"),
    ("sess.open", _("Go on"), "paused"),
    ("sess.pause", _("Pause"), "open"),
]
# What the page's script says, in the reader's language: it knows no words of its own.
WORDS = {
    **{state: label for state, label in Question.State.choices if state != "answered"},
    **dict(Question.How.choices),
    **{f"session-{state}": label for state, label in Session.State.choices},
    **{f"balance-{name}": word for name, word in OUTCOME_WORDS.items()},
    "asked": _("asked"),
    "unnamed": _("name not shown"),
    "reason": _("Reason:"),
    "topic": _("Followed up in the pool"),
    "merged-into": _("Merged into"),
    "vote": _("Vote"),
    "voted": _("Voted"),
    "yours": _("Yours"),
    "on-device": _("on this device"),
    "on-page": _("in this page only, keep it open"),
    "received": _("received"),
    "refused": _("not taken"),
    "retrying": _("will be sent again"),
    "edit-again": _("Edit and send again"),
    "letters": _("characters"),
    "live-line": _("Live"),
    "slow-line": _("Live, over a slow line"),
    "no-line": _("No line: what you send is kept on this device"),
    "no-disk": _("No line, and this browser keeps nothing: leave this page open"),
    "name-wanted": _("Asked for the name:"),
    "name-shown": _("The hosts see this name:"),
    "up": _("Your hand is up, place"),
    "called": _("It is your turn to speak."),
    "signed-out": _("Signed out: sign in again. What you typed is kept on this device."),
}
BLANK_POLL = {"p": 0, "no": 0, "text": " ", "kind": "single", "state": "open", "rows": []}
BLANK = {"id": 0, "no": 0, "state": "blank", "rev": 0, "votes": 0, "mine": False, "name": " "}


class FreshId:
    """Prints another client id each time, so that every form of a page has its own."""

    def __str__(self) -> str:
        return str(uuid4())


@dataclass(frozen=True)
class Shown:
    """The questions of a session as one viewer meets them."""

    current: dict[str, Any] | None
    waiting: list[dict[str, Any]]  # pending: hosts see all, askers their own
    open: list[dict[str, Any]]
    settled: list[dict[str, Any]]


def shown(state: State, viewer: Viewer, voted: set[int], order: str) -> Shown:
    seen = [
        {**view(question, viewer), "voted": question["id"] in voted, "label": label_of(question)}
        for question in state.questions.values()
        if may_see(question, viewer)
    ]
    numbers = {question["id"]: question["no"] for question in seen}
    for question in seen:
        question["naming"] = naming_of(question, viewer)
        question["into_no"] = numbers.get(question["into"])
    current = next((q for q in seen if q["id"] == state.current), None)
    return Shown(
        current=current,
        waiting=[q for q in seen if q["state"] == "pending"],
        open=orders.arrange([q for q in seen if q["state"] == "visible"], order),
        settled=[q for q in reversed(seen) if q["state"] not in ("pending", "visible")],
    )


def shown_polls(polls: list[dict[str, Any]], chosen: dict[int, list[int]]) -> list[dict[str, Any]]:
    """Polls with a row for each answer: what it says, how many chose it, and whether I did."""
    return [
        {
            **poll,
            "rows": [
                {
                    "index": index,
                    "text": text,
                    "count": poll["counts"] and poll["counts"][index],
                    "mine": index in chosen.get(poll["p"], []),
                }
                for index, text in enumerate(poll["options"])
            ],
        }
        for poll in polls
    ]


def naming_of(question: dict[str, Any], viewer: Viewer) -> str:
    """Where the showing of a hidden name stands: the page has a part for each."""
    if not viewer.is_host or question["name_mode"] == "named":
        return ""
    if question["reveal"] is None:
        return "hidden"
    return "shown" if question["reveal"]["shown"] else "wanted"


def label_of(question: dict[str, Any]) -> Any:
    if question["state"] == "answered":
        return Question.How(question["how"]).label
    return Question.State(question["state"]).label


def balance_words(state: State) -> list[tuple[Any, int]]:
    counts = balance(state)
    return [(OUTCOME_WORDS[name], counts[name]) for name in OUTCOMES]


def session_context(session: Session, state: State, person: Any, order: str) -> dict[str, Any]:
    may_run = rules.may_run(person, session)
    voted = queries.voted_by(person, session)
    viewer = Viewer(may_run, person.pk)
    parts = parts_seen(state, viewer)
    return {
        "title": session.title,
        "session": session,
        "seq": state.seq,
        "coming": session.state == "scheduled" and session.coming.filter(person=person).exists(),
        "shown": shown(state, viewer, voted, order),
        "polls": shown_polls(parts["polls"][::-1], queries.chosen_by(person, session)),
        "hands": parts["hands"],
        "blank_poll": BLANK_POLL,
        "poll_kinds": Poll.Kind.choices,
        "asked": len(state.questions),
        "balance": balance_words(state),
        "order": order if order in orders.CHOICES else "mixed",
        "orders": orders.CHOICES.items(),
        "tone": TONES[session.state],
        "may_run": may_run,
        "may_answer": may_run or rules.serves(person, session.pool_id),
        "takes_questions": session.state in ("scheduled", "open"),
        "host_steps": HOST_STEPS,
        "blank": BLANK,
        "blank_mine": {**BLANK, "mine": True},
        "words": WORDS,
        "cid": FreshId(),
    }
