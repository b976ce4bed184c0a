"""The response processing of an item, run on any answer. Pure."""

from collections.abc import Iterator
from decimal import Decimal

from assessments.formats.items import Refused
from assessments.formats.outcomes import (
    Outcome,
)
from assessments.formats.qti2.declarations import Declaration, Values, decimal, squeeze
from assessments.formats.xml import Node
from assessments.marking import number


class Rules:
    """The response processing of an item, run on any answer."""

    def __init__(self, node: Node):
        version3 = "v3" in " ".join(node.attributes.values())
        self.declarations = {
            row.get("identifier"): Declaration(row, version3)
            for row in node.elements("responsedeclaration")
        }
        self.defaults = {
            row.get("identifier"): [squeeze(value.text()) for value in row.all("value")]
            for row in node.elements("outcomedeclaration")
        }
        self.processing = node.first("responseprocessing")

    def declaration(self, interaction: Node) -> Declaration:
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
        return Outcome(decimal(self.run_variables(answers).get("SCORE", [])))

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

    def __init__(self, rules: Rules, answers: dict[str, Values]):
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

    def _declared(self, node: Node) -> Declaration | None:
        """The response that an expression is about, for how its values are compared."""
        for inner in node.all("variable", "correct"):
            if inner.get("identifier") in self.declarations:
                return self.declarations[inner.get("identifier")]
        return None

    @staticmethod
    def _same(left: Values, right: Values, row: Declaration | None) -> bool:
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
        return [squeeze(node.text())]

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
        return [str(sum((decimal([v]) for part in self._parts(node) for v in part), Decimal(0)))]

    def _x_product(self, node):
        total = Decimal(1)
        for part in self._parts(node):
            total *= decimal(part)
        return [str(total)]

    def _x_subtract(self, node):
        left, right = self._two(node)
        return [str(decimal(left) - decimal(right))]

    def _x_divide(self, node):
        left, right = self._two(node)
        return [str(decimal(left) / decimal(right))] if decimal(right) else []

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
    low, high = interval(node, a)
    return low <= b <= high


def interval(node: Node, middle: Decimal) -> tuple[Decimal, Decimal]:
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
