"""Questions as a table: CSV, and the rows of a spreadsheet. Pure.

One row to a question, columns by name: type, title, category, tags, competency, difficulty,
stem, format, feedback, right, more, and for each answer N answer_N, fraction_N, feedback_N
(left_N where it is a pair). `right` names the right answers by number ("1;3") or says true or
false; `more` holds as JSON what no column has.
"""

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from assessments.formats import cloze
from assessments.formats.items import (
    LONGEST,
    Draft,
    Read,
    Refusal,
    Refused,
    answer,
    attempt,
    difficulty,
    number_row,
    numeral,
)
from assessments.marking import TYPES, number
from people.spreadsheet import FORMULA

FORMATS = ("plain", "markdown", "html")
_NUMBERED = re.compile(r"\A(answer|fraction|feedback|left)_(\d{1,3})\Z")
QUOTED = (*FORMULA, "'")  # what stands behind an apostrophe in our tables
MORE = {  # what `more` may say, by type
    "multiple_response": {"exact"}, "short_answer": {"case"}, "numerical": {"units"},
    "matching": {"extra", "exact", "weights"}, "ordering": {"exact"},
    "cloze": {"gaps", "exact"}, "essay": {"guidance"}, "file": {"guidance"},
}  # fmt: skip


def is_header(lines: list[str]) -> bool:
    """Whether a text begins with the head of such a table."""
    names = set(re.split(r"[,;\t]", lines[0].lower().replace('"', ""))) if lines else set()
    return {"type", "stem"} <= {name.strip() for name in names}


def read(lines: Iterable[str]) -> Iterator[Read]:
    """The questions of a CSV text; commas, semicolons or tabs part its columns."""
    rows = iter(lines)
    head = next(rows, "")
    if not head.strip():
        return
    letters = {letter: head.count(letter) for letter in ",;\t"}
    delimiter = max(letters, key=lambda letter: letters[letter])
    csv.field_size_limit(LONGEST)
    reader = csv.reader(_whole(head, rows), delimiter=delimiter)
    try:
        yield from from_rows(_numbered_rows(reader))
    except csv.Error as error:
        raise Refused("CSV", f"The table breaks off: {error}.", reader.line_num) from None


def _numbered_rows(reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    """Each row with the line on which it begins."""
    begins = 1
    for row in reader:
        yield begins, row
        begins = reader.line_num + 1  # type: ignore[attr-defined]


def _whole(head: str, rows: Iterator[str]) -> Iterator[str]:
    yield head
    for line in rows:
        if len(line) > LONGEST:
            raise Refused("TOO_LONG", f"A line has at most {LONGEST:,} letters.")
        yield line


def from_rows(rows: Iterable[tuple[int, list[str]]]) -> Iterator[Read]:
    """The questions of a table whose first row names the columns."""
    names: list[str] | None = None
    n = 0
    for line, cells in rows:
        if names is None:
            names = [cell.strip().lower() for cell in cells]
            if not {"type", "stem"} <= set(names):
                raise Refused("COLUMNS", "The table has no columns “type” and “stem”.", line)
            continue
        if not any(cell.strip() for cell in cells):
            continue
        n += 1
        if len(cells) > len(names):
            message = f"The row has {len(cells)} cells under {len(names)} columns."
            yield Refusal(n, line, "COLUMNS", message)
            continue
        row = dict(zip(names, map(_open, cells), strict=False))
        yield attempt(n, line, partial(_draft, row))


def _open(cell: str) -> str:
    """A cell whose formula was defused when it was written."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(QUOTED) else cell


def _draft(row: Mapping[str, str]) -> Draft:
    kind = row["type"].strip().lower()
    if kind not in TYPES:
        raise Refused("TYPE_UNKNOWN", f"There is no type “{kind[:40]}”.")
    draft = Draft(kind, row["stem"], title=row.get("title", ""))
    draft.feedback = row.get("feedback", "")
    draft.category = row.get("category", "")
    draft.tags = tuple(re.split(r"[;,]", row.get("tags", "")))
    draft.competency = row.get("competency", "").strip()
    draft.difficulty = difficulty(row.get("difficulty", ""))
    form = row.get("format", "").strip().lower() or "plain"
    if form not in FORMATS:
        raise Refused("FORMAT", f"There is no format “{form[:40]}”.")
    draft.content = _content(kind, row) | ({"format": form} if form != "plain" else {})
    for name, value in _more(kind, row).items():
        draft.content[name] = value
    if kind == "cloze" and "gaps" not in draft.content:
        draft.stem, draft.content["gaps"] = cloze.read(draft.stem)
    return draft


def _more(kind: str, row: Mapping[str, str]) -> dict[str, Any]:
    text = row.get("more", "").strip()
    if not text:
        return {}
    try:
        more = json.loads(text)
    except (ValueError, RecursionError):
        raise Refused("MORE", "The column “more” holds no JSON.") from None
    if not isinstance(more, dict) or not set(more) <= MORE.get(kind, set()):
        raise Refused("MORE", "The column “more” says what this type does not know.")
    for name, value in more.items():
        _check_more(name, value)
    return more


def _check_more(name: str, value: Any) -> None:
    """`Refused` unless a value of `more` has the shape that the bank keeps."""
    if name in ("exact", "case"):
        good = isinstance(value, bool)
    elif name == "guidance":
        good = isinstance(value, str)
    elif name in ("extra", "weights"):
        good = _texts(value)
    elif name == "units":
        good = isinstance(value, list) and all(
            isinstance(unit, dict) and set(unit) == {"unit", "multiplier"}
            and _texts(list(unit.values())) and (number(unit["multiplier"]) or 0) > 0
            for unit in value
        )  # fmt: skip
    else:
        good = isinstance(value, list) and all(_is_gap(gap) for gap in value)
    if name == "weights":
        good = good and all(number(text) is not None for text in value)
    if not good:
        raise Refused("MORE", f"The column “more” has an unreadable “{name}”.")


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(text, str) for text in value)


def _is_gap(gap: Any) -> bool:
    if not isinstance(gap, dict) or not set(gap) <= {"type", "weight", "answers", "case", "shown"}:
        return False
    kinds = ("short_answer", "numerical", "single_choice", "multiple_response")
    weight, rows = gap.get("weight"), gap.get("answers")
    return (
        gap.get("type") in kinds
        and isinstance(weight, int) and 0 < weight < 1000
        and isinstance(rows, list) and all(_is_row(row, gap["type"]) for row in rows)
    )  # fmt: skip


def _is_row(row: Any, kind: str) -> bool:
    wanted = {"fraction", "feedback", *(("low", "high") if kind == "numerical" else ("text",))}
    if not isinstance(row, dict) or set(row) != wanted:
        return False
    ends = [row.pop("low"), row.pop("high")] if kind == "numerical" else []
    good = _texts(list(row.values())) and number(row["fraction"]) is not None
    if ends:
        row["low"], row["high"] = ends
        good = good and (ends == [None, None] or all(number(end) is not None for end in ends))
    return good


# --- Answers by type -------------------------------------------------------------------------


def _numbered(row: Mapping[str, str]) -> list[dict[str, str]]:
    """The answers of a row: {"answer", "fraction", "feedback", "left"} for each number used."""
    found: dict[int, dict[str, str]] = {}
    for name, value in row.items():
        match = _NUMBERED.match(name)
        if match and value.strip():
            found.setdefault(int(match[2]), {})[match[1]] = value
    return [found[place] | {"place": str(place)} for place in sorted(found)]


def _content(kind: str, row: Mapping[str, str]) -> dict[str, Any]:
    cells = _numbered(row)
    right = {part.strip().lower() for part in re.split(r"[;,]", row.get("right", "")) if part}
    if kind == "true_false":
        return _true_false(cells, right)
    if kind == "matching":
        pairs = [[cell.get("left", "").strip(), cell.get("answer", "").strip()] for cell in cells]
        return {"pairs": pairs, "extra": []}
    if kind == "ordering":
        return {"items": [cell.get("answer", "").strip() for cell in cells]}
    if kind == "observation":
        return {"criteria": [_criterion(cell) for cell in cells]}
    if kind == "numerical":
        return {"answers": [_number(cell, right) for cell in cells]}
    if kind in ("single_choice", "multiple_response", "short_answer"):
        rows = [_answer(cell, _fraction(kind, cell, right)) for cell in cells]
        return {"answers": rows} | ({"case": False} if kind == "short_answer" else {})
    return {}


def _fraction(kind: str, cell: dict[str, str], right: set[str]) -> str:
    if "fraction" in cell:
        return cell["fraction"]
    if right:
        share = 100 / len(right) if kind == "multiple_response" else 100
        return f"{share:.5f}" if cell["place"] in right else "0"
    return "100" if kind in ("short_answer", "numerical") else "0"


def _answer(cell: dict[str, str], fraction: str) -> dict:
    form, text = _own_format(cell.get("answer", ""))
    said, feedback = _own_format(cell.get("feedback", ""))
    return answer(text, fraction, feedback, format=form, feedback_format=said)


def _own_format(text: str) -> tuple[str, str]:
    """A cell that begins with [html], as in GIFT, has a format of its own."""
    match = re.match(r"\A\[(html|markdown|plain)\]", text)
    return (match[1], text[match.end() :]) if match else ("", text)


def _true_false(cells: list[dict[str, str]], right: set[str]) -> dict:
    if len(right) != 1 or not right <= {"true", "false"}:
        raise Refused("NO_RIGHT_ANSWER", "The column “right” says neither true nor false.")
    said = {cell["place"]: cell.get("feedback", "").strip() for cell in cells}
    return {
        "answer": right == {"true"},
        "feedback_right": said.get("1", ""),
        "feedback_wrong": said.get("2", ""),
    }


def _criterion(cell: dict[str, str]) -> dict:
    points = number(cell.get("fraction", "1"))
    if points is None or points <= 0 or points != int(points) or points > 100:
        raise Refused("NUMBER", "A criterion has from 1 to 100 points.")
    return {"text": cell.get("answer", "").strip(), "points": int(points)}


def _number(cell: dict[str, str], right: set[str]) -> dict:
    text = cell.get("answer", "").strip()
    fraction, said = _fraction("numerical", cell, right), cell.get("feedback", "")
    if text == "*":
        return number_row(None, None, fraction, said)
    if ".." in text:
        low, high = (numeral(part) for part in text.split("..", 1))
        if low > high:
            raise Refused("NUMBER", f"“{text[:40]}” is no range of numbers.")
        return number_row(low, high, fraction, said)
    middle, _colon, tolerance = text.partition(":")
    margin = abs(numeral(tolerance or "0"))
    return number_row(numeral(middle) - margin, numeral(middle) + margin, fraction, said)
