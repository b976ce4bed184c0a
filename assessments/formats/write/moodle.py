"""Questions as Moodle XML. Pure."""

import io
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from xml.sax.saxutils import escape, quoteattr

from assessments.formats import cloze, moodle
from assessments.formats.items import Item, Refusal, plain
from assessments.formats.write.sameness import comes_back, unfit

_XML_FORMATS = {"plain": "plain_text", "markdown": "markdown", "html": "html"}
_XML_TYPES = {
    "single_choice": "multichoice", "multiple_response": "multichoice", "true_false": "truefalse",
    "short_answer": "shortanswer", "numerical": "numerical", "matching": "matching",
    "ordering": "ordering", "cloze": "cloze", "essay": "essay", "file": "essay",
    "description": "description",
}  # fmt: skip
XML_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<quiz>\n'


def write_moodle(items: Iterable[Item], refuse: Callable[[Refusal], None]) -> Iterator[str]:
    yield XML_HEAD
    shelf = ""
    for item in items:
        text = _moodle_item(item)
        file = io.BytesIO(f"{XML_HEAD}{text}</quiz>".encode())
        back = list(moodle.read(file)) if text else []
        if not comes_back(item, back):
            refusal = unfit(item, "Moodle XML")
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
