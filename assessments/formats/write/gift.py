"""Questions as GIFT. Pure."""

import re
from collections.abc import Callable, Iterable, Iterator

from assessments.formats import gift
from assessments.formats.items import Item, Refusal
from assessments.formats.write.sameness import comes_back, unfit

_SIGNS = re.compile(r"[~=#{}:\\]")


def write_gift(items: Iterable[Item], refuse: Callable[[Refusal], None]) -> Iterator[str]:
    shelf = ""
    for item in items:
        text = _gift_item(item)
        back = list(gift.read(text.splitlines())) if text else []
        if not comes_back(item, back):
            refusal = unfit(item, "GIFT")
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
