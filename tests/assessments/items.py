"""Questions of every type, for properties that hold of all of them."""

import html
from decimal import Decimal

from hypothesis import strategies as st

from assessments.formats import cloze
from assessments.formats.items import Draft, Item, Refused, answer, number_row, plain
from assessments.formats.rich import clean_html

LETTERS = "abZ 09ཀིé🙂=~#{}:\\/%->_*'\"&<[];,."
TEXT = st.text(LETTERS, min_size=1, max_size=24).map(lambda text: text.strip() or "x")
WORD = st.text("abcdefgh", min_size=1, max_size=8)
SAID = st.just("") | TEXT
LINES = st.lists(TEXT, min_size=1, max_size=3).map("\n".join)
NUMBERS = st.decimals(-10_000, 10_000, places=2)


def texts(least: int):
    return st.lists(TEXT, min_size=least, max_size=5, unique=True)


@st.composite
def choices(draw):
    found = draw(texts(2))
    right = draw(st.integers(0, len(found) - 1))
    part = draw(st.sampled_from(["0", "50", "-25", "33.33333"]))
    return {
        "answers": [
            answer(text, "100" if place == right else part, draw(SAID))
            for place, text in enumerate(found)
        ]
    }


@st.composite
def several(draw):
    found = draw(texts(2))
    wrong = draw(st.integers(0, len(found) - 1))
    share = Decimal(100) / (len(found) - wrong)
    return {
        "answers": [
            answer(text, -50 if place < wrong else share, draw(SAID))
            for place, text in enumerate(found)
        ]
    }


@st.composite
def truths(draw):
    return {
        "answer": draw(st.booleans()),
        "feedback_right": draw(SAID),
        "feedback_wrong": draw(SAID),
    }


@st.composite
def typed(draw):
    found = draw(texts(1))
    rows = [answer(text, 100 if place == 0 else 40, draw(SAID)) for place, text in enumerate(found)]
    return {"answers": rows, "case": draw(st.booleans())}


@st.composite
def numbers(draw):
    first = draw(NUMBERS)
    wide = draw(st.decimals(0, 5, places=2))
    rows = [number_row(first - wide, first + wide, 100, draw(SAID))]
    if draw(st.booleans()):
        rows.append(number_row(first - 10, first + 10, 50, draw(SAID)))
    if draw(st.booleans()):
        rows.append(number_row(None, None, 0, draw(SAID)))
    units = draw(st.lists(WORD, max_size=2, unique=True))
    stated = [{"unit": unit, "multiplier": plain(Decimal(n))} for n, unit in enumerate(units, 1)]
    return {"answers": rows} | ({"units": stated} if stated else {})


@st.composite
def pairs(draw):
    found = draw(texts(4))
    return {"pairs": [found[:2], found[2:4]], "extra": found[4:]}


@st.composite
def gaps(draw):
    kind = draw(st.sampled_from(["short_answer", "single_choice", "numerical"]))
    if kind == "numerical":
        value = draw(NUMBERS)
        return {"type": kind, "weight": 1, "answers": [number_row(value, value, 100, draw(SAID))]}
    found = draw(st.lists(WORD, min_size=2, max_size=4, unique=True))
    rows = [answer(text, 100 if place == 0 else 0, draw(SAID)) for place, text in enumerate(found)]
    gap = {"type": kind, "weight": draw(st.integers(1, 9)), "answers": rows}
    return gap | ({"case": draw(st.booleans())} if kind == "short_answer" else {})


@st.composite
def items(draw):
    """A question of any type, as a reader would have made it."""
    kind = draw(st.sampled_from(sorted(CONTENT)))
    content = draw(CONTENT[kind])
    stem = draw(LINES)
    if kind == "cloze":
        stem = "".join(f"{draw(WORD)} [[{n}]] " for n in range(1, len(content["gaps"]) + 1)).strip()
    elif kind != "short_answer" and (form := draw(st.sampled_from(["", "markdown", "html"]))):
        content = content | {"format": form}
        stem = clean_html(f"<b>{html.escape(stem)}</b>") if form == "html" else stem
        for row in content.get("answers", []) if kind != "numerical" else []:
            row |= {"format": "plain"} if form == "html" else {}
            row |= {"feedback_format": "markdown"} if row["feedback"] else {}
    draft = Draft(kind, stem, content, title=draw(TEXT), feedback=draw(SAID))
    draft.category = "/".join(draw(st.lists(WORD, min_size=1, max_size=3)))
    draft.tags = tuple(draw(st.lists(WORD, max_size=2, unique=True)))
    draft.difficulty = draw(st.sampled_from([None, 1, 2, 3]))
    try:
        return draft.item(1, 1)
    except Refused:
        return Draft("description", stem if kind != "cloze" else "x").item(1, 1)


CONTENT = {
    "single_choice": choices(),
    "multiple_response": several(),
    "true_false": truths(),
    "short_answer": typed(),
    "numerical": numbers(),
    "matching": pairs(),
    "ordering": texts(2).map(lambda found: {"items": found}),
    "cloze": st.lists(gaps(), min_size=1, max_size=3).map(lambda found: {"gaps": found}),
    "essay": SAID.map(lambda text: {"guidance": text} if text else {}),
    "file": st.just({}),
    "observation": texts(1).map(
        lambda found: {"criteria": [{"text": text, "points": 2} for text in found]}
    ),
    "description": st.just({}),
}


def fits(item: Item, form: str) -> bool:
    """Whether a format has a way to write the item at all."""
    content = item.content
    if form == "csv":
        return True
    if form == "moodle-xml":
        return item.type != "observation"
    if item.type == "description" and item.feedback:
        return False
    if item.type in ("ordering", "cloze", "file", "observation"):
        return False
    if content.get("units") or content.get("guidance") or content.get("case"):
        return False
    parted = [left for left, _right in content.get("pairs", [])]  # by the first arrow
    typed = [row["text"] for row in content["answers"]] if item.type == "short_answer" else []
    return not any("->" in text for text in [*parted, *typed])


def gap_mark(text: str) -> bool:
    return bool(cloze.START.search(text) or cloze.PLACE.search(text))
