"""Whether facts meet a rule. Pure."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from certification.tree.facts import Facts, Mark, Outcome, Passed
from certification.tree.rules import Group, Leaf, Rule, describe
from competencies.standing import State, add_months


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
