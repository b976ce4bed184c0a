"""Rules of certification as trees of plain values: read, refused or evaluated, without database.

A rule is a group or a leaf, written as a mapping:

    all: [...]                 every part
    any: [...]                 one part
    at_least: 2, of: [...]     so many parts

    course: slug               completed; with `percent`, with such a result in its quiz
    quiz: slug                 passed; with `percent`, so well
    observation: CCO-01        observed at work by an assessor; with `level`
    standing: CCO-01           held today, by any assessed evidence; with `level`
    tenure: 6                  months in a posting; with `at: centre`, at a centre
    certificate: code          another certificate that holds
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from competencies.standing import Held, State, add_months

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


@dataclass(frozen=True)
class Leaf:
    kind: str
    key: str  # slug, competency or scheme code; months of a tenure
    percent: Decimal | None = None
    level: str = ""
    at_centre: bool = False

    @property
    def months(self) -> int:
        return int(self.key)

    @property
    def text(self) -> str:
        return describe(self)


@dataclass(frozen=True)
class Group:
    needed: int
    parts: tuple["Rule", ...]

    @property
    def text(self) -> str:
        if self.needed == len(self.parts):
            return _("all of these")
        if self.needed == 1:
            return _("one of these")
        return _("%(count)d of these") % {"count": self.needed}


Rule = Leaf | Group


@dataclass(frozen=True)
class Passed:
    """A course completed or a quiz passed."""

    on: date
    percent: Decimal | None = None
    title: str = ""
    completion: int | None = None


@dataclass(frozen=True)
class Observed:
    on: date
    level: int
    until: date | None = None


@dataclass(frozen=True)
class Stay:
    """A posting, from a day to a day."""

    starts: date
    ends: date | None
    at_centre: bool


@dataclass(frozen=True)
class Facts:
    """All that a rule may ask of one person."""

    courses: Mapping[str, tuple[Passed, ...]] = field(default_factory=dict)
    quizzes: Mapping[str, tuple[Passed, ...]] = field(default_factory=dict)
    observations: Mapping[str, tuple[Observed, ...]] = field(default_factory=dict)
    standing: Mapping[str, Held] = field(default_factory=dict)
    stays: tuple[Stay, ...] = ()
    certificates: Mapping[str, tuple[date, date | None]] = field(default_factory=dict)
    levels: Mapping[tuple[str, str], int] = field(default_factory=dict)  # (competency, name)


@dataclass(frozen=True)
class Mark:
    """A result in percent that a rule was met with."""

    title: str
    percent: Decimal
    required: Decimal | None


@dataclass(frozen=True)
class Outcome:
    """Whether a rule is met, since which day, by what; or what is missing."""

    met: bool
    on: date | None = None
    basis: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    marks: tuple[Mark, ...] = ()
    completion: int | None = None


# --- Reading ------------------------------------------------------------------------------


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


def leaves(rule: Rule) -> Iterable[Leaf]:
    """Every leaf of a rule, in its order."""
    if isinstance(rule, Leaf):
        yield rule
        return
    for part in rule.parts:
        yield from leaves(part)


def cycle_in(needs: Mapping[str, Iterable[str]]) -> list[str]:
    """A ring of schemes that need each other's certificate, or nothing: code -> codes it needs."""
    done: set[str] = set()

    def walk(code: str, path: list[str]) -> list[str]:
        if code in path:
            return [*path[path.index(code) :], code]
        if code in done:
            return []
        for needed in needs.get(code, ()):
            if ring := walk(needed, [*path, code]):
                return ring
        done.add(code)
        return []

    for code in needs:
        if ring := walk(code, []):
            return ring
    return []


# --- Evaluating -----------------------------------------------------------------------------


def evaluate(rule: Rule, facts: Facts, *, day: date, since: date | None = None) -> Outcome:
    """Whether `facts` meet `rule` on `day`.

    With `since`, results and observations of earlier days do not count: a renewal wants
    fresh ones. A group is met from the day on which enough of its parts were.
    """
    if isinstance(rule, Leaf):
        return _LEAVES[rule.kind](rule, facts, day, since or date.min)
    found = [evaluate(part, facts, day=day, since=since) for part in rule.parts]
    met = sorted((one for one in found if one.met), key=lambda one: one.on or date.min)
    if len(met) < rule.needed:
        return Outcome(False, missing=_missing(rule, found))
    used = met[: rule.needed]
    return Outcome(
        True,
        on=max((one.on for one in used if one.on), default=None),
        basis=tuple(text for one in used for text in one.basis),
        marks=tuple(mark for one in used for mark in one.marks),
        completion=max((one.completion for one in used if one.completion), default=None),
    )


def _missing(rule: Group, found: list[Outcome]) -> tuple[str, ...]:
    lacking = [text for one in found if not one.met for text in one.missing]
    if rule.needed == len(rule.parts):
        return tuple(lacking)
    left = rule.needed - sum(one.met for one in found)
    return (_("%(count)d of: %(parts)s") % {"count": left, "parts": "; ".join(lacking)},)


def _met(text: str, on: date, **more: Any) -> Outcome:
    return Outcome(True, on=on, basis=(text,), **more)


def _best(rows: Iterable[Passed], leaf: Leaf, day: date, since: date) -> Passed | None:
    """The earliest result that is good enough."""
    good = [
        row
        for row in rows
        if since <= row.on <= day
        and (not leaf.percent or (row.percent is not None and row.percent >= leaf.percent))
    ]
    return min(good, key=lambda row: row.on, default=None)


def _course(leaf: Leaf, facts: Facts, day: date, since: date) -> Outcome:
    row = _best(facts.courses.get(leaf.key, ()), leaf, day, since)
    if row is None:
        return Outcome(False, missing=(describe(leaf),))
    return _result_met(leaf, row, _("Passed the course “%(title)s”") % {"title": row.title})


def _quiz(leaf: Leaf, facts: Facts, day: date, since: date) -> Outcome:
    row = _best(facts.quizzes.get(leaf.key, ()), leaf, day, since)
    if row is None:
        return Outcome(False, missing=(describe(leaf),))
    return _result_met(leaf, row, _("Passed the quiz “%(title)s”") % {"title": row.title})


def _result_met(leaf: Leaf, row: Passed, text: str) -> Outcome:
    if row.percent is None:
        return _met(text, row.on, completion=row.completion)
    mark = Mark(row.title, row.percent, leaf.percent or None)
    text = _("%(text)s with %(percent)d %%") % {"text": text, "percent": row.percent}
    return _met(text, row.on, marks=(mark,), completion=row.completion)


def _observation(leaf: Leaf, facts: Facts, day: date, since: date) -> Outcome:
    level = facts.levels.get((leaf.key, leaf.level), 1)
    good = [
        row.on
        for row in facts.observations.get(leaf.key, ())
        if since <= row.on <= day and row.level >= level and (not row.until or row.until >= day)
    ]
    if not good:
        return Outcome(False, missing=(describe(leaf),))
    return _met(_("Observed at work: %(code)s") % {"code": leaf.key}, min(good))


def _standing(leaf: Leaf, facts: Facts, day: date, since: date) -> Outcome:
    held = facts.standing.get(leaf.key)
    level = facts.levels.get((leaf.key, leaf.level), 1)
    if held is None or held.state == State.LAPSED or held.level < level:
        return Outcome(False, missing=(describe(leaf),))
    return _met(_("Holds the competency %(code)s") % {"code": leaf.key}, held.since)


def _tenure(leaf: Leaf, facts: Facts, day: date, since: date) -> Outcome:
    """The posting of `day` has lasted the months; an unbroken row of postings counts as one."""
    stays = sorted(
        (stay for stay in facts.stays if stay.at_centre or not leaf.at_centre),
        key=lambda stay: stay.starts,
    )
    begun: date | None = None
    ended: date | None = None
    for stay in stays:
        if stay.starts > day:
            break
        follows = begun is not None and ended is not None and (stay.starts - ended).days <= 1
        begun = begun if follows else stay.starts
        ended = stay.ends or date.max
    if begun is None or ended is None or ended < day or add_months(begun, leaf.months) > day:
        return Outcome(False, missing=(describe(leaf),))
    return _met(describe(leaf), add_months(begun, leaf.months))


def _certificate(leaf: Leaf, facts: Facts, day: date, since: date) -> Outcome:
    span = facts.certificates.get(leaf.key)
    if span is None or span[0] > day or (span[1] and span[1] < day):
        return Outcome(False, missing=(describe(leaf),))
    return _met(describe(leaf), span[0])


_LEAVES = {
    "course": _course,
    "quiz": _quiz,
    "observation": _observation,
    "standing": _standing,
    "tenure": _tenure,
    "certificate": _certificate,
}


# --- In words -------------------------------------------------------------------------------


def describe(leaf: Leaf) -> str:
    """What a leaf asks for, in a few words."""
    at = _(" at a centre") if leaf.at_centre else ""
    text = {
        "course": _("the course “%(key)s”"),
        "quiz": _("the quiz “%(key)s”"),
        "observation": _("%(key)s observed at work"),
        "standing": _("the competency %(key)s"),
        "tenure": _("%(key)s months in service%(at)s"),
        "certificate": _("the certificate “%(key)s”"),
    }[leaf.kind] % {"key": leaf.key, "at": at}
    if leaf.percent:
        text = _("%(text)s with %(percent)d %%") % {"text": text, "percent": leaf.percent}
    if leaf.level:
        text = _("%(text)s at the level %(level)s") % {"text": text, "level": leaf.level}
    return text
