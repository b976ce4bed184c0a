"""QTI 2.0 to 2.2 and 3.0: one XML file for each item. Pure.

`xml.short` gives both the same names. As with QTI 1.2, what earns marks is found by running
the response processing of the item on each possible answer; an expression that this reader
does not know refuses the item instead of guessing.
"""

import html
import re
from collections.abc import Iterator
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, InvalidOperation
from functools import partial
from typing import BinaryIO

from assessments.formats.items import Draft, Read, Refused, answer, attempt, number_row
from assessments.formats.outcomes import (
    Outcome,
    Text,
    as_true_false,
    flat,
    option,
    shares,
    weights,
)
from assessments.formats.rich import escape, from_html, plain_text
from assessments.formats.xml import Node, records
from assessments.marking import number

BLOCKS = {
    "choiceinteraction", "orderinteraction", "matchinteraction", "associateinteraction",
    "extendedtextinteraction", "uploadinteraction",
}  # fmt: skip
INLINE = {"inlinechoiceinteraction", "textentryinteraction"}
_FEEDBACK = {"feedbackinline", "feedbackblock", "modalfeedback"}
_GAP = re.compile(r"\[\[\d+\]\]")
Values = list[str]


def read(file: BinaryIO) -> Iterator[Read]:
    """The items of a QTI 2 or 3 file, taken or refused; there is nearly always one."""
    for n, node in enumerate(records(file, "assessmentitem"), start=1):
        yield attempt(n, node.line, partial(_draft, node))


def _draft(node: Node) -> Draft:
    if node.fault:
        raise node.fault
    body = node.first("itembody")
    if body is None:
        raise Refused("STEM_MISSING", "The item shows nothing.")
    _refuse_special(node, body)
    found = [inner for inner in body.all() if inner.tag.endswith("interaction")]
    blocks = [inner for inner in found if inner.tag in BLOCKS]
    inline = [inner for inner in found if inner.tag in INLINE]
    for inner in found:
        if inner.tag not in BLOCKS | INLINE:
            raise Refused("INTERACTION", f"A <{inner.tag}> cannot be asked here.")
    if len(blocks) > 1 or (blocks and inline):
        raise Refused("COMPOSITE", "The item asks several questions in one.")
    item = _Item(node, body, inline)
    draft = Draft("description", item.stem[0], title=node.get("title") or node.get("identifier"))
    if item.stem[1] != "plain":
        draft.content["format"] = item.stem[1]
    if blocks:
        _BLOCK_READERS[blocks[0].tag](item, draft, blocks[0])
    elif inline:
        _inline(item, draft, inline)
    else:
        item.general(draft, [item.rules.run({})])
    return draft


def _refuse_special(node: Node, body: Node) -> None:
    if node.get("adaptive") in ("true", "1"):
        raise Refused("ADAPTIVE", "The item changes while it is answered.")
    if any(node.elements("templatedeclaration", "templateprocessing")):
        raise Refused("TEMPLATE", "The item makes up its numbers anew for each person.")
    if any(node.all("printedvariable", "templateblock", "templateinline")):
        raise Refused("TEMPLATE", "The text of the item shows a variable.")
    if any(node.elements("assessmentstimulusref")) or any(body.all("include")):
        raise Refused("REFERENCE", "The item borrows a text from another file.")


# --- What is shown -----------------------------------------------------------------------


class _Item:
    """An item taken apart: its text, its rules, its feedback."""

    def __init__(self, node: Node, body: Node, inline: list[Node]):
        self.places = {id(inner): place for place, inner in enumerate(inline, start=1)}
        self.rules = _Rules(node)
        self.feedback = [
            (row.get("outcomeidentifier"), row.get("identifier"), row.get("showhide", "show"),
             plain_text(self._inside(row, within_feedback=True)))
            for row in node.all(*_FEEDBACK)
        ]  # fmt: skip
        self.guidance = " ".join(
            plain_text(self._inside(row)) for row in node.all("rubricblock")
            if "candidate" not in row.get("view", "candidate")
        )  # fmt: skip
        self.stem = from_html(self._inside(body))

    def text_of(self, node: Node) -> Text:
        return from_html(self._inside(node))

    def _inside(self, node: Node, *, within_feedback: bool = False) -> str:
        """What an element shows, as HTML, with a mark for each gap and without feedback."""
        return "".join(
            _text(part, node) if isinstance(part, str) else self._source(part, within_feedback)
            for part in node.children
        )

    def _source(self, node: Node, within_feedback: bool) -> str:
        if id(node) in self.places:
            return f"[[{self.places[id(node)]}]]"
        if node.tag in _FEEDBACK and not within_feedback:
            return ""
        if node.tag == "rubricblock" and "candidate" not in node.get("view", "candidate"):
            return ""
        if node.tag in BLOCKS:
            prompt = node.first("prompt")
            return f"<p>{self._inside(prompt)}</p>" if prompt else ""
        if node.tag in ("stylesheet", "cataloginfo", "companionmaterialsinfo"):
            return ""
        href = f' href="{escape(node.get("href"))}"' if node.get("href") else ""
        inside = self._inside(node, within_feedback=within_feedback)
        return f"<{node.tag}{href}>{inside}</{node.tag}>" if node.tag != "br" else "<br>"

    def general(self, draft: Draft, outcomes: list[Outcome]) -> set[str]:
        """What is said to every answer becomes the general feedback; those texts."""
        common = set.intersection(*(set(outcome.feedback) for outcome in outcomes))
        draft.feedback = " ".join(
            text for text in dict.fromkeys(outcomes[0].feedback) if text in common
        )
        return common

    def run(self, answers: dict[str, Values]) -> Outcome:
        variables = self.rules.run_variables(answers)
        said = []
        for outcome, identifier, show, text in self.feedback:
            met = identifier in variables.get(outcome, [])
            if met == (show != "hide") and text:
                said.append(text)
        return Outcome(_decimal(variables.get("SCORE", [])), said)


def _text(text: str, within: Node) -> str:
    """A piece of text as HTML; only what is set as it stands keeps its line breaks."""
    return html.escape(text if within.tag == "pre" else re.sub(r"\s+", " ", text), quote=False)


def _said(outcome: Outcome, common: set[str]) -> str:
    return " ".join(text for text in dict.fromkeys(outcome.feedback) if text not in common)


# --- What is right -----------------------------------------------------------------------


def _decimal(values: Values) -> Decimal:
    try:
        value = Decimal(values[0].strip()) if values else Decimal(0)
    except InvalidOperation:
        return Decimal(0)
    return value if value.is_finite() and abs(value) < 10**6 else Decimal(0)


class _Declaration:
    """A response variable: its right answer and its mapping."""

    def __init__(self, node: Node, version3: bool):
        self.identifier = node.get("identifier")
        self.cardinality = node.get("cardinality", "single")
        self.base_type = node.get("basetype", "identifier")
        correct = node.first("correctresponse")
        self.correct = [
            _squeeze(value.text()) for value in (correct.elements("value") if correct else [])
        ]
        mapping = node.first("mapping")
        self.mapping = mapping
        self.entries: list[tuple[str, Decimal, bool]] = []
        for entry in mapping.elements("mapentry") if mapping else []:
            exact = entry.get("casesensitive", "false" if version3 else "true") != "false"
            value = _decimal([entry.get("mappedvalue", "0")])
            self.entries.append((_squeeze(entry.get("mapkey")), value, exact))

    def map(self, values: Values) -> Decimal:
        if self.mapping is None:
            raise Refused("RULES", "The marking rule uses a mapping that is not there.")
        default = _decimal([self.mapping.get("defaultvalue", "0")])
        total = sum((self._mapped(value, default) for value in dict.fromkeys(values)), Decimal(0))
        if low := self.mapping.get("lowerbound"):
            total = max(total, _decimal([low]))
        if high := self.mapping.get("upperbound"):
            total = min(total, _decimal([high]))
        return total

    def _mapped(self, value: str, default: Decimal) -> Decimal:
        for key, mapped, exact in self.entries:
            if self.same(key, value, exact=exact):
                return mapped
        return default

    def same(self, left: str, right: str, *, exact: bool = True) -> bool:
        if self.base_type == "pair":
            return sorted(left.split()) == sorted(right.split())
        if self.base_type in ("float", "integer"):
            return left == right or (number(left) is not None and number(left) == number(right))
        return left == right if exact else left.casefold() == right.casefold()


def _squeeze(text: str) -> str:
    return " ".join(text.split())


class _Rules:
    """The response processing of an item, run on any answer."""

    def __init__(self, node: Node):
        version3 = "v3" in " ".join(node.attributes.values())
        self.declarations = {
            row.get("identifier"): _Declaration(row, version3)
            for row in node.elements("responsedeclaration")
        }
        self.defaults = {
            row.get("identifier"): [_squeeze(value.text()) for value in row.all("value")]
            for row in node.elements("outcomedeclaration")
        }
        self.processing = node.first("responseprocessing")

    def declaration(self, interaction: Node) -> _Declaration:
        name = interaction.get("responseidentifier")
        if name not in self.declarations:
            raise Refused("RULES", f"The item does not declare its response {name[:30]}.")
        return self.declarations[name]

    @property
    def template(self) -> str:
        """The name of the standard rule that is used, or which fits where none is stated."""
        if self.processing is not None and self.processing.elements():
            return ""
        stated = self.processing.get("template") if self.processing else ""
        name = stated.rstrip("/").rpartition("/")[2].removesuffix(".xml").lower()
        if name:
            return name
        mapped = any(row.mapping for row in self.declarations.values())
        return "map_response" if mapped else "match_correct"

    def run(self, answers: dict[str, Values]) -> Outcome:
        return Outcome(_decimal(self.run_variables(answers).get("SCORE", [])))

    def run_variables(self, answers: dict[str, Values]) -> dict[str, Values]:
        run = _Run(self, answers)
        template = self.template
        if template:
            run.standard(template)
        elif self.processing is not None:
            run.rules(self.processing)
        return run.variables

    def expressions(self, *tags: str) -> Iterator[Node]:
        if self.processing is not None:
            yield from self.processing.all(*tags)


class _Run:
    """One run of the rules."""

    def __init__(self, rules: _Rules, answers: dict[str, Values]):
        self.declarations, self.answers = rules.declarations, answers
        self.variables = {name: list(values) for name, values in rules.defaults.items()}
        self.stopped = False

    def standard(self, template: str) -> None:
        score = Decimal(0)
        if template.startswith("match_correct"):
            rows = [row for row in self.declarations.values() if row.correct]
            met = [self._same(self.answers.get(r.identifier, []), r.correct, r) for r in rows]
            score = Decimal(bool(met) and all(met))
        elif template.startswith("map_response") and "point" not in template:
            rows = [row for row in self.declarations.values() if row.mapping]
            score = sum(
                (r.map(self.answers[r.identifier]) for r in rows if self.answers.get(r.identifier)),
                Decimal(0),
            )
        else:
            raise Refused("RULES", f"The marking rule {template[:40]} is not known.")
        self.variables["SCORE"] = [str(score)]

    def rules(self, node: Node) -> None:
        for rule in node.elements():
            if self.stopped:
                return
            if rule.tag == "setoutcomevalue":
                self.variables[rule.get("identifier")] = self._only(rule)
            elif rule.tag == "responsecondition":
                self._condition(rule)
            elif rule.tag == "exitresponse":
                self.stopped = True
            elif rule.tag in ("responseprocessingfragment", "fragment"):
                self.rules(rule)
            else:
                raise Refused("RULES", f"The marking rule uses <{rule.tag}>.")

    def _condition(self, node: Node) -> None:
        for branch in node.elements():
            if branch.tag == "responseelse":
                self._branch(branch, 0)
                return
            test = branch.elements()[:1]
            if test and self._true(test[0]):
                self._branch(branch, 1)
                return

    def _branch(self, node: Node, skip: int) -> None:
        rest = Node(node.tag, {}, node.line, list(node.elements()[skip:]))
        self.rules(rest)

    def _only(self, node: Node) -> Values:
        inner = node.elements()
        return self._value(inner[0]) if inner else []

    def _true(self, node: Node) -> bool:
        return self._value(node) == ["true"]

    def _value(self, node: Node) -> Values:
        reader = getattr(self, f"_x_{node.tag}", None)
        if reader is None:
            raise Refused("RULES", f"The marking rule uses <{node.tag}>.")
        return reader(node)

    def _parts(self, node: Node) -> list[Values]:
        return [self._value(inner) for inner in node.elements()]

    def _two(self, node: Node) -> tuple[Values, Values]:
        parts = self._parts(node)
        if len(parts) != 2:
            raise Refused("RULES", f"A <{node.tag}> of the marking rule compares no two values.")
        return parts[0], parts[1]

    def _declared(self, node: Node) -> _Declaration | None:
        """The response that an expression is about, for how its values are compared."""
        for inner in node.all("variable", "correct"):
            if inner.get("identifier") in self.declarations:
                return self.declarations[inner.get("identifier")]
        return None

    @staticmethod
    def _same(left: Values, right: Values, row: _Declaration | None) -> bool:
        if not left or not right or len(left) != len(right):
            return False
        if row is None:
            return left == right or (
                len(left) == 1 and number(left[0]) is not None
                and number(left[0]) == number(right[0])
            )  # fmt: skip
        if row.cardinality != "multiple":
            return all(row.same(a, b) for a, b in zip(left, right, strict=True))
        rest = list(right)
        for value in left:
            met = next((other for other in rest if row.same(value, other)), None)
            if met is None:
                return False
            rest.remove(met)
        return True

    # Expressions, each named after its element.

    def _x_variable(self, node):
        name = node.get("identifier")
        if name in self.declarations:
            return self.answers.get(name, [])
        return self.variables.get(name, [])

    def _x_correct(self, node):
        row = self.declarations.get(node.get("identifier"))
        return row.correct if row else []

    def _x_basevalue(self, node):
        return [_squeeze(node.text())]

    def _x_default(self, node):
        return []

    def _x_null(self, _node):
        return []

    def _x_isnull(self, node):
        return _bool(not self._only(node))

    def _x_and(self, node):
        return _bool(all(part == ["true"] for part in self._parts(node)))

    def _x_or(self, node):
        return _bool(any(part == ["true"] for part in self._parts(node)))

    def _x_not(self, node):
        return _bool(self._only(node) != ["true"])

    def _x_match(self, node):
        left, right = self._two(node)
        return _bool(self._same(left, right, self._declared(node)))

    def _x_equal(self, node):
        return _bool(_within(node, *self._two(node)))

    def _x_equalrounded(self, node):
        return _bool(_within(node, *self._two(node)))

    def _x_member(self, node):
        one, many = self._two(node)
        return _bool(bool(one) and one[0] in many)

    def _x_contains(self, node):
        many, few = self._two(node)
        return _bool(all(value in many for value in few))

    def _x_stringmatch(self, node):
        left, right = self._two(node)
        if not left or not right:
            return _bool(False)
        a, b = left[0], right[0]
        if node.get("casesensitive", "true") == "false":
            a, b = a.casefold(), b.casefold()
        return _bool(b in a if node.get("substring") == "true" else a == b)

    def _x_mapresponse(self, node):
        name = node.get("identifier")
        if name not in self.declarations:
            raise Refused("RULES", "The marking rule maps a response that is not there.")
        return [str(self.declarations[name].map(self.answers.get(name, [])))]

    def _x_sum(self, node):
        return [str(sum((_decimal([v]) for part in self._parts(node) for v in part), Decimal(0)))]

    def _x_product(self, node):
        total = Decimal(1)
        for part in self._parts(node):
            total *= _decimal(part)
        return [str(total)]

    def _x_subtract(self, node):
        left, right = self._two(node)
        return [str(_decimal(left) - _decimal(right))]

    def _x_divide(self, node):
        left, right = self._two(node)
        return [str(_decimal(left) / _decimal(right))] if _decimal(right) else []

    def _x_multiple(self, node):
        return [value for part in self._parts(node) for value in part]

    _x_ordered = _x_multiple

    def _compare(self, node, holds):
        left, right = self._two(node)
        a, b = (number(values[0]) if values else None for values in (left, right))
        return _bool(a is not None and b is not None and holds(a, b))

    def _x_gte(self, node):
        return self._compare(node, lambda a, b: a >= b)

    def _x_gt(self, node):
        return self._compare(node, lambda a, b: a > b)

    def _x_lte(self, node):
        return self._compare(node, lambda a, b: a <= b)

    def _x_lt(self, node):
        return self._compare(node, lambda a, b: a < b)


def _bool(value: bool) -> Values:
    return ["true" if value else "false"]


def _within(node: Node, left: Values, right: Values) -> bool:
    """Whether two numbers are equal within the tolerance that an <equal> states."""
    a, b = (number(values[0]) if values else None for values in (left, right))
    if a is None or b is None:
        return False
    low, high = _interval(node, a)
    return low <= b <= high


def _interval(node: Node, middle: Decimal) -> tuple[Decimal, Decimal]:
    """The numbers that an <equal> or <equalrounded> takes for `middle`."""
    if node.tag == "equalrounded":
        figures = int(number(node.get("figures", "3")) or 0)
        if node.get("roundingmode", "significantFigures") == "significantFigures":
            figures -= middle.adjusted() + 1
        half = Decimal(5).scaleb(-max(-50, min(figures, 50)) - 1)
        return middle - half, middle + half
    steps = [number(part) or Decimal(0) for part in node.get("tolerance").split()] or [Decimal(0)]
    below, above = abs(steps[0]), abs(steps[-1])
    mode = node.get("tolerancemode", "exact")
    if mode == "relative":
        return middle - abs(middle) * below / 100, middle + abs(middle) * above / 100
    if mode == "absolute":
        return middle - below, middle + above
    return middle, middle


# --- One block ------------------------------------------------------------------------------


def _choice(item: _Item, draft: Draft, node: Node) -> None:
    row = item.rules.declaration(node)
    choices = {c.get("identifier"): item.text_of(c) for c in node.elements("simplechoice")}
    if not choices:
        raise Refused("ANSWERS_MISSING", "There is nothing to choose from.")
    outcomes = {name: item.run({row.identifier: [name]}) for name in choices}
    common = item.general(draft, list(outcomes.values()))
    scores = {name: outcome.score for name, outcome in outcomes.items()}
    many = row.cardinality == "multiple"
    if many:
        right = [v for v in row.correct if v in choices] or [
            key for key, value, _exact in row.entries if value > 0 and key in choices
        ]
        marks, exact = weights(
            scores, right, lambda chosen: item.run({row.identifier: chosen}).score
        )
        draft.type = "multiple_response"
        draft.content |= {"exact": True} if exact else {}
    else:
        marks = shares(scores)
        draft.type = "single_choice"
    draft.content["answers"] = [
        option(text, marks[name], _said(outcomes[name], common), item.stem[1])
        for name, text in choices.items()
    ]
    if not many:
        as_true_false(draft)


def _order(item: _Item, draft: Draft, node: Node) -> None:
    row = item.rules.declaration(node)
    choices = {c.get("identifier"): flat(item.text_of(c)) for c in node.elements("simplechoice")}
    if sorted(row.correct) != sorted(choices):
        raise Refused("ORDER", "The file does not say which order of all items is right.")
    full = item.run({row.identifier: row.correct})
    if full.score <= 0:
        raise Refused("NO_RIGHT_ANSWER", "No answer earns full marks.")
    item.general(draft, [full, item.run({row.identifier: row.correct[::-1]})])
    draft.type = "ordering"
    draft.content |= {"items": [choices[name] for name in row.correct], "exact": True}


def _match(item: _Item, draft: Draft, node: Node) -> None:
    sets = [
        {c.get("identifier"): flat(item.text_of(c)) for c in part.elements()}
        for part in node.elements("simplematchset")
    ]
    if len(sets) != 2:
        raise Refused("PAIR", "Matching needs two sets.")
    row = item.rules.declaration(node)
    _pairs(item, draft, row, *sets)


def _associate(item: _Item, draft: Draft, node: Node) -> None:
    """Pairs out of one set: the first of each is asked, the others are offered."""
    row = item.rules.declaration(node)
    choices = {
        c.get("identifier"): flat(item.text_of(c)) for c in node.elements("simpleassociablechoice")
    }
    firsts = [key.split()[0] for key in _right_pairs(row) if key.split()]
    lefts = {name: choices[name] for name in firsts if name in choices}
    rights = {name: text for name, text in choices.items() if name not in lefts}
    _pairs(item, draft, row, lefts, rights)


def _right_pairs(row: _Declaration) -> list[str]:
    return row.correct or [key for key, value, _exact in row.entries if value > 0]


def _pairs(
    item: _Item, draft: Draft, row: _Declaration, lefts: dict[str, str], rights: dict[str, str]
) -> None:
    keys = [key.split() for key in _right_pairs(row)]
    if any(len(key) != 2 for key in keys):
        raise Refused("PAIR", "A right pair does not have two sides.")
    if [left for left, _right in keys] != list(dict.fromkeys(left for left, _right in keys)):
        keys = [[right, left] for left, right in keys]  # several rights to a left: ask the rights
        lefts, rights = rights, lefts
    asked = [left for left, _right in keys]
    if sorted(asked) != sorted(lefts) or any(right not in rights for _left, right in keys):
        raise Refused("PAIR", "Not every item on one side has exactly one partner.")
    full = item.run({row.identifier: _right_pairs(row)}).score
    if full <= 0:
        raise Refused("NO_RIGHT_ANSWER", "No answer earns full marks.")
    alone = [item.run({row.identifier: [key]}).score for key in _right_pairs(row)]
    draft.type = "matching"
    used = {right for _left, right in keys}
    draft.content |= {
        "pairs": [[lefts[left], rights[right]] for left, right in keys],
        "extra": [text for name, text in rights.items() if name not in used],
    }
    if abs(sum(alone) - full) > full / 100:
        draft.content["exact"] = True
    elif len(set(alone)) > 1:
        draft.content["weights"] = [answer("", score / full * 100)["fraction"] for score in alone]
    item.general(draft, [item.run({row.identifier: [key]}) for key in _right_pairs(row)])


def _essay(item: _Item, draft: Draft, _node: Node) -> None:
    draft.type = "essay"
    item.general(draft, [item.run({})])
    if item.guidance:
        draft.content["guidance"] = item.guidance


def _upload(item: _Item, draft: Draft, node: Node) -> None:
    _essay(item, draft, node)
    draft.type = "file"


_BLOCK_READERS = {
    "choiceinteraction": _choice,
    "orderinteraction": _order,
    "matchinteraction": _match,
    "associateinteraction": _associate,
    "extendedtextinteraction": _essay,
    "uploadinteraction": _upload,
}


# --- Gaps in the text ------------------------------------------------------------------------


def _inline(item: _Item, draft: Draft, nodes: list[Node]) -> None:
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


def _gap(item: _Item, node: Node) -> tuple[dict, Decimal]:
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


def _alone(item: _Item, row: _Declaration, values: list[str]) -> dict[str, Decimal]:
    """What each value earns by itself; where only all gaps together do, whether it is right."""
    scores = {value: item.run({row.identifier: [value]}).score for value in values}
    if any(score > 0 for score in scores.values()):
        return scores
    right = {r.identifier: r.correct for r in item.rules.declarations.values()}
    full = item.run(right).score
    found = {value: item.run(right | {row.identifier: [value]}).score for value in values}
    return {value: score if score >= full > 0 else Decimal(0) for value, score in found.items()}


def _one_entry(item: _Item, draft: Draft, node: Node) -> None:
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


def _texts(item: _Item, row: _Declaration) -> tuple[list[dict], bool, Decimal]:
    stated = [_squeeze(part.text()) for node in item.rules.expressions("stringmatch", "match")
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


def _numbers(item: _Item, row: _Declaration) -> tuple[list[dict], Decimal]:
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


def _ranges(item: _Item, row: _Declaration) -> Iterator[tuple[Decimal, Decimal]]:
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


def _equals(item: _Item, row: _Declaration) -> Iterator[tuple[Decimal, Decimal]]:
    for node in item.rules.expressions("equal", "equalrounded"):
        if row.identifier not in {v.get("identifier") for v in node.elements("variable")}:
            continue
        for place, part in enumerate(node.elements()):
            texts = row.correct if part.tag == "correct" else [part.text()]
            value = number(texts[0]) if texts and part.tag in ("correct", "basevalue") else None
            if value is not None:
                yield _interval(node, value) if place == 0 else _mirrored(node, value)


def _mirrored(node: Node, stated: Decimal) -> tuple[Decimal, Decimal]:
    """The numbers whose own interval holds `stated`: tolerance counts from the first of two."""
    below, above = (edge - stated for edge in _interval(node, stated))
    if node.get("tolerancemode") != "relative":
        return stated - above, stated - below
    low, high = (1 + edge / stated if stated else Decimal(1) for edge in (below, above))
    if low <= 0:
        raise Refused("NUMBER", "A tolerance of 100 % or more takes any number.")
    ends = sorted((stated / high, stated / low))
    return _round(ends[0], ROUND_CEILING), _round(ends[1], ROUND_FLOOR)


def _round(value: Decimal, way: str) -> Decimal:
    return value.quantize(Decimal(1).scaleb(max(-12, value.adjusted() - 12)), rounding=way)


def _between(item: _Item, row: _Declaration) -> Iterator[tuple[Decimal, Decimal]]:
    for node in item.rules.expressions("and"):
        ends = {}
        for part in node.elements("gte", "gt", "lte", "lt"):
            if row.identifier in {v.get("identifier") for v in part.elements("variable")}:
                ends[part.tag[0]] = number(part.text_at("basevalue"))
        low, high = ends.get("g"), ends.get("l")
        if low is not None and high is not None and low <= high:
            yield low, high
