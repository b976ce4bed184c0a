"""Marking an answer. Pure: plain values in, a share from 0 to 1 out.

What a question holds (`content`), by type:

single_choice, multiple_response
    {"answers": [{"text", "fraction", "feedback"}]}; fractions in percent, 100 is all of it
true_false
    {"answer": true|false, "feedback_right", "feedback_wrong"}
short_answer
    {"answers": [{"text", "fraction", "feedback"}], "case": false}; `*` stands for any text
numerical
    {"answers": [{"low", "high", "fraction", "feedback"}]}, decimal numbers as text
matching
    {"pairs": [[left, right], ...]}

What a person answered: the index of an answer, a list of indexes, true or false, a text, or
a list of right sides in the order of the pairs.
"""

import re
import unicodedata
from decimal import Decimal, InvalidOperation
from typing import Any

TYPES = (
    "single_choice",
    "multiple_response",
    "true_false",
    "short_answer",
    "numerical",
    "matching",
)
# The tsheg and the shad at an end are habit of the hand, not part of the answer.
_TIBETAN_ENDS = "\u0f0b\u0f0c\u0f0d\u0f0e \u0f14"

_NUMBER = re.compile(r"[+-]?(\d{1,30}(\.\d{0,30})?|\.\d{1,30})([eE][+-]?\d{1,3})?", re.ASCII)


def mark(kind: str, content: dict, answer: Any) -> Decimal:
    """The share of full marks that `answer` earns, from 0 to 1; no answer earns 0."""
    if answer is None or answer == "" or answer == []:
        return Decimal(0)
    share = _MARKERS[kind](content, answer)
    return min(Decimal(1), max(Decimal(0), share))


def matching_answer(kind: str, content: dict, answer: Any) -> dict | None:
    """The answer of the question that the person's text or choice met, for its feedback."""
    if kind == "single_choice":
        return _chosen(content, answer)
    if kind == "short_answer":
        return _text_match(content, answer)
    if kind == "numerical":
        return _number_match(content, answer)
    return None


def normalise(text: str, *, case: bool = False) -> str:
    """A typed answer as it is compared: NFC, single blanks, no ending tsheg or shad."""
    text = unicodedata.normalize("NFC", text).strip().strip(_TIBETAN_ENDS)
    text = re.sub(r"\s+", " ", text)
    return text if case else text.casefold()


def number(text: Any) -> Decimal | None:
    """A number as people type it (blanks and a decimal comma allowed), or None."""
    cleaned = str(text).strip().replace("\u00a0", "").replace(" ", "")
    if "," in cleaned and "." not in cleaned:
        cleaned = cleaned.replace(",", ".")
    if not re.fullmatch(
        r"[+-]?(\d{1,30}(\.\d{0,30})?|\.\d{1,30})([eE][+-]?\d{1,3})?", cleaned, re.A
    ):
        return None
    try:
        return Decimal(cleaned)
    except InvalidOperation:
        return None


def _fraction(answer: dict | None) -> Decimal:
    return Decimal(str(answer["fraction"])) / 100 if answer else Decimal(0)


def _chosen(content: dict, answer: Any) -> dict | None:
    answers = content["answers"]
    valid = isinstance(answer, int) and not isinstance(answer, bool)
    return answers[answer] if valid and 0 <= answer < len(answers) else None


def _single(content: dict, answer: Any) -> Decimal:
    return _fraction(_chosen(content, answer))


def _multiple(content: dict, answer: Any) -> Decimal:
    if not isinstance(answer, list):
        return Decimal(0)
    picked = {index for index in answer if _chosen(content, index)}
    return sum((_fraction(content["answers"][index]) for index in picked), Decimal(0)).quantize(
        Decimal("0.0001")
    )


def _true_false(content: dict, answer: Any) -> Decimal:
    return Decimal(answer is content["answer"])


def _text_match(content: dict, answer: Any) -> dict | None:
    if not isinstance(answer, str):
        return None
    case = content.get("case", False)
    given = normalise(answer, case=case)
    fitting = [a for a in content["answers"] if _fits(normalise(a["text"], case=case), given)]
    return max(fitting, key=_fraction, default=None)


def _fits(pattern: str, given: str) -> bool:
    parts = [re.escape(part) for part in pattern.split("*")]
    return re.fullmatch(".*".join(parts), given, re.DOTALL) is not None


def _short(content: dict, answer: Any) -> Decimal:
    return _fraction(_text_match(content, answer))


def _number_match(content: dict, answer: Any) -> dict | None:
    value = number(answer)
    if value is None:
        return None
    fitting = [a for a in content["answers"] if Decimal(a["low"]) <= value <= Decimal(a["high"])]
    return max(fitting, key=_fraction, default=None)


def _numerical(content: dict, answer: Any) -> Decimal:
    return _fraction(_number_match(content, answer))


def _matching(content: dict, answer: Any) -> Decimal:
    pairs = content["pairs"]
    if not isinstance(answer, list):
        return Decimal(0)
    right = sum(1 for pair, given in zip(pairs, answer, strict=False) if given == pair[1])
    return Decimal(right) / len(pairs) if pairs else Decimal(0)


_MARKERS = {
    "single_choice": _single,
    "multiple_response": _multiple,
    "true_false": _true_false,
    "short_answer": _short,
    "numerical": _numerical,
    "matching": _matching,
}
