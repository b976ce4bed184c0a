"""Reminders: before the day those who are asked hear, after it the head, then the parent agency.

Each step once to an addressee, in office hours, whatever happens to the worker.
"""

import random
from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.db import connection

from desk.advisories.services import withdraw
from desk.advisories.telling import keep_advisories
from desk.models import AdvisoryReminder
from notifications.models import Notice
from people.calendar import THIMPHU
from people.models import Holiday
from tests.desk.test_escalation import KilledError, Killer
from tests.factories.advisories import advisory, say
from tests.factories.people import PersonFactory, head_of, operator, professional, registrar

pytestmark = pytest.mark.django_db
DUE = date(2026, 6, 10)  # a Wednesday


def at(day: int, hour: int = 10) -> datetime:
    """In June 2026; the first is a Monday."""
    return datetime(2026, 6, day, hour, tzinfo=THIMPHU)


@pytest.fixture
def june():
    with time_machine.travel(at(1), tick=False) as clock:
        yield clock


def told(person) -> list[str]:
    events = person.notices.order_by("pk").values_list("event", flat=True)
    return [event.split(":", 2)[2] for event in events]


def test_reminded_then_the_head_hears_then_the_parent_agency(june):
    officer, done = professional(), professional()
    head, office = head_of(officer), registrar()
    row = advisory(
        officer.open_posting.organisation, done.open_posting.organisation, by=office, due=DUE
    )
    say(officer, row, "seen")
    say(done, row, "done")
    assert keep_advisories(at(5)) == 0  # the Friday before: three working days are left
    assert keep_advisories(at(8, 20)) == 0  # nobody is told in the evening
    assert keep_advisories(at(8)) == 1
    assert keep_advisories(at(10)) == 0  # the day itself is in time
    assert keep_advisories(at(11)) == 1
    assert keep_advisories(at(16)) == 0
    assert keep_advisories(at(17)) == 1
    assert keep_advisories(at(30)) == 0
    assert told(officer) == ["issued", "remind"]
    assert told(head) == ["issued", "remind", "head"]
    assert told(done) == ["issued"]
    assert told(office) == ["ditt:ditt"]
    assert office.notices.get().title == f"1 have not answered in time: {row.title}"


def test_holidays_move_the_reminder_and_the_escalation(june):
    officer, office = professional(), registrar()
    advisory(officer.open_posting.organisation, by=office, due=DUE)
    for day in (8, 9, 11):
        Holiday.objects.create(day=date(2026, 6, day), name="Announced")
    assert keep_advisories(at(8)) == 0  # closed
    assert told(officer) == ["issued"]
    assert keep_advisories(at(10)) == 1  # the first day on which offices are open again
    assert keep_advisories(at(11)) == 0
    assert keep_advisories(at(12)) == 1
    assert keep_advisories(at(17)) == 0
    assert keep_advisories(at(18)) == 1


def test_an_agency_without_a_head_and_a_centre_without_a_supervisor_go_to_the_parent_agency(june):
    officer, runs, led = professional(), operator(), operator()
    supervisor = professional()
    led.postings.update(supervisor=supervisor)
    office, root = registrar(), PersonFactory(is_superuser=True)
    places = [person.open_posting.centre for person in (runs, led)]
    row = advisory(officer.open_posting.organisation, centres=places, by=office, due=DUE)
    assert keep_advisories(at(11)) == 6  # both steps were missed: for three
    assert told(officer) == told(runs) == told(led) == ["issued", "remind"]
    assert told(supervisor) == ["head"]
    assert told(root) == told(office) == ["head:ditt"]
    assert root.notices.get().title == f"2 have not answered in time: {row.title}"


def test_a_withdrawn_one_reminds_nobody_and_a_short_one_not_on_its_first_day(june):
    officer, office = professional(), registrar()
    row = advisory(officer.open_posting.organisation, by=office, due=date(2026, 6, 2))
    assert keep_advisories(at(1, 15)) == 0
    assert keep_advisories(at(2)) == 1
    withdraw(row, by=office, why="It was a mistake.")
    assert keep_advisories(at(30)) == 0


def test_each_step_once_though_the_worker_is_killed_at_any_line(june):
    people = [professional() for _each in range(4)]
    heads = [head_of(person) for person in people[:2]]
    agencies = [person.open_posting.organisation for person in people]
    office = registrar()
    rows = [advisory(*agencies, by=office, due=DUE + timedelta(days=n)) for n in range(2)]
    say(people[0], rows[0], "done")
    killer = Killer(random.Random(2026))
    moments = [at(day, hour) for day in range(5, 22) for hour in (9, 15)]
    for moment in moments:
        june.move_to(moment)
        look_until_done(moment, killer)
    assert killer.kills > 3
    steps = AdvisoryReminder.objects.values_list("addressee__advisory", "addressee", "step")
    assert len(steps) == len(set(steps)) == 3 * (2 * 4 - 1)
    for head in heads[1:]:
        assert sum(event == "head" for event in told(head)) == 2
    late = Notice.objects.filter(person=office, event__endswith="ditt:ditt")
    assert late.count() == 2


def look_until_done(moment: datetime, killer: Killer) -> None:
    while True:
        killer.aim()
        try:
            with connection.execute_wrapper(killer):
                keep_advisories(moment)
        except KilledError:
            continue
        killer.left = None
        return
