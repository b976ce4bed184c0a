"""A written rule, read or refused. Pure."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from certification.tree.rules import Group, Leaf, Rule

DEEPEST = 8
MOST_PARTS = 100
GROUPS = ("all", "any", "of")
LEAVES = {
    "course": {"percent"},
    "quiz": {"percent"},
    "observation": {"level"},
    "standing": {"level"},
    "tenure": {"at"},
    "certificate": set(),
}


class RuleError(ValueError):
    """A tree that is no rule; the text says where and why."""


def parse(raw: Any) -> Rule:
    """The rule that `raw` writes down; RuleError names the place that is wrong.

    A tree that contains itself, is deeper than 8 groups or has more than 100 parts is refused.
    """
    counted = [0]
    return _parse(raw, _("the rule"), (), counted)


def _parse(raw: Any, where: str, above: tuple[int, ...], counted: list[int]) -> Rule:
    if not isinstance(raw, dict):
        raise RuleError(
            _("%(where)s: a part is written as name and value, such as “course: its-slug”.")
            % {"where": where}
        )
    if id(raw) in above:
        raise RuleError(_("%(where)s: the rule contains itself.") % {"where": where})
    counted[0] += 1
    if counted[0] > MOST_PARTS or len(above) > 2 * DEEPEST:
        raise RuleError(_("%(where)s: the rule is too large.") % {"where": where})
    groups = [name for name in GROUPS if name in raw]
    if groups:
        return _parse_group(raw, groups[0], where, (*above, id(raw)), counted)
    return _parse_leaf(raw, where)


def _parse_group(
    raw: dict, name: str, where: str, above: tuple[int, ...], counted: list[int]
) -> Group:
    allowed = {name, "at_least"} if name == "of" else {name}
    _refuse_unknown(raw, allowed, where)
    rows = raw[name]
    if not isinstance(rows, list) or not rows:
        raise RuleError(
            _("%(where)s: “%(name)s” needs a list of parts.") % {"where": where, "name": name}
        )
    if id(rows) in above:
        raise RuleError(_("%(where)s: the rule contains itself.") % {"where": where})
    parts = tuple(
        _parse(row, f"{where} → {name} {number}", (*above, id(rows)), counted)
        for number, row in enumerate(rows, start=1)
    )
    needed = {"all": len(parts), "any": 1, "of": raw.get("at_least")}[name]
    if not isinstance(needed, int) or isinstance(needed, bool) or not 1 <= needed <= len(parts):
        raise RuleError(
            _("%(where)s: “at_least” is a number from 1 to %(count)d, the number of its parts.")
            % {"where": where, "count": len(parts)}
        )
    return Group(needed, parts)


def _parse_leaf(raw: dict, where: str) -> Leaf:
    kinds = [name for name in raw if name in LEAVES]
    if len(kinds) != 1:
        known = ", ".join(("all", "any", "at_least", *LEAVES))
        raise RuleError(
            _("%(where)s: a part is one of: %(known)s.") % {"where": where, "known": known}
        )
    [kind] = kinds
    _refuse_unknown(raw, {kind} | LEAVES[kind], where)
    if kind == "tenure":
        return _parse_tenure(raw, where)
    key, level = raw[kind], raw.get("level", "")
    if not isinstance(key, str) or not key.strip() or not isinstance(level, str):
        raise RuleError(_("%(where)s: “%(kind)s” needs a name.") % {"where": where, "kind": kind})
    return Leaf(kind, key.strip(), percent=_percent(raw.get("percent"), where), level=level.strip())


def _parse_tenure(raw: dict, where: str) -> Leaf:
    months, at = raw["tenure"], raw.get("at")
    if not isinstance(months, int) or isinstance(months, bool) or not 1 <= months <= 600:
        raise RuleError(_("%(where)s: “tenure” is a number of months.") % {"where": where})
    if at not in (None, "centre"):
        raise RuleError(_("%(where)s: “at” can only be “centre”.") % {"where": where})
    return Leaf("tenure", str(months), at_centre=at == "centre")


def _percent(value: Any, where: str) -> Decimal | None:
    if value is None:
        return None
    try:
        percent = Decimal(str(value))
    except InvalidOperation:
        percent = Decimal(-1)
    if isinstance(value, bool) or not 0 <= percent <= 100:
        raise RuleError(_("%(where)s: “percent” is a number from 0 to 100.") % {"where": where})
    return percent


def _refuse_unknown(raw: dict, allowed: set[str], where: str) -> None:
    if unknown := [str(name) for name in raw if name not in allowed]:
        raise RuleError(
            _("%(where)s: “%(name)s” is not known here.") % {"where": where, "name": unknown[0]}
        )
