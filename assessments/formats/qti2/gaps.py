"""Questions inside the text: words, numbers and choices in gaps. Pure."""

import re
from collections.abc import Iterator
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from assessments.formats.items import Draft, Refused, answer, number_row
from assessments.formats.outcomes import (
    flat,
    shares,
)
from assessments.formats.qti2.declarations import Declaration, squeeze
from assessments.formats.qti2.item import Item
from assessments.formats.qti2.rules import interval
from assessments.formats.xml import Node
from assessments.marking import number

_GAP = re.compile(r"\[\[\d+\]\]")


def read_gaps(item: Item, draft: Draft, nodes: list[Node]) -> None:
    if len(nodes) == 1 and nodes[0].tag == "textentryinteraction":
        _one_entry(item, draft, nodes[0])
        return
    right = {row.identifier: row.correct for row in item.rules.declarations.values()}
    full = item.run(right).score
    gaps, best = [], []
    for node in nodes:
        gap, score = _gap(item, node)
        gaps.append(gap)
        best.append(score)
    draft.type = "cloze"
    draft.content["gaps"] = gaps
    alone = [item.run({name: values}).score for name, values in right.items() if values]
    if len(nodes) > 1 and sum(alone) < full:  # all gaps right, or nothing
        draft.content["exact"] = True
    elif len(set(best)) > 1 and all(score == int(score) for score in best):
        for gap, score in zip(gaps, best, strict=True):
            gap["weight"] = int(score)
    item.general(draft, [item.run({}), item.run(right)])


def _gap(item: Item, node: Node) -> tuple[dict, Decimal]:
    row = item.rules.declaration(node)
    if node.tag == "inlinechoiceinteraction":
        texts = {c.get("identifier"): flat(item.text_of(c)) for c in node.elements("inlinechoice")}
        scores = _alone(item, row, list(texts))
        marks = shares(scores)
        rows = [answer(text, marks[name]) for name, text in texts.items()]
        return {"type": "single_choice", "weight": 1, "answers": rows}, max(scores.values())
    if row.base_type in ("float", "integer"):
        rows, best = _numbers(item, row)
        return {"type": "numerical", "weight": 1, "answers": rows}, best
    rows, case, best = _texts(item, row)
    return {"type": "short_answer", "weight": 1, "answers": rows, "case": case}, best


def _alone(item: Item, row: Declaration, values: list[str]) -> dict[str, Decimal]:
    """What each value earns by itself; where only all gaps together do, whether it is right."""
    scores = {value: item.run({row.identifier: [value]}).score for value in values}
    if any(score > 0 for score in scores.values()):
        return scores
    right = {r.identifier: r.correct for r in item.rules.declarations.values()}
    full = item.run(right).score
    found = {value: item.run(right | {row.identifier: [value]}).score for value in values}
    return {value: score if score >= full > 0 else Decimal(0) for value, score in found.items()}


def _one_entry(item: Item, draft: Draft, node: Node) -> None:
    row = item.rules.declaration(node)
    if row.base_type in ("float", "integer"):
        draft.type = "numerical"
        draft.content["answers"], _best = _numbers(item, row)
    else:
        draft.type = "short_answer"
        rows, case, _best = _texts(item, row)
        draft.content |= {"answers": rows, "case": case}
    item.general(draft, [item.run({}), item.run({row.identifier: row.correct})])
    text, form = item.stem
    ends = re.sub(r"</\w+>|<br>", "", text).rstrip().endswith("[[1]]")
    draft.stem = _GAP.sub("" if ends and form == "plain" else "_____", text).strip()


def _texts(item: Item, row: Declaration) -> tuple[list[dict], bool, Decimal]:
    stated = [squeeze(part.text()) for node in item.rules.expressions("stringmatch", "match")
              if row.identifier in {v.get("identifier") for v in node.elements("variable")}
              for part in node.elements("basevalue")]  # fmt: skip
    values = list(dict.fromkeys([*row.correct, *(key for key, _v, _e in row.entries), *stated]))
    if not values:
        raise Refused("NO_RIGHT_ANSWER", "The file does not say which text is right.")
    scores = _alone(item, row, values)
    marks = shares(scores)
    case = any(
        item.run({row.identifier: [value.swapcase()]}).score < scores[value]
        for value in values
        if scores[value] > 0 and value.swapcase() != value
    )
    rows = [answer(value, max(Decimal(0), marks[value])) for value in values]
    return rows, case, max(scores.values())


def _numbers(item: Item, row: Declaration) -> tuple[list[dict], Decimal]:
    ranges = dict.fromkeys(_ranges(item, row))
    middles = {key: format((key[0] + key[1]) / 2, "f") for key in ranges}
    scores = _alone(item, row, list(middles.values()))
    marks = shares(scores)
    rows = [
        number_row(low, high, max(Decimal(0), marks[middles[low, high]]))
        for low, high in ranges
        if marks[middles[low, high]] > 0
    ]
    return rows, max(scores.values())


def _ranges(item: Item, row: Declaration) -> Iterator[tuple[Decimal, Decimal]]:
    """The ranges of numbers that the rules speak of; each is then run to see what it earns."""
    stated = list(_equals(item, row)) + list(_between(item, row))
    yield from stated
    single = [*row.correct, *(key for key, value, _exact in row.entries if value > 0)]
    for text in single:
        value = number(text)
        if value is None:
            raise Refused("NUMBER", f"“{text[:40]}” is no number.")
        if not any(low <= value <= high for low, high in stated):
            yield value, value


def _equals(item: Item, row: Declaration) -> Iterator[tuple[Decimal, Decimal]]:
    for node in item.rules.expressions("equal", "equalrounded"):
        if row.identifier not in {v.get("identifier") for v in node.elements("variable")}:
            continue
        for place, part in enumerate(node.elements()):
            texts = row.correct if part.tag == "correct" else [part.text()]
            value = number(texts[0]) if texts and part.tag in ("correct", "basevalue") else None
            if value is not None:
                yield interval(node, value) if place == 0 else _mirrored(node, value)


def _mirrored(node: Node, stated: Decimal) -> tuple[Decimal, Decimal]:
    """The numbers whose own interval holds `stated`: tolerance counts from the first of two."""
    below, above = (edge - stated for edge in interval(node, stated))
    if node.get("tolerancemode") != "relative":
        return stated - above, stated - below
    low, high = (1 + edge / stated if stated else Decimal(1) for edge in (below, above))
    if low <= 0:
        raise Refused("NUMBER", "A tolerance of 100 % or more takes any number.")
    ends = sorted((stated / high, stated / low))
    return _round(ends[0], ROUND_CEILING), _round(ends[1], ROUND_FLOOR)


def _round(value: Decimal, way: str) -> Decimal:
    return value.quantize(Decimal(1).scaleb(max(-12, value.adjusted() - 12)), rounding=way)


def _between(item: Item, row: Declaration) -> Iterator[tuple[Decimal, Decimal]]:
    for node in item.rules.expressions("and"):
        ends = {}
        for part in node.elements("gte", "gt", "lte", "lt"):
            if row.identifier in {v.get("identifier") for v in part.elements("variable")}:
                ends[part.tag[0]] = number(part.text_at("basevalue"))
        low, high = ends.get("g"), ends.get("l")
        if low is not None and high is not None and low <= high:
            yield low, high
