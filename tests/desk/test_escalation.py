"""The ladder: who hears, and that each rung fires once whatever happens to the worker.

YEAR_OF_REQUESTS=5000 runs the whole simulated year; the default is a smaller one.
"""

import os
import random
import uuid
from collections import Counter
from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from desk import catalogue, dues, services
from desk.clocks import in_working_time, readings, steps_due
from desk.escalation import escalate
from desk.models import Escalation, Request, SecondPool
from forums.models import ExpertPool
from notifications.models import Notice
from people.calendar import THIMPHU
from people.models import Holiday, User
from people.services import fill_holidays
from tests.factories.desk import filed
from tests.factories.forums import pool, serving
from tests.factories.people import PersonFactory, professional

pytestmark = pytest.mark.django_db


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """In June 2026; the first is a Monday."""
    return datetime(2026, 6, day, hour, minute, tzinfo=THIMPHU)


def told(person) -> list[str]:
    events = person.notices.filter(title__startswith="Late").order_by("pk")
    return [event.split(":", 2)[2] for event in events.values_list("event", flat=True)]


def test_the_ladder_goes_from_the_pool_to_its_lead_to_the_secretariat():
    asked = filed(at=at(1, 9))  # answered by 13 o'clock
    expert, lead = serving(asked.pool), serving(asked.pool, "lead")
    office = PersonFactory(is_superuser=True)
    assert escalate(at(1, 13)) == 0
    assert escalate(at(1, 13, 1)) == 1
    assert escalate(at(1, 20)) == 0  # nobody is woken
    assert escalate(at(2, 10)) == 1
    assert escalate(at(3, 16)) == 1
    assert escalate(at(3, 16)) == 0
    assert told(expert) == ["response:0:expert"]
    assert told(lead) == ["response:0:expert", "response:0:lead"]
    assert told(office) == ["response:0:secretariat"]


def with_second(**fields) -> tuple[Request, User]:
    """A request of the first of June, 9 o'clock, and the expert of the pool that is asked too."""
    second = pool("SEC")
    asked = filed(at=at(1, 9), **fields)
    catalogue.name_second(asked.pool, second, by=serving(asked.pool, "lead"))
    return asked, serving(second)


def test_the_second_pool_is_asked_too_and_takes_it_over(signed_in):
    asked, helper = with_second()
    first, office = serving(asked.pool), PersonFactory(is_superuser=True)
    browser, address = signed_in(helper), asked.get_absolute_url()
    act = reverse("desk:act", args=[asked.pk, "take_over"])
    assert (browser.get(address).status_code, browser.post(act).status_code) == (404, 404)
    assert escalate(at(2, 13)) == 2  # to the pool and its lead
    assert escalate(at(2, 13, 1)) == 1
    assert escalate(at(2, 13, 2)) == 0
    assert (told(helper), told(office)) == (["response:0:second"], [])
    assert "Take it over for my pool" in browser.get(address).content.decode()
    assert asked.title in browser.get("/desk/?tab=queue").content.decode()
    assert signed_in(first).post(act).status_code == 403
    for _twice in range(2):
        browser.post(act)
    asked.refresh_from_db()
    assert (asked.claimed_by, asked.pool.code, asked.second_pool) == (helper, "SEC", None)
    verbs = list(asked.transitions.values_list("verb", flat=True))
    assert verbs == ["file", "take_over", "claim"]
    assert signed_in(first).get(address).status_code == 404
    held = dues.readings_of(asked)[0]
    assert (held.clock, held.due) == ("response", at(1, 13))  # it ran from the filing


def test_what_somebody_claimed_meanwhile_is_not_taken_over(signed_in):
    asked, helper = with_second()
    escalate(at(2, 14))
    services.claim(asked, by=serving(asked.pool))
    browser = signed_in(helper)
    answer = browser.post(reverse("desk:act", args=[asked.pk, "take_over"]))
    assert answer.status_code == 409
    assert "Take it over" not in browser.get(asked.get_absolute_url()).content.decode()


def test_what_is_confidential_goes_to_no_second_pool():
    asked, helper = with_second(confidential=True)
    office = PersonFactory(is_superuser=True)
    escalate(at(30, 12))
    assert not Request.objects.visible_to(helper).exists()
    assert told(helper) == []
    assert told(office)[0] == "response:0:secretariat"
    assert not asked.escalations.filter(step="second").exists()


def test_a_pool_that_names_no_second_or_a_closed_one_has_one_rung_less():
    asked, helper = with_second()
    catalogue.name_second(asked.pool, None, by=PersonFactory(is_superuser=True))
    assert escalate(at(2, 14)) == 2
    second = ExpertPool.objects.get(code="SEC")
    catalogue.name_second(asked.pool, second, by=PersonFactory(is_superuser=True))
    ExpertPool.objects.filter(code="SEC").update(live=False)
    assert escalate(at(2, 15)) == 0
    ExpertPool.objects.filter(code="SEC").update(live=True)
    assert escalate(at(2, 15)) == 1
    services.route(asked, by=PersonFactory(is_superuser=True), pool=second, note="Theirs")
    assert not Request.objects.visible_to(serving(asked.pool)).exists()


def test_the_lead_names_the_second_pool(signed_in):
    net, second = pool(), pool("SEC")
    lead, address = serving(net, "lead"), reverse("desk:second_pool", args=["NET"])
    assert signed_in(serving(net)).get(address).status_code == 404
    browser = signed_in(lead)
    assert "Second pool of Pool NET" in browser.get(reverse("desk:services")).content.decode()
    for wrong in (net.pk, 10**30, "x"):
        assert browser.post(address, {"second": wrong}).status_code == 422
    for _twice in range(2):
        browser.post(address, {"second": second.pk})
    assert [row.second for row in SecondPool.objects.all()] == [second]
    assert f'<option value="{second.pk}" selected>' in browser.get(address).content.decode()
    browser.post(address, {"second": ""})
    assert not SecondPool.objects.exists()


def test_what_is_claimed_is_told_to_whoever_holds_it():
    asked = filed(at=at(1, 9))
    services.claim(asked, by=serving(asked.pool), at=at(1, 10))
    asked.refresh_from_db()
    other = serving(asked.pool)
    Request.objects.filter(pk=asked.pk).update(due_at=at(1, 9))  # the copy is no truth
    assert escalate(at(30, 12)) > 0
    assert "update:1:expert" in told(asked.claimed_by)
    assert told(other) == []


def test_where_nobody_leads_the_secretariat_hears():
    asked = filed(at=at(1, 9))
    office = PersonFactory(is_superuser=True)
    escalate(at(1, 14))
    assert told(office) == ["response:0:expert"]
    assert asked.escalations.count() == 1


def test_a_holiday_that_is_not_yet_in_the_copy_wakes_nobody():
    filed(at=at(1, 9))
    Holiday.objects.create(day=at(1, 9).date(), name="Announced on the day")
    assert escalate(at(1, 14)) == 0
    assert escalate(at(2, 12)) == 0
    assert escalate(at(2, 14)) == 1


def test_the_database_keeps_a_rung_single():
    asked = filed(at=at(1, 9))
    escalate(at(1, 14))
    row = asked.escalations.values("request_id", "clock", "cycle", "step").get()
    with pytest.raises(IntegrityError), transaction.atomic():
        Escalation.objects.create(**row)


# --- A year ----------------------------------------------------------------------------

REQUESTS = int(os.environ.get("YEAR_OF_REQUESTS", "60"))
KILLS = 100
FIRST = datetime(2026, 1, 5, 9, tzinfo=THIMPHU)


class KilledError(BaseException):
    """The worker dies: nothing catches it."""


class Killer:
    """Ends the work before a random one of its next statements, as `kill -9` would."""

    def __init__(self, chance: random.Random):
        self.chance, self.left, self.kills = chance, None, 0

    def aim(self) -> None:
        self.left = self.chance.randint(1, 25) if self.kills < KILLS else None

    def __call__(self, execute, sql, params, many, context):
        if self.left is not None:
            self.left -= 1
            if self.left == 0:
                self.left, self.kills = None, self.kills + 1
                raise KilledError
        return execute(sql, params, many, context)


def plan_of(chance: random.Random, begins: datetime) -> list[tuple[datetime, str]]:
    """When what happens to a request; much of it late, some of it never."""
    steps, moment = [], begins
    verbs = ["claim", "start"]
    verbs += ["wait", "resume"] * chance.choice([0, 0, 1, 2])
    verbs += ["deliver"]
    for verb in verbs[: chance.choice([0, 1, 2, 9, 9, 9, 9])] or ["withdraw"]:
        moment += timedelta(hours=chance.choice([1, 3, 20, 60, 130]))
        steps.append((moment, verb))
    if steps[-1][1] not in ("deliver", "withdraw"):
        steps.append((moment + timedelta(hours=chance.choice([200, 400])), "withdraw"))
    return steps


def take(asked: Request, verb: str, expert, moment: datetime) -> None:
    if verb == "claim":
        services.claim(asked, by=expert, at=moment, tell=False)
    elif verb == "deliver":
        services.deliver(asked, by=expert, deliverable="Done", hours=None, at=moment, tell=False)
    else:
        by = asked.requester if verb in ("resume", "withdraw") else expert
        services.move(asked, verb, by=by, note=f"{verb} {moment}", at=moment, tell=False)


def year(chance: random.Random):
    """What happens in the year, in order: (moment, number of the request, verb)."""
    events = []
    for number in range(REQUESTS):
        begins = FIRST + chance.random() * timedelta(days=340)
        events.append((begins, number, "file"))
        events += [(moment, number, verb) for moment, verb in plan_of(chance, begins)]
    return sorted(events)


def rounds() -> list[datetime]:
    """The worker looks in the morning, in the afternoon, and at night."""
    hours = (2, 6, 16)
    return [FIRST + timedelta(days=day, hours=hour) for day in range(380) for hour in hours]


def rungs_of(asked: Request, moments: list[datetime], holidays) -> set[tuple]:
    """Told again from the history alone: every rung that a moment should have found."""
    events, found = dues.events_of(asked), set()
    for moment in moments:
        so_far = [event for event in events if event.at <= moment]
        if so_far[-1].state not in ("new", "claimed", "in_work", "waiting"):
            break
        for reading in readings(so_far, asked.targets, holidays):
            for step in steps_due(reading, moment, holidays):
                found.add((reading.clock, reading.cycle, step.name))
    return found


def test_a_simulated_year_fires_each_rung_once_though_the_worker_is_killed_100_times():
    chance = random.Random(2026)
    killer = Killer(chance)
    net = pool()
    expert, asker = serving(net), professional()
    catalogue.name_second(net, pool("SEC"), by=serving(net, "lead"))
    serving(ExpertPool.objects.get(code="SEC"))
    PersonFactory(is_superuser=True)
    fill_holidays(range(2026, 2029))
    happens, requests = year(chance), SimpleNamespace(by_number={})
    with time_machine.travel(FIRST, tick=False):
        for moment in rounds():
            while happens and happens[0][0] <= moment:
                when, number, verb = happens.pop(0)
                if verb == "file":
                    requests.by_number[number] = services.file_request(
                        requester=asker,
                        pool=net,
                        title="Measure the wireless",
                        body="It drops.",
                        cid=uuid.UUID(int=chance.getrandbits(128)),
                        at=when,
                        tell=False,
                        limited=False,
                    )
                else:
                    take(requests.by_number[number], verb, expert, when)
            look_until_done(moment, killer)
    assert killer.kills == KILLS
    assert not happens
    holidays = Holiday.objects.days(FIRST.date(), FIRST.date().replace(year=2028))
    moments = [moment for moment in rounds() if in_working_time(moment, holidays)]
    for asked in Request.objects.prefetch_related("transitions", "escalations"):
        fired = [(row.clock, row.cycle, row.step) for row in asked.escalations.all()]
        begins = [moment for moment in moments if moment >= asked.created]
        assert Counter(fired) == Counter(rungs_of(asked, begins, holidays)), asked
    assert Escalation.objects.count() > REQUESTS
    rungs = {
        f"request:{row.request_id}:{row.clock}:{row.cycle}:{row.step}"
        for row in Escalation.objects.all()
    }
    assert set(Notice.objects.values_list("event", flat=True)) == rungs


def look_until_done(moment: datetime, killer: Killer) -> None:
    """One round of the worker, begun again after each death."""
    while True:
        killer.aim()
        try:
            # A savepoint of the test stands for the transaction that a killed process leaves open.
            with connection.execute_wrapper(killer):
                escalate(moment)
        except KilledError:
            continue
        killer.left = None
        return
