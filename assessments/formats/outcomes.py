"""From what each possible answer scores to how the bank marks it; shared by both QTI readers."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from assessments.formats.items import Draft, Refused, answer
from assessments.formats.rich import escape, plain_text

Text = tuple[str, str]  # what is shown, and its format


@dataclass
class Outcome:
    """What an answer earns and what is said to it."""

    score: Decimal = Decimal(0)
    feedback: list[str] = field(default_factory=list)


def shares(scores: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Percent of full marks of each answer, where the best earns all."""
    best = max(scores.values(), default=Decimal(0))
    if best <= 0:
        raise Refused("NO_RIGHT_ANSWER", "No answer earns full marks.")
    return {name: max(Decimal(-100), score / best * 100) for name, score in scores.items()}


def weights(
    scores: Mapping[str, Decimal], right: Collection[str], run: Callable[[list[str]], Decimal]
) -> tuple[dict[str, Decimal], bool]:
    """Percent of each of several right answers, and whether only the exact set earns marks.

    `scores` are those of each answer alone, `run` scores a set of them.
    """
    full = run(sorted(right))
    if not right or full <= 0:
        raise Refused("NO_RIGHT_ANSWER", "No answer earns full marks.")
    added = sum((score for score in scores.values() if score > 0), Decimal(0))
    wrong = next((name for name in scores if name not in right), None)
    strict = wrong is not None and len(right) == 1 and run([*right, wrong]) <= 0 < full
    if abs(added - full) > full / 100 or (strict and scores[wrong or ""] == 0):
        even = Decimal(100) / len(right)
        return {name: even if name in right else Decimal(0) for name in scores}, True
    earned = {
        # What a wrong one costs shows beside the right ones: alone, nothing lies below nothing.
        name: score if name in right else min(score, run([*right, name]) - full)
        for name, score in scores.items()
    }
    return {name: max(Decimal(-100), value / full * 100) for name, value in earned.items()}, False


def as_true_false(draft: Draft) -> None:
    """Two choices that say true and false are the type of that name."""
    rows = draft.content["answers"]
    words = [row["text"].strip().lower() for row in rows]
    marks = [row["fraction"] for row in rows]
    if sorted(words) != ["false", "true"] or sorted(marks) != ["0", "100"]:
        return
    right = marks.index("100")
    draft.type = "true_false"
    del draft.content["answers"]
    draft.content |= {
        "answer": words[right] == "true",
        "feedback_right": rows[right]["feedback"],
        "feedback_wrong": rows[1 - right]["feedback"],
    }


def option(text: Text, fraction: Decimal, feedback: str, form: str) -> dict:
    """An answer to choose in a question of the format `form`; feedback is plain text."""
    row = answer(text[0], fraction, feedback)
    if text[1] != form:
        row["format"] = text[1]
    if feedback and text[1] != "plain":
        row["feedback_format"] = "plain"
    return row


def flat(text: Text) -> str:
    """A text that is offered in a list to choose from, which shows no markup."""
    return plain_text(text[0]) if text[1] == "html" else text[0]


def join(pieces: Collection[Text], between: str = "\n\n") -> Text:
    """Texts one after the other; HTML where one of them is."""
    shown = [piece for piece in pieces if piece[0]]
    if any(form == "html" for _text, form in shown):
        mark = " " if between == " " else "<br>"
        return mark.join(t if form == "html" else escape(t) for t, form in shown), "html"
    return between.join(text for text, _form in shown).strip(), "plain"
