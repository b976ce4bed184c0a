"""Questions as CSV. Pure."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from assessments.formats import sheet
from assessments.formats.items import Item, Refusal
from assessments.formats.write.sameness import same, unfit
from people.spreadsheet import defused

_FIRST = ["type", "title", "category", "tags", "competency", "difficulty", "stem", "format",
          "feedback", "right", "more"]  # fmt: skip
_EACH = ["answer", "fraction", "feedback", "left"]


def write_csv(items: Iterable[Item], refuse: Callable[[Refusal], None]) -> Iterator[str]:
    rows = []
    for item in items:
        row = _csv_row(item)
        back = list(sheet.from_rows([(1, list(row)), (2, list(row.values()))]))
        if len(back) != 1 or not same(item, back[0]):
            refuse(unfit(item, "CSV"))
            continue
        rows.append(row)
    widest = max((_places(row) for row in rows), default=0)
    names = _FIRST + [f"{name}_{n}" for n in range(1, widest + 1) for name in _EACH]
    yield _line(names)
    for row in rows:
        yield _line([row.get(name, "") for name in names])


def _places(row: dict[str, str]) -> int:
    return max((int(name.rpartition("_")[2]) for name in row if "_" in name), default=0)


def _line(cells: list[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(cells)
    return out.getvalue()


def _close(cell: str) -> str:
    """A cell as `sheet.read` opens it again: defused, and an apostrophe of its own doubled."""
    return f"'{cell}" if cell.startswith("'") else defused(cell)


def _csv_row(item: Item) -> dict[str, str]:
    content = item.content
    row = {
        "type": item.type,
        "title": item.title,
        "category": item.category,
        "tags": ";".join(item.tags),
        "competency": item.competency,
        "difficulty": str(item.difficulty or ""),
        "stem": item.stem,
        "format": content.get("format", ""),
        "feedback": item.feedback,
        "right": "",
        "more": _csv_more(item),
    }
    if item.type == "true_false":
        row["right"] = "true" if content["answer"] else "false"
    for place, cells in enumerate(_csv_answers(item), start=1):
        row |= {f"{name}_{place}": text for name, text in cells.items()}
    return {name: _close(text) for name, text in row.items()}


def _csv_more(item: Item) -> str:
    more: dict[str, Any] = {
        name: value for name, value in item.content.items() if name in sheet.MORE.get(item.type, ())
    }
    more = {name: value for name, value in more.items() if value or name == "gaps"}
    return json.dumps(more, ensure_ascii=False) if more else ""


def _csv_answers(item: Item) -> list[dict[str, str]]:
    content = item.content
    if item.type == "true_false":
        return [{"feedback": content["feedback_right"]}, {"feedback": content["feedback_wrong"]}]
    if item.type == "matching":
        return [{"left": left, "answer": right} for left, right in content["pairs"]]
    if item.type == "ordering":
        return [{"answer": text} for text in content["items"]]
    if item.type == "observation":
        rows = content["criteria"]
        return [{"answer": row["text"], "fraction": str(row["points"])} for row in rows]
    return [_csv_answer(row) for row in content.get("answers", [])]


def _csv_answer(row: dict) -> dict[str, str]:
    if "low" in row:
        value = "*" if row["low"] is None else f"{row['low']}..{row['high']}"
        return {"answer": value, "fraction": row["fraction"], "feedback": row["feedback"]}
    form, said = row.get("format", ""), row.get("feedback_format", "")
    return {
        "answer": _bracketed(row["text"], form),
        "fraction": row["fraction"],
        "feedback": _bracketed(row["feedback"], said),
    }


def _bracketed(text: str, form: str) -> str:
    return f"[{form}]{text}" if form else text
