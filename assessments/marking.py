"""Marking an answer. Pure: plain values in, a share from 0 to 1 out.

What a question holds (`content`), by type:

single_choice, multiple_response
    {"answers": [{"text", "fraction", "feedback"}]}; fractions in percent, 100 is all of it;
    "exact": true where only the set of right ones earns marks, and that all of them
true_false
    {"answer": true|false, "feedback_right", "feedback_wrong"}
short_answer
    {"answers": [{"text", "fraction", "feedback"}], "case": false}; `*` stands for any text
numerical
    {"answers": [{"low", "high", "fraction", "feedback"}]}, decimal numbers as text, null at
    both ends for any number; "units": [{"unit", "multiplier"}], how many of it make one
matching
    {"pairs": [[left, right], ...], "extra": [right, ...]}; "weights": percent of each pair
ordering
    {"items": [text, ...]} in the right order
cloze
    {"gaps": [{"type", "weight", "answers", "case", "shown"}]}; [[1]] in the stem is a place
essay, file
    {"guidance": what the marker reads}; observation {"criteria": [{"text", "points"}]}
description
    nothing: a text that is read

Every type may state "format": markdown or html, where its texts are not plain; an answer may
state its own, and "feedback_format". "exact" also makes matching, ordering and cloze earn all
or nothing.

What a person answered: the index of an answer, a list of indexes, true or false, a text, a
list of right sides in the order of the pairs, a list of places (from 1) in the order of the
items, or a list of the answers to the gaps.
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
    "ordering",
    "cloze",
    "essay",
    "file",
    "observation",
    "description",
)
MARKED_BY_PEOPLE = ("essay", "file", "observation")
NOT_MARKED = ("description",)
# The tsheg and the shad at an end are habit of the hand, not part of the answer.
_TIBETAN_ENDS = "\u0f0b\u0f0c\u0f0d\u0f0e \u0f14"

_NUMBER = re.compile(r"[+-]?(\d{1,30}(\.\d{0,30})?|\.\d{1,30})([eE][+-]?\d{1,3})?", re.ASCII)


def mark(kind: str, content: dict, answer: Any) -> Decimal | None:
    """The share of full marks that `answer` earns, from 0 to 1; no answer earns 0.

    None where people mark, and where nothing is asked.
    """
    if kind in MARKED_BY_PEOPLE or kind in NOT_MARKED:
        return None
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
    if not _NUMBER.fullmatch(cleaned):
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
    picked = {index for index in answer if type(index) is int and _chosen(content, index)}
    if content.get("exact"):
        right = {i for i, row in enumerate(content["answers"]) if _fraction(row) > 0}
        return Decimal(picked == right)
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
    value = quantity(answer, content.get("units", []))
    if value is None:
        return None
    fitting = [row for row in content["answers"] if _holds(row, value)]
    return max(fitting, key=_fraction, default=None)


def _holds(row: dict, value: Decimal) -> bool:
    return row["low"] is None or Decimal(row["low"]) <= value <= Decimal(row["high"])


def quantity(answer: Any, units: list[dict]) -> Decimal | None:
    """A number with one of the units behind it, in the unit whose multiplier is one.

    The longest name is tried first, as "m" ends "km" too.
    """
    text = unicodedata.normalize("NFC", str(answer)).strip()
    for unit in sorted(units, key=lambda row: -len(row["unit"])):
        name = unicodedata.normalize("NFC", unit["unit"])
        if name and text.endswith(name) and number(text.removesuffix(name)) is not None:
            value, multiplier = number(text.removesuffix(name)), Decimal(unit["multiplier"])
            return value / multiplier if value is not None and multiplier else None
    return number(text)


def _numerical(content: dict, answer: Any) -> Decimal:
    return _fraction(_number_match(content, answer))


def _matching(content: dict, answer: Any) -> Decimal:
    pairs = content["pairs"]
    if not isinstance(answer, list):
        return Decimal(0)
    met = [given == pair[1] for pair, given in zip(pairs, answer, strict=False)]
    return _sum_of(content, met, len(pairs))


def _ordering(content: dict, answer: Any) -> Decimal:
    if not isinstance(answer, list):
        return Decimal(0)
    items = content["items"]
    met = [given == place for place, given in enumerate(answer[: len(items)], start=1)]
    return _sum_of(content, met, len(items))


def _sum_of(content: dict, met: list[bool], count: int) -> Decimal:
    """The share of parts that were met, by their weights where the question states any."""
    if content.get("exact"):
        return Decimal(count > 0 and len(met) == count and all(met))
    weights = [Decimal(text) for text in content.get("weights", [])]
    if len(weights) == count and sum(weights) > 0:
        earned = sum((weight for weight, hit in zip(weights, met, strict=False) if hit), Decimal(0))
        return earned / sum(weights)
    return Decimal(sum(met)) / count if count else Decimal(0)


def _cloze(content: dict, answer: Any) -> Decimal:
    gaps = content["gaps"]
    if not isinstance(answer, list):
        return Decimal(0)
    given = [*answer, *[None] * len(gaps)][: len(gaps)]
    found = [
        mark(gap["type"], gap, text) or Decimal(0) for gap, text in zip(gaps, given, strict=True)
    ]
    if content.get("exact"):
        return Decimal(bool(found) and all(share == 1 for share in found))
    weights = [gap["weight"] for gap in gaps]
    earned = sum((w * share for w, share in zip(weights, found, strict=True)), Decimal(0))
    return earned / sum(weights) if sum(weights) else Decimal(0)


_MARKERS = {
    "single_choice": _single,
    "multiple_response": _multiple,
    "true_false": _true_false,
    "short_answer": _short,
    "numerical": _numerical,
    "matching": _matching,
    "ordering": _ordering,
    "cloze": _cloze,
}
