"""The responses that an item declares: their right answers and mappings. Pure."""

from decimal import Decimal, InvalidOperation

from assessments.formats.items import Refused
from assessments.formats.xml import Node
from assessments.marking import number

Values = list[str]


def decimal(values: Values) -> Decimal:
    try:
        value = Decimal(values[0].strip()) if values else Decimal(0)
    except InvalidOperation:
        return Decimal(0)
    return value if value.is_finite() and abs(value) < 10**6 else Decimal(0)


class Declaration:
    """A response variable: its right answer and its mapping."""

    def __init__(self, node: Node, version3: bool):
        self.identifier = node.get("identifier")
        self.cardinality = node.get("cardinality", "single")
        self.base_type = node.get("basetype", "identifier")
        correct = node.first("correctresponse")
        self.correct = [
            squeeze(value.text()) for value in (correct.elements("value") if correct else [])
        ]
        mapping = node.first("mapping")
        self.mapping = mapping
        self.entries: list[tuple[str, Decimal, bool]] = []
        for entry in mapping.elements("mapentry") if mapping else []:
            exact = entry.get("casesensitive", "false" if version3 else "true") != "false"
            value = decimal([entry.get("mappedvalue", "0")])
            self.entries.append((squeeze(entry.get("mapkey")), value, exact))

    def map(self, values: Values) -> Decimal:
        if self.mapping is None:
            raise Refused("RULES", "The marking rule uses a mapping that is not there.")
        default = decimal([self.mapping.get("defaultvalue", "0")])
        total = sum((self._mapped(value, default) for value in dict.fromkeys(values)), Decimal(0))
        if low := self.mapping.get("lowerbound"):
            total = max(total, decimal([low]))
        if high := self.mapping.get("upperbound"):
            total = min(total, decimal([high]))
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


def squeeze(text: str) -> str:
    return " ".join(text.split())
