"""The response processing of an item, run on any answer. Pure."""

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from assessments.formats.outcomes import (
    Outcome,
    flat,
    join,
)
from assessments.formats.qti1.material import material_text
from assessments.formats.xml import Node
from assessments.marking import number


class Rules:
    """The response processing of an item, run on any answer."""

    def __init__(self, node: Node):
        self.conditions = [row for part in node.elements("resprocessing")
                           for row in part.elements("respcondition")]  # fmt: skip
        self.feedback = {
            row.get("ident"): _feedback_text(row) for row in node.elements("itemfeedback")
        }

    def run(self, answers: dict[str, list[str]]) -> Outcome:
        """Score and feedback of `answers`: response ident -> what was chosen or typed."""
        outcome = Outcome()
        for row in self.conditions:
            variables = row.first("conditionvar")
            if variables is None or not _all(variables, answers):
                continue
            for change in row.elements("setvar"):
                _set(outcome, change)
            outcome.feedback += [link.get("linkrefid") for link in row.elements("displayfeedback")]
            if row.get("continue", "no").lower() != "yes":
                break
        return outcome

    def rewarded(self) -> list[Node]:
        """The conditions that add to the score."""
        return [row for row in self.conditions if _reward(row) > 0]

    def said(self, outcome: Outcome, without: set[str]) -> str:
        texts = [self.feedback.get(name, "") for name in outcome.feedback if name not in without]
        return " ".join(filter(None, dict.fromkeys(texts)))


def _feedback_text(node: Node) -> str:
    solutions = [material_text(row) for row in node.all("material")]
    return flat(join(solutions, " "))


def _set(outcome: Outcome, change: Node) -> None:
    if change.get("varname", "SCORE").lower() not in ("score", "que_score", "outcome"):
        return
    value = _value(change)
    action = change.get("action", "Set").lower()
    if action == "add":
        outcome.score += value
    elif action == "subtract":
        outcome.score -= value
    elif action == "multiply":
        outcome.score *= value
    else:
        outcome.score = value


def _value(change: Node) -> Decimal:
    try:
        value = Decimal(change.text().strip() or "0")
    except InvalidOperation:
        return Decimal(0)  # "Correct", as some write into a variable that is no number
    return value if value.is_finite() and abs(value) < 10**6 else Decimal(0)


def _reward(row: Node) -> Decimal:
    changes = [c for c in row.elements("setvar") if c.get("action", "Set").lower() != "subtract"]
    return max((_value(change) for change in changes), default=Decimal(0))


def _all(node: Node, answers: dict[str, list[str]]) -> bool:
    return all(_holds(child, answers) for child in node.elements())


def _holds(node: Node, answers: dict[str, list[str]]) -> bool:
    if node.tag in ("and", "conditionvar"):
        return _all(node, answers)
    if node.tag == "or":
        return any(_holds(child, answers) for child in node.elements())
    if node.tag == "not":
        return not _all(node, answers)
    if node.tag == "other":
        return True
    given = answers.get(node.get("respident"), [])
    if node.tag == "unanswered":
        return not given
    wanted = node.text().strip()
    if node.tag in ("varequal", "varsubset"):
        exact = node.get("case", "no").lower() == "yes"
        return any(_same(text, wanted, exact) for text in given)
    if node.tag == "varsubstring":
        return any(wanted.casefold() in text.casefold() for text in given)
    return any(_compares(node.tag, text, wanted) for text in given)


def _same(text: str, wanted: str, exact: bool) -> bool:
    return text == wanted if exact else text.casefold() == wanted.casefold()


def _compares(tag: str, text: str, wanted: str) -> bool:
    left, right = number(text), number(wanted)
    if left is None or right is None:
        return False
    return {
        "vargte": left >= right, "vargt": left > right, "varlte": left <= right,
        "varlt": left < right,
    }.get(tag, False)  # fmt: skip


def wanted_values(row: Node, respident: str, tag: str = "varequal") -> list[Node]:
    """The values that a condition asks for, without those under a `not`."""
    return [node for node in _positive(row, tag) if node.get("respident") == respident]


def _positive(node: Node, tag: str) -> Iterator[Node]:
    for child in node.elements():
        if child.tag == "not":
            continue
        if child.tag == tag:
            yield child
        yield from _positive(child, tag)
