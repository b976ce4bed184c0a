"""Moodle XML, the format in which Moodle gives out its question bank. Pure."""

from collections.abc import Callable, Iterator
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import BinaryIO

from assessments.formats import cloze
from assessments.formats.items import (
    Draft,
    Read,
    Refused,
    answer,
    attempt,
    difficulty,
    number_row,
    numeral,
    plain,
)
from assessments.formats.rich import from_html, plain_text
from assessments.formats.xml import Node, records


def read(file: BinaryIO) -> Iterator[Read]:
    """The questions of a Moodle XML file, one at a time, taken or refused."""
    category = ""
    n = 0
    for node in records(file, "question"):
        kind = node.get("type").strip().lower()
        if kind == "category" and node.fault is None:
            category = node.text_at("category", "text") or node.text_at("category")
            continue
        n += 1
        yield attempt(n, node.line, partial(_draft, node, kind, category))


def _draft(node: Node, kind: str, category: str) -> Draft:
    if node.fault:
        raise node.fault
    if kind not in _READERS:
        raise Refused("TYPE_UNKNOWN", f"Questions of Moodle's type “{kind[:40]}” are not taken.")
    stem, form = _rich(node.first("questiontext"))
    name, reader = _READERS[kind]
    draft = Draft(name, stem, title=node.text_at("name", "text"))
    draft.category = category
    draft.feedback, _form = _rich(node.first("generalfeedback"), form)
    draft.tags = tuple(tag.text_at("text") for tag in node.all("tag"))
    draft.competency = node.text_at("competency")  # these two are ours; Moodle skips them
    draft.difficulty = difficulty(node.text_at("difficulty"))
    if form != "plain":
        draft.content["format"] = form
    reader(node, draft)
    return draft


def _rich(node: Node | None, wanted: str = "") -> tuple[str, str]:
    """A text of the file and its format; as plain text where the question's is another."""
    if node is None:
        return "", "plain"
    text = node.text_at("text") if node.first("text") else node.text().strip()
    form = node.get("format", "html")
    if any(node.elements("file")) and "@@PLUGINFILE@@" in text:
        raise Refused("MEDIA", "The question shows a file that came with it.")
    if form == "markdown":
        return text, "markdown"
    if form == "plain_text" or (form == "moodle_auto_format" and "<" not in text):
        return text, "plain"
    text, form = from_html(text)
    if form == "html" and wanted == "plain":
        return plain_text(text), "plain"
    return text, form


def _answer(node: Node, draft: Draft, *, rich: bool = True) -> dict:
    """An `<answer>`; what is typed by people is plain text whatever it says of itself."""
    own = draft.content.get("format", "plain")
    text, form = _rich(node) if rich else (node.text_at("text"), own)
    feedback, said = _rich(node.first("feedback"))
    row = answer(text, _fraction(node), feedback)
    if form != own:
        row["format"] = form
    if feedback and said != form:
        row["feedback_format"] = said
    return row


def _fraction(node: Node) -> str:
    """Percent of full marks; thirds are written with five decimals in the file already."""
    text = node.get("fraction", "0").strip()
    try:
        return plain(Decimal(text))
    except InvalidOperation:
        raise Refused("WEIGHTS", f"“{text[:20]}” is no percentage.") from None


def _multichoice(node: Node, draft: Draft) -> None:
    single = node.text_at("single").lower()
    draft.type = "multiple_response" if single in ("false", "0") else "single_choice"
    draft.content["answers"] = [_answer(row, draft) for row in node.elements("answer")]
    if draft.type == "single_choice" and not draft.content["answers"]:
        raise Refused("ANSWERS_MISSING", "A choice needs at least two answers.")


def _multichoice_set(node: Node, draft: Draft) -> None:
    """All right ones and no other, or nothing."""
    rows = [_answer(row, draft) for row in node.elements("answer")]
    right = sum(Decimal(row["fraction"]) > 0 for row in rows)
    for row in rows:
        fraction = Decimal(100) / right if Decimal(row["fraction"]) > 0 else 0
        row["fraction"] = answer("", fraction)["fraction"]
    draft.content |= {"answers": rows, "exact": True}


def _true_false(node: Node, draft: Draft) -> None:
    rows = {row.text_at("text").lower(): row for row in node.elements("answer")}
    if set(rows) != {"true", "false"}:
        raise Refused("ANSWERS_MISSING", "True or false needs the two answers true and false.")
    marks = {word: Decimal(_fraction(row)) for word, row in rows.items()}
    if sorted(marks.values()) != [0, 100]:
        raise Refused("NO_RIGHT_ANSWER", "One of true and false earns full marks, one none.")
    right = "true" if marks["true"] else "false"
    wrong = "false" if marks["true"] else "true"
    draft.content |= {
        "answer": right == "true",
        "feedback_right": _rich(rows[right].first("feedback"), "plain")[0],
        "feedback_wrong": _rich(rows[wrong].first("feedback"), "plain")[0],
    }


def _short_answer(node: Node, draft: Draft) -> None:
    rows = [_answer(row, draft, rich=False) for row in node.elements("answer")]
    draft.content |= {"answers": rows, "case": node.text_at("usecase") in ("1", "true")}


def _numerical(node: Node, draft: Draft) -> None:
    rows = []
    for row in node.elements("answer"):
        text = row.text_at("text") or row.text().strip()
        feedback = _rich(row.first("feedback"), "plain")[0]
        if text == "*":
            rows.append(number_row(None, None, _fraction(row), feedback))
            continue
        middle, margin = numeral(text), abs(numeral(row.text_at("tolerance") or "0"))
        rows.append(number_row(middle - margin, middle + margin, _fraction(row), feedback))
    draft.content["answers"] = rows
    units = [
        {"unit": unit.text_at("unit_name"), "multiplier": plain(_multiplier(unit))}
        for unit in node.all("unit")
        if unit.text_at("unit_name")
    ]
    if units:
        draft.content["units"] = units


def _multiplier(unit: Node) -> Decimal:
    value = numeral(unit.text_at("multiplier") or "1")
    if value <= 0:
        raise Refused("NUMBER", "A unit has a multiplier above zero.")
    return value


def _matching(node: Node, draft: Draft) -> None:
    pairs = [[_flat(row), _flat(row.first("answer"))] for row in node.elements("subquestion")]
    draft.content |= {
        "pairs": [pair for pair in pairs if pair[0]],
        "extra": [right for left, right in pairs if not left and right],
    }


def _flat(node: Node | None) -> str:
    """A text that is offered in a list to choose from, which shows no markup."""
    text, form = _rich(node)
    return plain_text(text) if form == "html" else text


def _ordering(node: Node, draft: Draft) -> None:
    rows = node.elements("answer")
    places = [_place(row, place) for place, row in enumerate(rows, start=1)]
    draft.content["items"] = [
        _flat(row) for _place_, row in sorted(zip(places, rows, strict=True), key=lambda p: p[0])
    ]


def _place(node: Node, place: int) -> Decimal:
    """Moodle writes the place of an item where other types write its fraction."""
    try:
        return Decimal(node.get("fraction", ""))
    except InvalidOperation:
        return Decimal(place)


def _cloze(node: Node, draft: Draft) -> None:
    source = node.first("questiontext")
    text, gaps = cloze.read(source.text_at("text") if source else "")
    form = source.get("format", "html") if source else "plain"
    if form in ("html", "moodle_auto_format"):
        text, form = from_html(text)
    draft.stem, draft.content["gaps"] = text, gaps
    draft.content.pop("format", None)
    if form in ("html", "markdown"):
        draft.content["format"] = form


def _essay(node: Node, draft: Draft) -> None:
    guidance = _rich(node.first("graderinfo"), "plain")[0]
    if guidance:
        draft.content["guidance"] = guidance
    if node.text_at("responseformat") == "noinline":
        draft.type = "file"


def _description(node: Node, draft: Draft) -> None:
    """Nothing is asked."""


_READERS: dict[str, tuple[str, Callable[[Node, Draft], None]]] = {
    "multichoice": ("single_choice", _multichoice),
    "multichoiceset": ("multiple_response", _multichoice_set),
    "truefalse": ("true_false", _true_false),
    "shortanswer": ("short_answer", _short_answer),
    "numerical": ("numerical", _numerical),
    "matching": ("matching", _matching),
    "match": ("matching", _matching),
    "ordering": ("ordering", _ordering),
    "cloze": ("cloze", _cloze),
    "multianswer": ("cloze", _cloze),
    "essay": ("essay", _essay),
    "description": ("description", _description),
}
