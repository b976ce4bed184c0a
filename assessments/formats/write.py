"""Questions written as GIFT, Moodle XML or CSV, so that reading them back gives the same. Pure.

Each question is read back as it is written. One that would come back different is left out and
named, never written differently.
"""

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from assessments.formats import cloze, gift, moodle, sheet
from assessments.formats.items import Item, Read, Refusal, Refused, plain
from assessments.formats.rich import from_html
from people.spreadsheet import defused

FORMATS = ("gift", "moodle-xml", "csv")
EXTENSIONS = {"gift": "gift", "moodle-xml": "xml", "csv": "csv"}


def write(
    items: Iterable[Item], form: str, *, refuse: Callable[[Refusal], None] = lambda _row: None
) -> Iterator[str]:
    """The file as pieces of text; `refuse` hears of what the format cannot hold."""
    return {"gift": _gift, "moodle-xml": _moodle, "csv": _csv}[form](items, refuse)


def same(left: Item, right: Read) -> bool:
    """Whether two items say the same, wherever in their files they stand."""
    return isinstance(right, Item) and canonical(left) == canonical(right)


def canonical(item: Item) -> Item:
    """An item whose HTML is written as the bank writes it, without its place in a file."""
    content = dict(item.content)
    form = content.pop("format", "plain")
    stem, shown = _settled(item.stem, form)
    if shown != "plain":
        content["format"] = shown
    if "answers" in content:
        content["answers"] = [_row(row, form, shown) for row in content["answers"]]
    return replace(item, n=0, line=0, stem=stem, content=content)


def _settled(text: str, form: str) -> tuple[str, str]:
    try:
        return from_html(text) if form == "html" else (text, form)
    except Refused:
        return text, form


def _row(row: dict, form: str, shown: str) -> dict:
    """An answer with its formats as they differ from those of the text shown above it."""
    if "text" not in row:
        return row
    own, said = row.get("format", form), row.get("feedback_format", row.get("format", form))
    text, own = _settled(row["text"], own)
    feedback, said = _settled(row["feedback"], said)
    new = {"text": text, "fraction": row["fraction"], "feedback": feedback}
    new |= {"format": own} if own != shown else {}
    return new | ({"feedback_format": said} if feedback and said != own else {})


def _comes_back(item: Item, back: list[Read]) -> bool:
    """Whether what was read back is the one item, whose shelf is written apart."""
    only = back[0] if len(back) == 1 else None
    return isinstance(only, Item) and same(item, replace(only, category=item.category))


def _unfit(item: Item, form: str) -> Refusal:
    message = f"“{item.shown_title}” has something that {form} cannot hold."
    return Refusal(item.n, item.line, "NOT_IN_FORMAT", message)


# --- GIFT --------------------------------------------------------------------------------

_SIGNS = re.compile(r"[~=#{}:\\]")


def _gift(items: Iterable[Item], refuse: Callable[[Refusal], None]) -> Iterator[str]:
    shelf = ""
    for item in items:
        text = _gift_item(item)
        back = list(gift.read(text.splitlines())) if text else []
        if not _comes_back(item, back):
            refusal = _unfit(item, "GIFT")
            refuse(refusal)
            yield f"// {' '.join(refusal.message.split())}\n\n"
            continue
        if item.category != shelf:
            shelf = item.category
            yield f"$CATEGORY: {shelf}\n\n"
        yield text + "\n"


def _gift_item(item: Item) -> str:
    answers = _GIFT_ANSWERS.get(item.type)
    if answers is None:
        return ""
    form = item.content.get("format", "")
    stem = _with_format(item.stem, form)
    marks = [f"[tag:{tag}]" for tag in item.tags]
    marks += [f"[competency:{item.competency}]"] if item.competency else []
    marks += [f"[difficulty:{item.difficulty}]"] if item.difficulty else []
    comment = f"// {' '.join(marks)}\n" if marks else ""
    title = f"::{_gift_text(item.title)}::" if item.title else ""
    inside = answers(item)
    if item.feedback and inside is not None:
        inside += f"####{_with_format(item.feedback, '')}"
    return f"{comment}{title}{stem}" + ("\n" if inside is None else f"{{{inside}}}\n")


def _gift_text(text: str) -> str:
    return _SIGNS.sub(lambda match: f"\\{match[0]}", text).replace("\n", "\\n")


def _with_format(text: str, form: str, inherited: str = "plain") -> str:
    """A text that begins with a bracket states the format that it would have without a word."""
    written = _gift_text(text)
    if form:
        return f"[{form}]{written}"
    return f"[{inherited}]{written}" if written.startswith("[") else written


def _gift_options(item: Item) -> str:
    single, form = item.type != "multiple_response", item.content.get("format", "plain")
    rows = item.content["answers"]
    return "".join(f"\n\t{_gift_option(row, form, single=single)}" for row in rows)


def _gift_option(row: dict, form: str, *, single: bool) -> str:
    right = single and row["fraction"] == "100"
    bare = (right or row["fraction"] == "0") and not row["text"].startswith("%")
    weight = "" if bare else f"%{row['fraction']}%"
    own = row.get("format", "")
    said = f"#{_with_format(row['feedback'], row.get('feedback_format', ''), own or form)}"
    text = _with_format(row["text"], own, form)
    return f"{'=' if right else '~'}{weight}{text}{said if row['feedback'] else ''}"


def _gift_texts(item: Item) -> str:
    """Typed answers are all written with the sign of right ones, with their weights."""
    return "".join(
        f"\n\t={'' if row['fraction'] == '100' and not row['text'].startswith('%') else weight}"
        f"{_with_format(row['text'], row.get('format', ''))}"
        f"{'#' + _with_format(row['feedback'], '') if row['feedback'] else ''}"
        for row in item.content["answers"]
        for weight in [f"%{row['fraction']}%"]
    )


def _gift_truth(item: Item) -> str:
    content = item.content
    wrong, right = content["feedback_wrong"], content["feedback_right"]
    said = f"#{_with_format(wrong, '')}" if wrong or right else ""
    said += f"#{_with_format(right, '')}" if right else ""
    return ("TRUE" if content["answer"] else "FALSE") + said


def _gift_numbers(item: Item) -> str:
    return "#" + "".join(f"\n\t{_gift_number(row)}" for row in item.content["answers"])


def _gift_number(row: dict) -> str:
    said = f"#{_with_format(row['feedback'], '')}" if row["feedback"] else ""
    weight = "" if row["fraction"] == "100" else f"%{row['fraction']}%"
    if row["low"] is None:
        return f"~%{row['fraction']}%*{said}"
    value = row["low"] if row["low"] == row["high"] else f"{row['low']}..{row['high']}"
    return f"={weight}{value}{said}"


def _gift_pairs(item: Item) -> str:
    extra = [["", right] for right in item.content.get("extra", [])]
    form = item.content.get("format", "plain")
    own = "plain" if form == "html" else ""  # sides hold no markup, whatever the stem does
    return "".join(
        f"\n\t={_with_format(left, own, form)} -> {_gift_text(right)}"
        for left, right in [*item.content["pairs"], *extra]
    )


_GIFT_ANSWERS: dict[str, Callable[[Item], str | None]] = {
    "single_choice": _gift_options,
    "multiple_response": _gift_options,
    "true_false": _gift_truth,
    "short_answer": _gift_texts,
    "numerical": _gift_numbers,
    "matching": _gift_pairs,
    "essay": lambda _item: "",
    "description": lambda _item: None,
}


# --- Moodle XML -----------------------------------------------------------------------------

_XML_FORMATS = {"plain": "plain_text", "markdown": "markdown", "html": "html"}
_XML_TYPES = {
    "single_choice": "multichoice", "multiple_response": "multichoice", "true_false": "truefalse",
    "short_answer": "shortanswer", "numerical": "numerical", "matching": "matching",
    "ordering": "ordering", "cloze": "cloze", "essay": "essay", "file": "essay",
    "description": "description",
}  # fmt: skip
XML_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<quiz>\n'


def _moodle(items: Iterable[Item], refuse: Callable[[Refusal], None]) -> Iterator[str]:
    yield XML_HEAD
    shelf = ""
    for item in items:
        text = _moodle_item(item)
        file = io.BytesIO(f"{XML_HEAD}{text}</quiz>".encode())
        back = list(moodle.read(file)) if text else []
        if not _comes_back(item, back):
            refusal = _unfit(item, "Moodle XML")
            refuse(refusal)
            yield f"<!-- {escape(refusal.message).replace('--', '- -')} -->\n"
            continue
        if item.category != shelf:
            shelf = item.category
            path = _tag("text", f"$course$/top/{shelf}")
            yield f'<question type="category"><category>{path}</category></question>\n'
        yield text
    yield "</quiz>\n"


def _tag(name: str, text: str, **attributes: str) -> str:
    stated = "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items())
    return f"<{name}{stated}>{escape(text)}</{name}>"


def _shown(name: str, text: str, form: str) -> str:
    inside = _tag("text", text)
    return f"<{name} format={quoteattr(_XML_FORMATS[form])}>{inside}</{name}>"


def _moodle_item(item: Item) -> str:
    kind = _XML_TYPES.get(item.type)
    content = item.content
    exact = content.get("exact", False)
    if kind is None or content.get("weights") or (exact and item.type != "multiple_response"):
        return ""
    form = content.get("format", "plain")
    stem = cloze.write(item.stem, content["gaps"]) if item.type == "cloze" else item.stem
    parts = [
        f"<name>{_tag('text', item.title)}</name>",
        _shown("questiontext", stem, form),
        _shown("generalfeedback", item.feedback, "plain"),
        *_MOODLE_PARTS.get(item.type, lambda _content, _form: [])(content, form),
        *_moodle_marks(item),
    ]
    name = "multichoiceset" if exact else kind
    inside = "\n  ".join(parts)
    return f'<question type="{name}">\n  {inside}\n</question>\n'


def _moodle_marks(item: Item) -> Iterator[str]:
    marks = list(item.tags)
    if marks:
        tags = "".join(f"<tag>{_tag('text', tag)}</tag>" for tag in marks)
        yield f"<tags>{tags}</tags>"
    if item.competency:
        yield _tag("competency", item.competency)
    if item.difficulty:
        yield _tag("difficulty", str(item.difficulty))


def _xml_answer(row: dict, form: str) -> str:
    own = row.get("format", form)
    said = row.get("feedback_format", own)
    feedback = _shown("feedback", row["feedback"], said) if row["feedback"] else ""
    return (
        f'<answer fraction="{row["fraction"]}" format="{_XML_FORMATS[own]}">'
        f"{_tag('text', row['text'])}{feedback}</answer>"
    )


def _xml_choices(content: dict, form: str, *, single: bool) -> list[str]:
    rows = [_xml_answer(row, form) for row in content["answers"]]
    return [f"<single>{'true' if single else 'false'}</single>", *rows]


def _xml_truth(content: dict, _form: str) -> list[str]:
    rows = []
    for word, truth in (("true", True), ("false", False)):
        right = truth is content["answer"]
        said = content["feedback_right" if right else "feedback_wrong"]
        feedback = _shown("feedback", said, "plain")
        rows.append(
            f'<answer fraction="{100 if right else 0}">{_tag("text", word)}{feedback}</answer>'
        )
    return rows


def _xml_texts(content: dict, form: str) -> list[str]:
    rows = [_xml_answer(row | {"format": form}, form) for row in content["answers"]]
    return [f"<usecase>{int(content['case'])}</usecase>", *rows]


def _xml_numbers(content: dict, _form: str) -> list[str]:
    rows = []
    for row in content["answers"]:
        value, tolerance = "*", "0"
        if row["low"] is not None:
            low, high = Decimal(row["low"]), Decimal(row["high"])
            value, tolerance = plain((low + high) / 2), plain((high - low) / 2)
        feedback = _shown("feedback", row["feedback"], "plain")
        rows.append(
            f'<answer fraction="{row["fraction"]}">{_tag("text", value)}{feedback}'
            f"<tolerance>{tolerance}</tolerance></answer>"
        )
    units = "".join(
        f"<unit>{_tag('multiplier', unit['multiplier'])}{_tag('unit_name', unit['unit'])}</unit>"
        for unit in content.get("units", [])
    )
    return [*rows, *([f"<units>{units}</units>"] if units else [])]


def _xml_pairs(content: dict, _form: str) -> list[str]:
    extra = [["", right] for right in content.get("extra", [])]
    return [
        f'<subquestion format="plain_text">{_tag("text", left)}'
        f'<answer format="plain_text">{_tag("text", right)}</answer></subquestion>'
        for left, right in [*content["pairs"], *extra]
    ]


def _xml_order(content: dict, _form: str) -> list[str]:
    return [
        f'<answer fraction="{place}" format="plain_text">{_tag("text", text)}</answer>'
        for place, text in enumerate(content["items"], start=1)
    ]


def _xml_essay(content: dict, _form: str) -> list[str]:
    guidance = content.get("guidance", "")
    return [_shown("graderinfo", guidance, "plain")] if guidance else []


def _xml_file(content: dict, form: str) -> list[str]:
    return ["<responseformat>noinline</responseformat>", *_xml_essay(content, form)]


_MOODLE_PARTS: dict[str, Callable[[dict, str], list[str]]] = {
    "single_choice": lambda content, form: _xml_choices(content, form, single=True),
    "multiple_response": lambda content, form: _xml_choices(content, form, single=False),
    "true_false": _xml_truth,
    "short_answer": _xml_texts,
    "numerical": _xml_numbers,
    "matching": _xml_pairs,
    "ordering": _xml_order,
    "essay": _xml_essay,
    "file": _xml_file,
}


# --- CSV --------------------------------------------------------------------------------------

_FIRST = ["type", "title", "category", "tags", "competency", "difficulty", "stem", "format",
          "feedback", "right", "more"]  # fmt: skip
_EACH = ["answer", "fraction", "feedback", "left"]


def _csv(items: Iterable[Item], refuse: Callable[[Refusal], None]) -> Iterator[str]:
    rows = []
    for item in items:
        row = _csv_row(item)
        back = list(sheet.from_rows([(1, list(row)), (2, list(row.values()))]))
        if len(back) != 1 or not same(item, back[0]):
            refuse(_unfit(item, "CSV"))
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
