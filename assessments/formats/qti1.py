"""QTI 1.2: one XML file of items, alone or in a Common Cartridge. Pure.

What earns marks is found by running the item's own response processing on each possible
answer, as a player would; so it does not matter in which of the many ways it is written.
"""

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import BinaryIO

from assessments.formats.items import (
    Draft,
    Read,
    Refused,
    answer,
    attempt,
    number_row,
)
from assessments.formats.outcomes import (
    Outcome,
    Text,
    as_true_false,
    flat,
    join,
    option,
    shares,
    weights,
)
from assessments.formats.report import number_text
from assessments.formats.rich import escape, from_html
from assessments.formats.xml import Node, records
from assessments.marking import number

RESPONSES = ("response_lid", "response_str", "response_num", "response_grp")
_REFUSED = {
    "response_xy": "HOTSPOT", "response_extension": "EXTENSION", "render_hotspot": "HOTSPOT",
    "render_slider": "SLIDER", "render_extension": "EXTENSION", "matimage": "MEDIA",
    "mataudio": "MEDIA", "matvideo": "MEDIA", "matapplet": "MEDIA", "matapplication": "MEDIA",
    "material_ref": "REFERENCE", "mat_extension": "EXTENSION",
}  # fmt: skip
_SENTENCES = {
    "HOTSPOT": "Points on a picture cannot be asked here.",
    "SLIDER": "A slider cannot be asked here.",
    "EXTENSION": "The question uses an extension of the format that nobody else knows.",
    "MEDIA": "The question shows a picture or plays media.",
    "REFERENCE": "The question borrows its text from elsewhere in the file.",
}
_UNTITLED = {"root_section", "root section", "", "main"}


def read(file: BinaryIO) -> Iterator[Read]:
    """The items of a QTI 1.2 file, one at a time, taken or refused."""
    bank = ""
    n = 0
    for node in records(file, "item", "qtimetadata"):
        if node.tag == "qtimetadata":
            bank = _metadata(node).get("bank_title", bank)
            continue
        n += 1
        yield attempt(n, node.line, partial(_draft, node, bank))


def _category(node: Node, bank: str) -> str:
    titles = [bank] if bank else []
    for outer in node.path:
        title = outer.get("title").strip()
        if outer.tag in ("assessment", "objectbank", "section") and (
            title.lower() not in _UNTITLED
        ):
            titles.append(title.replace("/", "//"))
    return "/".join(dict.fromkeys(titles))


def _metadata(node: Node) -> dict[str, str]:
    return {
        field.text_at("fieldlabel").lower(): field.text_at("fieldentry")
        for field in node.all("qtimetadatafield")
    }


def _draft(node: Node, bank: str) -> Draft:
    if node.fault:
        raise node.fault
    presentation = node.first("presentation")
    if presentation is None:
        raise Refused("STEM_MISSING", "The item shows nothing.")
    for inner in presentation.all(*_REFUSED):
        code = _REFUSED[inner.tag]
        raise Refused(code, f"{_SENTENCES[code]} (<{inner.tag}>)")
    item = _Item(node, presentation)
    draft = Draft("description", item.stem, title=node.get("title"))
    draft.category = _category(node, bank)
    if item.form != "plain":
        draft.content["format"] = item.form
    _read_responses(item, draft)
    return draft


# --- What is shown -----------------------------------------------------------------------


class _Item:
    """An item taken apart: its text with a mark where each response stands, and its rules."""

    def __init__(self, node: Node, presentation: Node):
        self.metadata = {k: v for m in node.all("qtimetadata") for k, v in _metadata(m).items()}
        self.responses: list[Node] = []
        self.pieces: list[Text] = []
        self._walk(presentation)
        self.stem, self.form = join([piece for piece in self.pieces if piece[1] != "mark"])
        self.rules = _Rules(node)

    @property
    def kind(self) -> str:
        """What the system that wrote the file calls the type, if it does."""
        return self.metadata.get("question_type") or self.metadata.get("cc_profile", "")

    def _walk(self, node: Node) -> None:
        for child in node.elements():
            if child.tag == "material":
                self.pieces.append(_material(child))
            elif child.tag in RESPONSES:
                self.responses.append(child)
                self.pieces.append((f"[[{len(self.responses)}]]", "mark"))
            else:
                self._walk(child)

    def marked(self) -> Text:
        """The text with its marks, for a text with gaps."""
        return join([(t, "plain" if f == "mark" else f) for t, f in self.pieces], " ")

    def last_is_mark(self) -> bool:
        return bool(self.pieces) and self.pieces[-1][1] == "mark"


def _material(node: Node) -> Text:
    parts = []
    for child in node.all("mattext", "matemtext", "matbreak"):
        if child.tag == "matbreak":
            parts.append(("\n", "plain"))
            continue
        text = child.text().strip()
        kind = child.get("texttype", "text/plain").lower()
        inner = child.elements()
        if inner:  # XHTML that stands in the file as elements
            text, kind = "".join(map(_source, child.children)), "text/html"
        if "html" in kind or ("<" in text and ">" in text and "</" in text):
            parts.append(from_html(text))
        else:
            parts.append((text, "plain"))
    return join(parts, " ")


def _source(part: "Node | str") -> str:
    if isinstance(part, str):
        return escape(part)
    inside = "".join(map(_source, part.children))
    return f"<{part.tag}>{inside}</{part.tag}>"


# --- What is right -----------------------------------------------------------------------


class _Rules:
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
    solutions = [_material(row) for row in node.all("material")]
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


def _wanted(row: Node, respident: str, tag: str = "varequal") -> list[Node]:
    """The values that a condition asks for, without those under a `not`."""
    return [node for node in _positive(row, tag) if node.get("respident") == respident]


def _positive(node: Node, tag: str) -> Iterator[Node]:
    for child in node.elements():
        if child.tag == "not":
            continue
        if child.tag == tag:
            yield child
        yield from _positive(child, tag)


# --- Which type it is ----------------------------------------------------------------------


def _read_responses(item: _Item, draft: Draft) -> None:
    if not item.responses:
        _general(item, draft, [item.rules.run({})])
        return
    if len(item.responses) > 1:
        _several(item, draft)
        return
    only = item.responses[0]
    ordered = only.get("rcardinality").lower() == "ordered"
    if only.tag == "response_grp":
        _groups(item, draft, only)
    elif only.tag == "response_lid" and ordered:
        _ordering(item, draft, only)
    elif only.tag == "response_lid":
        _choice(item, draft, only)
    elif _asks_number(item, only):
        _number(item, draft, only)
    else:
        _text(item, draft, only)


def _labels(response: Node) -> dict[str, Text]:
    """Ident -> text and format of each option."""
    labels = {}
    for label in response.all("response_label"):
        parts = [_material(row) for row in label.all("material")]
        labels[label.get("ident")] = join(parts, " ")
    return labels


def _general(item: _Item, draft: Draft, outcomes: list[Outcome]) -> set[str]:
    """What is said to every answer becomes the general feedback; its idents."""
    common = set.intersection(*(set(outcome.feedback) for outcome in outcomes))
    names = [name for name in outcomes[0].feedback if name in common]
    texts = dict.fromkeys(item.rules.feedback.get(name, "") for name in names)
    draft.feedback = " ".join(filter(None, texts))
    return common


def _choice(item: _Item, draft: Draft, response: Node) -> None:
    ident, labels = response.get("ident"), _labels(response)
    if not labels:
        raise Refused("ANSWERS_MISSING", "There is nothing to choose from.")
    many = response.get("rcardinality").lower() == "multiple"
    outcomes = {name: item.rules.run({ident: [name]}) for name in labels}
    common = _general(item, draft, [item.rules.run({}), *outcomes.values()])
    if many:
        marks, exact = _many(item, ident, outcomes)
    else:
        marks, exact = shares({name: outcome.score for name, outcome in outcomes.items()}), False
    draft.content["answers"] = [
        option(text, marks[name], item.rules.said(outcomes[name], common), item.form)
        for name, text in labels.items()
    ]
    draft.type = "multiple_response" if many else "single_choice"
    if exact:
        draft.content["exact"] = True
    if not many:
        as_true_false(draft)


def _many(item: _Item, ident: str, outcomes: dict[str, Outcome]) -> tuple[dict[str, Decimal], bool]:
    """Percent of each option, and whether only the exact set counts."""
    right = {
        node.text().strip()
        for row in item.rules.rewarded()
        for node in _wanted(row, ident)
        if node.text().strip() in outcomes
    }
    scores = {name: outcome.score for name, outcome in outcomes.items()}
    return weights(scores, right, lambda chosen: item.rules.run({ident: chosen}).score)


def _ordering(item: _Item, draft: Draft, response: Node) -> None:
    ident, labels = response.get("ident"), _labels(response)
    for row in item.rules.rewarded():
        wanted = _wanted(row, ident)
        places = [node.get("index") or str(place) for place, node in enumerate(wanted)]
        order = [
            node.text().strip()
            for _place, node in sorted(
                zip(places, wanted, strict=True), key=lambda pair: number(pair[0]) or Decimal(0)
            )
        ]
        if sorted(order) == sorted(labels):
            draft.type = "ordering"
            draft.content["items"] = [flat(labels[name]) for name in order]
            return
    raise Refused("ORDER", "The file does not say which order of all items is right.")


def _groups(item: _Item, draft: Draft, response: Node) -> None:
    """Pairs of two groups of labels."""
    ident, labels = response.get("ident"), _labels(response)
    lefts = [row.get("ident") for row in response.all("response_label") if row.get("match_group")]
    pairs: dict[str, str] = {}
    for row in item.rules.rewarded():
        for tag in ("varequal", "varsubset"):
            for node in _wanted(row, ident, tag):
                left, _comma, right = node.text().strip().partition(",")
                if left.strip() in labels and right.strip() in labels:
                    pairs[left.strip()] = right.strip()
    if not pairs:
        raise Refused("PAIR", "The file does not say which pairs are right.")
    draft.type = "matching"
    used = {*pairs, *pairs.values()}
    draft.content |= {
        "pairs": [[flat(labels[left]), flat(labels[right])] for left, right in pairs.items()],
        "extra": [flat(labels[name]) for name in labels if name not in {*used, *lefts}],
    }


def _asks_number(item: _Item, response: Node) -> bool:
    shown = [row.get("fibtype").lower() for row in response.all("render_fib")]
    if response.tag == "response_num" or {"decimal", "integer", "scientific"} & set(shown):
        return True
    return item.kind.startswith(("numerical", "calculated"))


def _number(item: _Item, draft: Draft, response: Node) -> None:
    draft.type = "numerical"
    draft.content["answers"] = _number_rows(item, draft, response)


def _number_rows(item: _Item, draft: Draft, response: Node) -> list[dict]:
    ident = response.get("ident")
    found: list[tuple[Decimal, Decimal, Outcome]] = []
    for row in item.rules.rewarded():
        for low, high in _ranges(row, ident):
            middle = format((low + high) / 2, "f")
            found.append((low, high, item.rules.run({ident: [middle]})))
    return _graded(item, draft, found)


def _graded(item: _Item, draft: Draft, found: list) -> list[dict]:
    if not found:
        raise Refused("NUMBER", "The file does not say which number is right.")
    common = _general(item, draft, [item.rules.run({}), *(row[2] for row in found)])
    best = max(outcome.score for _low, _high, outcome in found)
    if best <= 0:
        raise Refused("NO_RIGHT_ANSWER", "No answer earns full marks.")
    widest = {}
    for low, high, outcome in found:  # an exact value inside a range of equal marks adds nothing
        widest[low, high] = number_row(
            low, high, outcome.score / best * 100, item.rules.said(outcome, common)
        )
    return [
        row for (low, high), row in widest.items()
        if not any((a, b) != (low, high) and a <= low and high <= b
                   and other["fraction"] == row["fraction"] for (a, b), other in widest.items())
    ]  # fmt: skip


def _ranges(row: Node, ident: str) -> Iterator[tuple[Decimal, Decimal]]:
    for node in _wanted(row, ident):
        value = number(node.text())
        if value is None:
            raise Refused("NUMBER", f"“{node.text().strip()[:40]}” is no number.")
        yield value, value
    for low_tag, high_tag in (("vargte", "varlte"), ("vargt", "varlt"), ("vargt", "varlte"),
                              ("vargte", "varlt")):  # fmt: skip
        lows = [number(node.text()) for node in _wanted(row, ident, low_tag)]
        highs = [number(node.text()) for node in _wanted(row, ident, high_tag)]
        for low, high in zip(lows, highs, strict=False):
            if low is not None and high is not None and low <= high:
                yield low, high


def _text(item: _Item, draft: Draft, response: Node) -> None:
    rows, case = _text_rows(item, draft, response)
    if not rows:
        if item.kind == "file_upload_question":
            draft.type = "file"
            return
        draft.type = "essay"
        _general(item, draft, [item.rules.run({})])
        return
    draft.type = "short_answer"
    draft.content |= {"answers": rows, "case": case}
    if not item.last_is_mark():
        text, form = item.marked()
        draft.stem = text.replace("[[1]]", "_____")
        if form != "plain":
            draft.content["format"] = form


def _text_rows(item: _Item, draft: Draft, response: Node) -> tuple[list[dict], bool]:
    ident = response.get("ident")
    patterns: dict[str, str] = {}  # what is typed -> what is kept
    case = False
    for row in item.rules.conditions:
        for node in _wanted(row, ident):
            patterns.setdefault(node.text().strip(), node.text().strip())
            case = case or node.get("case", "no").lower() == "yes"
        for node in _wanted(row, ident, "varsubstring"):
            patterns.setdefault(node.text().strip(), f"*{node.text().strip()}*")
    patterns.pop("", None)
    outcomes = {typed: item.rules.run({ident: [typed]}) for typed in patterns}
    if not any(outcome.score > 0 for outcome in outcomes.values()):
        return [], False
    common = _general(item, draft, [item.rules.run({}), *outcomes.values()])
    marks = shares({typed: outcome.score for typed, outcome in outcomes.items()})
    return [
        answer(kept, max(Decimal(0), marks[typed]), item.rules.said(outcomes[typed], common))
        for typed, kept in patterns.items()
    ], case


# --- Several responses -----------------------------------------------------------------------


def _several(item: _Item, draft: Draft) -> None:
    """Pairs where each response has a text of its own and all offer the same; else gaps."""
    lists = [_labels(row) for row in item.responses]
    lefts = [_left(row) for row in item.responses]
    offered = [sorted(flat(label) for label in labels.values()) for labels in lists]
    if all(lefts) and all(offered) and all(row == offered[0] for row in offered):
        _match_each(item, draft, lists, lefts)
        return
    draft.type = "cloze"
    draft.content["gaps"] = [_gap(item, draft, row) for row in item.responses]
    _weigh(item, draft.content["gaps"])
    draft.stem, form = _with_places(item, draft)
    draft.content.pop("format", None)
    if form != "plain":
        draft.content["format"] = form


def _left(response: Node) -> str:
    parts = [_material(row) for row in response.elements("material")]
    return flat(join(parts, " "))


def _match_each(item: _Item, draft: Draft, lists: list[dict], lefts: list[str]) -> None:
    pairs = []
    for response, labels, left in zip(item.responses, lists, lefts, strict=True):
        scores = {name: item.rules.run({response.get("ident"): [name]}).score for name in labels}
        best = max(scores, key=lambda name: scores[name])
        if scores[best] <= 0:
            raise Refused("PAIR", f"The file does not say what fits “{left[:40]}”.")
        pairs.append([left, flat(labels[best])])
    used = {right for _left_, right in pairs}
    offered = dict.fromkeys(flat(label) for label in lists[0].values())
    draft.type = "matching"
    draft.content |= {"pairs": pairs, "extra": [text for text in offered if text not in used]}
    _general(item, draft, [item.rules.run({})])


def _gap(item: _Item, draft: Draft, response: Node) -> dict:
    if response.tag == "response_grp":
        raise Refused("GAP_TYPE", "A group of pairs cannot stand inside a text.")
    if response.tag == "response_lid":
        ident, labels = response.get("ident"), _labels(response)
        marks = shares({name: item.rules.run({ident: [name]}).score for name in labels})
        rows = [answer(flat(labels[name]), marks[name]) for name in labels]
        if item.kind.startswith("fill_in_multiple_blanks"):
            return {"type": "short_answer", "weight": 1, "answers": rows, "case": False}
        return {"type": "single_choice", "weight": 1, "answers": rows}
    if _asks_number(item, response):
        rows = _number_rows(item, draft, response)
        return {"type": "numerical", "weight": 1, "answers": rows}
    rows, case = _text_rows(item, draft, response)
    if not rows:
        raise Refused("NO_RIGHT_ANSWER", "A gap has no right answer.")
    return {"type": "short_answer", "weight": 1, "answers": rows, "case": case}


def _weigh(item: _Item, gaps: list[dict]) -> None:
    """Gaps that earn more than others weigh more, where their marks are whole numbers."""
    earned = []
    for response, gap in zip(item.responses, gaps, strict=True):
        ident = response.get("ident")
        chosen = list(_labels(response)) if response.tag == "response_lid" else []
        typed = [number_text(row) if "low" in row else row["text"].strip("*")
                 for row in gap["answers"]]  # fmt: skip
        earned.append(max(item.rules.run({ident: [v]}).score for v in chosen or typed))
    least = min(earned)
    if least > 0 and len(set(earned)) > 1 and all(score % least == 0 for score in earned):
        for gap, score in zip(gaps, earned, strict=True):
            gap["weight"] = min(999, int(score / least))


def _with_places(item: _Item, draft: Draft) -> Text:
    """The text with [[1]], [[2]] for the gaps; Canvas names them [name] in the text."""
    text, named = draft.stem, 0
    for place, response in enumerate(item.responses, start=1):
        name = f"[{response.get('ident').removeprefix('response_')}]"
        if name in text:
            text, named = text.replace(name, f"[[{place}]]", 1), named + 1
    return (text, item.form) if named == len(item.responses) else item.marked()
