"""The cycle from one certificate to the next: its table, its clock, its notices."""

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from certification import cycles
from certification.models import Cycle
from certification.states import (
    OPEN,
    REMINDERS,
    RUNNING,
    Phase,
    may_move,
    next_step,
    reminder_day,
)
from notifications.models import Notice
from people.calendar import is_working_day, working_day_at_or_before
from people.models import Holiday
from tests.factories.certification import by_two, issued, scheme
from tests.factories.people import PersonFactory, professional

DAY = timedelta(days=1)
DUE = date(2027, 6, 30)
LEGAL = {(now, to) for i, now in enumerate(RUNNING) for to in RUNNING[i + 1 :]}
LEGAL |= {(now, Phase.LAPSED) for now in RUNNING}
LEGAL |= {(now, to) for now in OPEN for to in (Phase.RENEWED, Phase.ENDED)}


@pytest.mark.parametrize("now", list(Phase))
@pytest.mark.parametrize("to", list(Phase))
def test_each_move_of_a_cycle(now, to):
    assert may_move(now, to) == ((now, to) in LEGAL)


@pytest.mark.django_db
@pytest.mark.parametrize("now", list(Phase))
@pytest.mark.parametrize("to", list(Phase))
def test_the_service_makes_legal_moves_alone(now, to):
    issued(scheme={"competency": False})
    Cycle.objects.update(state=now)
    moved = cycles.move_cycle(Cycle.objects.get(), to, day=DUE)
    assert moved == ((now, to) in LEGAL)
    assert Cycle.objects.get().state == (to if moved else now)
    assert list(Cycle.objects.get().steps.values_list("state", flat=True)) == [to] * moved


class ClockOfACycle(RuleBasedStateMachine):
    """Days pass, some without a worker, and at times the person renews."""

    def __init__(self):
        super().__init__()
        self.today = DUE - 120 * DAY
        self.state = Phase.DUE
        self.told: list[tuple[Phase, date]] = []
        self.holidays = {DUE - 90 * DAY, DUE - 91 * DAY, DUE - 30 * DAY}

    @rule(days=st.integers(1, 9))
    def pass_days(self, days):
        self.today += days * DAY

    @rule()
    def run_the_worker(self):
        step = next_step(self.state, DUE, self.today, self.holidays)
        if step is None:
            return
        assert may_move(self.state, step.to)
        self.state = step.to
        if step.tells:
            self.told.append((step.to, self.today))

    @precondition(lambda self: self.state in OPEN)
    @rule()
    def renew(self):
        self.state = Phase.RENEWED

    def teardown(self):
        phases = [phase for phase, _day in self.told]
        assert phases == sorted(set(phases), key=OPEN.index)
        assert all(is_working_day(day, self.holidays) for _phase, day in self.told)
        assert all(day <= DUE for _phase, day in self.told)


TestClockOfACycle = ClockOfACycle.TestCase
TestClockOfACycle.settings = settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow]
)


@given(st.dates(date(2026, 6, 1), date(2030, 1, 1)), st.sets(st.integers(0, 130), max_size=20))
@settings(deadline=None)
def test_with_a_worker_on_each_day_every_reminder_goes_out_on_its_day(due, off):
    holidays = {due - days * DAY for days in off}
    state, told = Phase.DUE, []
    day = due - 170 * DAY
    while day <= due + 3 * DAY:
        while step := next_step(state, due, day, holidays):
            state = step.to
            if step.tells:
                told.append((step.to, day))
        day += DAY
    expected: dict[date, Phase] = {}
    for phase, days in REMINDERS.items():
        expected[reminder_day(due, days, holidays)] = phase  # of two on one day the later
    assert {day: phase for phase, day in told} == expected
    assert len(told) == len(expected)
    assert state == Phase.LAPSED


@pytest.mark.django_db
def test_holder_and_supervisor_are_told_once_each_with_why():
    boss = professional()
    holder = professional(supervisor=boss)
    credential = issued(holder, scheme={"competency": False})
    due = credential.valid_until
    Holiday.objects.create(day=due - 90 * DAY, name="Announced")
    for back in range(100, -3, -1):
        for _twice in range(2):
            cycles.run_cycles(today=due - back * DAY)
    for person, why in ((holder, "You hold"), (boss, f"You are the supervisor of {holder.name}")):
        notices = list(Notice.objects.filter(person=person).order_by("pk"))
        assert [row.event.rsplit("_", 1)[-1] for row in notices] == ["90", "60", "30", "7"]
        assert all(row.reason.startswith(why) for row in notices)
        assert credential.title in notices[0].title
    assert Cycle.objects.get().state == Phase.LAPSED
    assert Cycle.objects.get().steps.count() == 5


@pytest.mark.django_db
def test_after_a_revocation_nobody_is_reminded():
    credential = issued(scheme={"competency": False})
    by_two("revoke", credential=credential)
    assert cycles.run_cycles(today=credential.valid_until - 60 * DAY) == 0
    assert not Notice.objects.exists()


@pytest.mark.django_db
def test_somebody_who_may_not_sign_in_is_not_told():
    holder = PersonFactory(is_active=False)
    credential = issued(holder, of=scheme(competency=False))
    days = [credential.valid_until - back * DAY for back in range(100, 0, -1)]
    assert sum(cycles.run_cycles(today=day) for day in days) == 4
    assert not Notice.objects.exists()


@pytest.mark.django_db
def test_a_day_of_the_clock_takes_the_same_queries_for_any_number(django_assert_num_queries):
    made = scheme(competency=False)
    due = max(issued(of=made).valid_until for _each in range(12))
    quiet, telling = due - 100 * DAY, working_day_at_or_before(due - 60 * DAY, set())
    with django_assert_num_queries(2):
        assert cycles.run_cycles(today=quiet) == 0
    with django_assert_num_queries(8 + 12):  # and one notice to each
        assert cycles.run_cycles(today=telling) == 12
    with django_assert_num_queries(7):  # no notice, so no supervisor is read
        assert cycles.run_cycles(today=due + DAY) == 12
