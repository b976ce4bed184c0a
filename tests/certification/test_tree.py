"""Rules as trees: what is refused, and what is met."""

from datetime import date
from decimal import Decimal

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from certification.tree import (
    Facts,
    Observed,
    Passed,
    RuleError,
    Stay,
    cycle_in,
    evaluate,
    leaves,
    parse,
)
from competencies.standing import Held, State

DAY = date(2026, 6, 1)
COURSE = {"course": "c", "percent": 80}
FACTS = Facts(
    courses={"c": (Passed(date(2026, 1, 5), Decimal(85), "Cabling", 7),)},
    quizzes={"q": (Passed(date(2026, 2, 1), Decimal(60)), Passed(date(2026, 3, 1), Decimal(90)))},
    observations={"CCO-01": (Observed(date(2026, 4, 1), 2, date(2027, 4, 1)),)},
    standing={"NET-01": Held(1, State.CURRENT, date(2025, 1, 1), None)},
    stays=(
        Stay(date(2024, 1, 1), date(2025, 1, 31), at_centre=True),
        Stay(date(2025, 2, 1), None, at_centre=True),
    ),
    certificates={"base": (date(2026, 1, 5), date(2028, 1, 5))},
    levels={("CCO-01", "Entry"): 1, ("CCO-01", "Advanced"): 3},
)


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (None, "written as name and value"),
        ([], "written as name and value"),
        ({}, "a part is one of"),
        ({"shoes": 1}, "a part is one of"),
        ({"course": "a", "quiz": "b"}, "a part is one of"),
        ({"course": "a", "colour": "b"}, "“colour” is not known"),
        ({"all": []}, "needs a list"),
        ({"all": "x"}, "needs a list"),
        ({"all": [COURSE], "any": [COURSE]}, "“any” is not known"),
        ({"of": [COURSE]}, "“at_least”"),
        ({"at_least": 2, "of": [COURSE]}, "“at_least”"),
        ({"at_least": 0, "of": [COURSE]}, "“at_least”"),
        ({"at_least": True, "of": [COURSE]}, "“at_least”"),
        ({"course": ""}, "needs a name"),
        ({"course": 7}, "needs a name"),
        ({"course": "c", "percent": 101}, "from 0 to 100"),
        ({"course": "c", "percent": "x"}, "from 0 to 100"),
        ({"tenure": "x"}, "number of months"),
        ({"tenure": True}, "number of months"),
        ({"tenure": 6, "at": "home"}, "can only be “centre”"),
        ({"any": [COURSE, {"all": [{"quiz": ""}]}]}, "any 2 → all 1"),
        ({"all": [COURSE] * 101}, "too large"),
    ],
)
def test_what_is_no_rule_is_refused_with_its_place(raw, why):
    with pytest.raises(RuleError, match=why):
        parse(raw)


def test_a_rule_that_contains_itself_is_refused():
    with pytest.raises(RuleError, match="contains itself"):
        parse(yaml.safe_load("all: &parts\n- course: c\n- any: *parts\n"))
    with pytest.raises(RuleError, match="contains itself"):
        parse(yaml.safe_load("&rule\nall:\n- *rule\n"))


def test_a_rule_that_is_too_deep_is_refused():
    raw = COURSE
    for _each in range(12):
        raw = {"all": [raw]}
    with pytest.raises(RuleError, match="too large"):
        parse(raw)


@pytest.mark.parametrize(
    ("raw", "met", "on"),
    [
        (COURSE, True, date(2026, 1, 5)),
        ({"course": "c", "percent": 90}, False, None),
        ({"course": "other"}, False, None),
        ({"quiz": "q"}, True, date(2026, 2, 1)),
        ({"quiz": "q", "percent": 80}, True, date(2026, 3, 1)),
        ({"observation": "CCO-01", "level": "Entry"}, True, date(2026, 4, 1)),
        ({"observation": "CCO-01", "level": "Advanced"}, False, None),
        ({"standing": "NET-01"}, True, date(2025, 1, 1)),
        ({"standing": "NET-02"}, False, None),
        ({"tenure": 24, "at": "centre"}, True, date(2026, 1, 1)),
        ({"tenure": 36}, False, None),
        ({"certificate": "base"}, True, date(2026, 1, 5)),
        ({"certificate": "x"}, False, None),
        ({"all": [COURSE, {"quiz": "q"}]}, True, date(2026, 2, 1)),
        ({"all": [COURSE, {"quiz": "x"}]}, False, None),
        ({"any": [{"quiz": "q"}, COURSE]}, True, date(2026, 1, 5)),
        ({"at_least": 2, "of": [{"quiz": "x"}, {"quiz": "q"}, COURSE]}, True, date(2026, 2, 1)),
        ({"at_least": 3, "of": [{"quiz": "x"}, {"quiz": "q"}, COURSE]}, False, None),
    ],
)
def test_each_kind_of_part(raw, met, on):
    outcome = evaluate(parse(raw), FACTS, day=DAY)
    assert (outcome.met, outcome.on) == (met, on)
    assert bool(outcome.missing) != met


def test_a_renewal_wants_fresh_results():
    rule = parse({"quiz": "q"})
    assert evaluate(rule, FACTS, day=DAY, since=date(2026, 3, 1)).on == date(2026, 3, 1)
    assert not evaluate(rule, FACTS, day=DAY, since=date(2026, 3, 2)).met


def test_what_is_missing_is_said():
    rule = parse({"all": [COURSE, {"any": [{"quiz": "x"}, {"tenure": 60, "at": "centre"}]}]})
    missing = evaluate(rule, FACTS, day=DAY).missing
    assert missing == ("1 of: the quiz “x”; 60 months in service at a centre",)


LEAF = st.sampled_from([COURSE, {"quiz": "q"}, {"quiz": "x"}, {"course": "y"}, {"tenure": 1}])
TREE = st.recursive(
    LEAF,
    lambda parts: st.one_of(
        st.builds(lambda rows: {"all": rows}, st.lists(parts, min_size=1, max_size=3)),
        st.builds(lambda rows: {"any": rows}, st.lists(parts, min_size=1, max_size=3)),
        st.lists(parts, min_size=1, max_size=3).flatmap(
            lambda rows: st.integers(1, len(rows)).map(lambda n: {"at_least": n, "of": rows})
        ),
    ),
    max_leaves=8,
)


def _plainly(raw) -> bool:
    """The same by Python's own words, without dates."""
    if "all" in raw:
        return all(_plainly(part) for part in raw["all"])
    if "any" in raw:
        return any(_plainly(part) for part in raw["any"])
    if "of" in raw:
        return sum(_plainly(part) for part in raw["of"]) >= raw["at_least"]
    return raw in (COURSE, {"quiz": "q"}, {"tenure": 1})


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(TREE)
def test_any_tree_is_met_as_its_words_say(raw):
    rule = parse(raw)
    outcome = evaluate(rule, FACTS, day=DAY)
    assert outcome.met == _plainly(raw)
    assert list(leaves(rule))
    if outcome.met:
        assert outcome.on <= DAY
        assert outcome.basis


def test_schemes_that_need_each_other_are_found():
    assert cycle_in({"a": ["b"], "b": ["c"], "c": []}) == []
    assert cycle_in({"a": ["b"], "b": ["c"], "c": ["b"]}) == ["b", "c", "b"]
    assert cycle_in({"a": ["a"]}) == ["a", "a"]
