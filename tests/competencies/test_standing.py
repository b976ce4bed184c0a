"""Standing follows from evidence and a day: at each edge, and for any evidence at all."""

from datetime import date, timedelta

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from competencies.queries import held_by
from competencies.services import record_evidence
from competencies.standing import LAPSING, Fact, State, add_months, standing
from tests.factories.courses import CompetencyFactory
from tests.factories.people import PersonFactory

ENDS = date(2026, 10, 1)
DAY = timedelta(days=1)
DAYS = st.dates(date(2000, 1, 1), date(2040, 12, 31))
FACTS = st.lists(
    st.builds(Fact, st.integers(1, 4), DAYS, st.none() | DAYS, st.booleans()), max_size=6
)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("day", "state"),
    [
        (ENDS - LAPSING - DAY, State.CURRENT),
        (ENDS - LAPSING, State.LAPSING),
        (ENDS, State.LAPSING),
        (ENDS + DAY, State.LAPSED),
    ],
)
def test_state_at_each_edge(signed_in, day, state):
    competency = CompetencyFactory()
    level = competency.framework.levels.first()
    level.descriptors.create(competency=competency, renew_every_months=24)
    person = PersonFactory()
    record_evidence(
        person=person,
        competency=competency,
        level=level,
        kind="observation",
        source=competency,
        observed_on=date(2024, 10, 1),
    )
    with time_machine.travel(f"{day} 12:00+06:00", tick=False):
        assert held_by(person)[competency.pk].state == state
        page = signed_in(person).get("/competencies/mine/").content.decode()
    assert (f">{state}</span>" in page) == (state != State.CURRENT)


@pytest.mark.django_db
@pytest.mark.parametrize(("at", "state"), [("23:59", State.LAPSING), ("00:01", State.LAPSED)])
def test_a_day_ends_at_midnight_in_thimphu(at, state):
    competency, person = CompetencyFactory(), PersonFactory()
    level = competency.framework.levels.first()
    level.descriptors.create(competency=competency, renew_every_months=24)
    record_evidence(
        person=person,
        competency=competency,
        level=level,
        kind="observation",
        source=competency,
        observed_on=date(2024, 10, 1),
    )
    day = ENDS if state == State.LAPSING else ENDS + DAY
    with time_machine.travel(f"{day} {at}+06:00", tick=False):
        assert held_by(person)[competency.pk].state == state


@given(FACTS, DAYS)
def test_standing_as_a_slow_reader_would_find_it(facts, day):
    begun = [fact for fact in facts if fact.counts and fact.since <= day]
    holds = [fact for fact in begun if not fact.until or day <= fact.until]
    held = standing(facts, day)
    if not begun:
        assert held is None
        return
    level = max(fact.level for fact in (holds or begun))
    ends = [fact.until for fact in (holds or begun) if fact.level == level]
    assert held.level == level
    assert held.until == (None if None in ends else max(ends))
    if not holds:
        assert held.state == State.LAPSED
    elif held.until and (held.until - day).days <= 90:
        assert held.state == State.LAPSING
    else:
        assert held.state == State.CURRENT


@given(FACTS, DAYS, st.randoms(use_true_random=False))
def test_the_order_of_evidence_does_not_matter(facts, day, random):
    shuffled = random.sample(facts, len(facts))
    assert standing(facts, day) == standing(shuffled, day)


@given(FACTS, DAYS)
def test_what_does_not_count_changes_nothing(facts, day):
    assert standing(facts, day) == standing([fact for fact in facts if fact.counts], day)


@given(FACTS, DAYS)
def test_more_evidence_never_lowers_the_level_that_holds_today(facts, day):
    before = standing(facts, day)
    after = standing([*facts, Fact(2, day, None)], day)
    assert after.state != State.LAPSED
    if before and before.state != State.LAPSED:
        assert after.level >= before.level


@given(DAYS, st.integers(0, 600))
def test_months_later_is_the_same_day_or_the_last_of_that_month(day, months):
    later = add_months(day, months)
    assert (later.year - day.year) * 12 + later.month - day.month == months
    assert later.day == day.day or (later + DAY).day == 1 and later.day < day.day
