"""Items with one response: choice, order, pairs, number, text. Pure."""

from collections.abc import Iterator
from decimal import Decimal

from assessments.formats.items import (
    Draft,
    Refused,
    answer,
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
from assessments.formats.qti1.item import Item
from assessments.formats.qti1.material import material_text
from assessments.formats.qti1.rules import wanted_values
from assessments.formats.xml import Node
from assessments.marking import number


def labels_of(response: Node) -> dict[str, Text]:
    """Ident -> text and format of each option."""
    labels = {}
    for label in response.all("response_label"):
        parts = [material_text(row) for row in label.all("material")]
        labels[label.get("ident")] = join(parts, " ")
    return labels


def general_feedback(item: Item, draft: Draft, outcomes: list[Outcome]) -> set[str]:
    """What is said to every answer becomes the general feedback; its idents."""
    common = set.intersection(*(set(outcome.feedback) for outcome in outcomes))
    names = [name for name in outcomes[0].feedback if name in common]
    texts = dict.fromkeys(item.rules.feedback.get(name, "") for name in names)
    draft.feedback = " ".join(filter(None, texts))
    return common


def read_choice(item: Item, draft: Draft, response: Node) -> None:
    ident, labels = response.get("ident"), labels_of(response)
    if not labels:
        raise Refused("ANSWERS_MISSING", "There is nothing to choose from.")
    many = response.get("rcardinality").lower() == "multiple"
    outcomes = {name: item.rules.run({ident: [name]}) for name in labels}
    common = general_feedback(item, draft, [item.rules.run({}), *outcomes.values()])
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


def _many(item: Item, ident: str, outcomes: dict[str, Outcome]) -> tuple[dict[str, Decimal], bool]:
    """Percent of each option, and whether only the exact set counts."""
    right = {
        node.text().strip()
        for row in item.rules.rewarded()
        for node in wanted_values(row, ident)
        if node.text().strip() in outcomes
    }
    scores = {name: outcome.score for name, outcome in outcomes.items()}
    return weights(scores, right, lambda chosen: item.rules.run({ident: chosen}).score)


def read_ordering(item: Item, draft: Draft, response: Node) -> None:
    ident, labels = response.get("ident"), labels_of(response)
    for row in item.rules.rewarded():
        wanted = wanted_values(row, ident)
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


def read_groups(item: Item, draft: Draft, response: Node) -> None:
    """Pairs of two groups of labels."""
    ident, labels = response.get("ident"), labels_of(response)
    lefts = [row.get("ident") for row in response.all("response_label") if row.get("match_group")]
    pairs: dict[str, str] = {}
    for row in item.rules.rewarded():
        for tag in ("varequal", "varsubset"):
            for node in wanted_values(row, ident, tag):
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


def asks_number(item: Item, response: Node) -> bool:
    shown = [row.get("fibtype").lower() for row in response.all("render_fib")]
    if response.tag == "response_num" or {"decimal", "integer", "scientific"} & set(shown):
        return True
    return item.kind.startswith(("numerical", "calculated"))


def read_number(item: Item, draft: Draft, response: Node) -> None:
    draft.type = "numerical"
    draft.content["answers"] = number_rows(item, draft, response)


def number_rows(item: Item, draft: Draft, response: Node) -> list[dict]:
    ident = response.get("ident")
    found: list[tuple[Decimal, Decimal, Outcome]] = []
    for row in item.rules.rewarded():
        for low, high in _ranges(row, ident):
            middle = format((low + high) / 2, "f")
            found.append((low, high, item.rules.run({ident: [middle]})))
    return _graded(item, draft, found)


def _graded(item: Item, draft: Draft, found: list) -> list[dict]:
    if not found:
        raise Refused("NUMBER", "The file does not say which number is right.")
    common = general_feedback(item, draft, [item.rules.run({}), *(row[2] for row in found)])
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
    for node in wanted_values(row, ident):
        value = number(node.text())
        if value is None:
            raise Refused("NUMBER", f"“{node.text().strip()[:40]}” is no number.")
        yield value, value
    for low_tag, high_tag in (("vargte", "varlte"), ("vargt", "varlt"), ("vargt", "varlte"),
                              ("vargte", "varlt")):  # fmt: skip
        lows = [number(node.text()) for node in wanted_values(row, ident, low_tag)]
        highs = [number(node.text()) for node in wanted_values(row, ident, high_tag)]
        for low, high in zip(lows, highs, strict=False):
            if low is not None and high is not None and low <= high:
                yield low, high


def read_text(item: Item, draft: Draft, response: Node) -> None:
    rows, case = text_rows(item, draft, response)
    if not rows:
        if item.kind == "file_upload_question":
            draft.type = "file"
            return
        draft.type = "essay"
        general_feedback(item, draft, [item.rules.run({})])
        return
    draft.type = "short_answer"
    draft.content |= {"answers": rows, "case": case}
    if not item.last_is_mark():
        text, form = item.marked()
        draft.stem = text.replace("[[1]]", "_____")
        if form != "plain":
            draft.content["format"] = form


def text_rows(item: Item, draft: Draft, response: Node) -> tuple[list[dict], bool]:
    ident = response.get("ident")
    patterns: dict[str, str] = {}  # what is typed -> what is kept
    case = False
    for row in item.rules.conditions:
        for node in wanted_values(row, ident):
            patterns.setdefault(node.text().strip(), node.text().strip())
            case = case or node.get("case", "no").lower() == "yes"
        for node in wanted_values(row, ident, "varsubstring"):
            patterns.setdefault(node.text().strip(), f"*{node.text().strip()}*")
    patterns.pop("", None)
    outcomes = {typed: item.rules.run({ident: [typed]}) for typed in patterns}
    if not any(outcome.score > 0 for outcome in outcomes.values()):
        return [], False
    common = general_feedback(item, draft, [item.rules.run({}), *outcomes.values()])
    marks = shares({typed: outcome.score for typed, outcome in outcomes.items()})
    return [
        answer(kept, max(Decimal(0), marks[typed]), item.rules.said(outcomes[typed], common))
        for typed, kept in patterns.items()
    ], case
