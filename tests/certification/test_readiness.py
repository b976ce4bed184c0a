"""Readiness of centres: the rule, the reads around it, and five years against brute force."""

import os
import random
from datetime import date, timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from certification import centres, cycles
from certification.badge import start_of
from certification.models import Credential, Cycle, ServiceRequirement
from certification.readiness import Certificate, Service, State, readiness
from certification.states import REMINDERS
from notifications.models import Notice
from people.calendar import is_working_day
from people.models import Centre, CentreService, Gewog, Holiday, Posting
from people.services import fill_holidays
from tests.factories.certification import by_two, issued, scheme, two_keepers
from tests.factories.people import (
    CentreFactory,
    DzongkhagFactory,
    OrganisationFactory,
    PersonFactory,
    PostingFactory,
    professional,
    registrar,
)

DAY = timedelta(days=1)
TODAY = date(2026, 6, 1)
BANK = Service("Banking", "bank", "Banking")


@pytest.mark.parametrize(
    ("services_", "held", "ends", "state", "on"),
    [
        ([BANK], None, None, "not_ready", None),
        ([], {}, None, "ready", None),
        ([Service("Printing")], {}, None, "ready", None),
        ([BANK], {}, None, "not_ready", None),
        ([BANK], {"bank": Certificate(None)}, None, "ready", None),
        ([BANK], {"bank": Certificate(TODAY + 91 * DAY)}, None, "ready", None),
        ([BANK], {"bank": Certificate(TODAY + 90 * DAY)}, None, "lapsing", TODAY + 90 * DAY),
        ([BANK], {"bank": Certificate(TODAY)}, None, "lapsing", TODAY),
        ([BANK], {"bank": Certificate(TODAY - DAY)}, None, "not_ready", TODAY - DAY),
        ([BANK], {"bank": Certificate(TODAY - DAY, 30)}, None, "lapsing", TODAY + 29 * DAY),
        ([BANK], {"bank": Certificate(TODAY - 31 * DAY, 30)}, None, "not_ready", TODAY - 31 * DAY),
        ([BANK], {"bank": Certificate(None, suspended=True)}, None, "not_ready", None),
        ([BANK], {"bank": Certificate(None, revoked_on=TODAY)}, None, "not_ready", TODAY),
        ([], {}, TODAY + 20 * DAY, "lapsing", TODAY + 20 * DAY),
        ([], {}, TODAY + 200 * DAY, "ready", None),
    ],
)
def test_the_rule(services_, held, ends, state, on):
    found = readiness(services_, held, day=TODAY, posting_ends=ends)
    assert found.state == state
    assert (found.reasons[0].on if found.reasons else None) == on


def test_the_worst_service_decides_and_stands_first():
    other = Service("Printing", "print", "Printing")
    held = {"print": Certificate(TODAY + 10 * DAY)}
    found = readiness([other, BANK], held, day=TODAY)
    assert [reason.service for reason in found.reasons] == ["Banking", "Printing"]
    assert found.changes_on == TODAY + 11 * DAY


@pytest.fixture
def banking(db):
    service = CentreService.objects.create(slug="banking", name="banking")
    made = scheme(code="bank", title="Banking", competency=False, rule={"quiz": "bank"})
    ServiceRequirement.objects.create(service=service, scheme=made)
    return service, made


def run_centre(service, **fields):
    """A centre that offers `service`, and its operator."""
    centre = CentreFactory(**fields)
    centre.services.add(service)
    return centre, PostingFactory(centre=centre, post_title="Operator").person


def state_of(centre) -> str:
    [line] = centres.lines(Centre.objects.filter(pk=centre.pk), day=timezone.localdate())
    return line.state


def test_what_happens_to_operator_and_certificate_flips_the_centre_at_once(banking):
    service, made = banking
    centre, person = run_centre(service)
    assert state_of(centre) == State.NOT_READY
    credential = issued(person, of=made)
    assert state_of(centre) == State.READY
    by_two("suspend", credential=credential)
    assert state_of(centre) == State.NOT_READY
    by_two("restore", credential=credential)
    assert state_of(centre) == State.READY
    other = CentreFactory()
    other.services.add(service)
    Posting.objects.filter(person=person).update(centre=other)  # transferred
    assert (state_of(centre), state_of(other)) == (State.NOT_READY, State.READY)
    by_two("revoke", credential=credential)
    assert state_of(other) == State.NOT_READY


@pytest.mark.parametrize("count", [1, 30])
def test_the_list_takes_the_same_queries(banking, signed_in, count, django_assert_num_queries):
    service, made = banking
    keepers = two_keepers()
    for _each in range(count):
        _centre, person = run_centre(service)
        issued(person, of=made, keepers=keepers)
    browser = signed_in(keepers[0])
    with django_assert_num_queries(16):
        page = browser.get(reverse("certification:readiness")).content.decode()
    assert page.count('<li class="list__item">') == count


@pytest.fixture
def country(banking):
    """Two centres in Mongar, one in Haa; of them one is ready."""
    service, made = banking
    rows = {}
    for iso, name, count in (("BT-42", "Mongar", 2), ("BT-13", "Haa", 1)):
        dzongkhag = DzongkhagFactory(iso=iso, name=name)
        for number in range(count):
            gewog = Gewog.objects.create(dzongkhag=dzongkhag, name=f"{name} {number}")
            label = f"={name} Centre {number}"
            rows[name, number] = run_centre(service, gewog=gewog, name=label)
    issued(rows["Mongar", 0][1], of=made)
    return rows


def officer(dzongkhag):
    agency = OrganisationFactory(name=f"Dzongkhag Administration, {dzongkhag.name}")
    return professional(organisation=agency, dzongkhag=dzongkhag)


def seen(browser, **query) -> set[str]:
    text = browser.get(reverse("certification:readiness_csv"), query).content.decode()
    return {line.split(",")[1] for line in text.splitlines()[1:]}


def test_each_sees_the_own_part_of_the_country(country, signed_in):
    mongar = {"'=Mongar Centre 0", "'=Mongar Centre 1"}
    every = mongar | {"'=Haa Centre 0"}
    bank = professional(person=PersonFactory(groups=["bank_officer"]))
    for person in (bank, registrar()):
        assert seen(signed_in(person)) == every
    haa = country["Haa", 0][0]
    dzongkhag = officer(country["Mongar", 0][0].gewog.dzongkhag)
    assert seen(signed_in(dzongkhag)) == mongar
    operator = country["Mongar", 1][1]
    assert seen(signed_in(operator)) == {"'=Mongar Centre 1"}
    for person, status in ((bank, 200), (dzongkhag, 404), (operator, 404)):
        address = reverse("certification:readiness_of", args=[haa.code])
        assert signed_in(person).get(address).status_code == status
        centre_page = signed_in(person).get(haa.get_absolute_url()).content.decode()
        assert (address in centre_page) == (status == 200)
    stranger = signed_in(professional())
    for name in ("readiness", "readiness_csv"):
        assert stranger.get(reverse(f"certification:{name}")).status_code == 403


def test_filters_and_map(country, signed_in):
    browser = signed_in(registrar())
    assert seen(browser, state="ready") == {"'=Mongar Centre 0"}
    assert seen(browser, dzongkhag="Haa") == {"'=Haa Centre 0"}
    assert len(seen(browser, service="banking")) == 3
    assert len(seen(browser, service="x", state="y", dzongkhag="\0")) == 3
    page = browser.get(reverse("certification:readiness")).content.decode()
    assert page.count('class="tile tile--') == 2
    assert (
        '<th scope="row"><a href="?dzongkhag=Haa">Haa</a></th>'
        '<td class="number">0</td><td class="number">0</td><td class="number">1</td>' in page
    )


# --- Five years -------------------------------------------------------------------------------

START = date(2027, 1, 1)
YEARS = 5
# Every day is compared in the record run (FIVE_YEARS=every); else each 61st, and all are run.
EACH = 1 if os.environ.get("FIVE_YEARS") == "every" else 61
OPERATORS = 200 if EACH == 1 else 40


def brute_force(posting, certificates, day) -> str:
    """The same in the plainest words: one centre, one service, one day."""
    if posting is None:
        return "not_ready"
    good = [row for row in certificates.get(posting, ()) if row["from"] <= day]
    good = [row for row in good if row["revoked"] is None or row["revoked"] > day]
    if any((row["until"] - day).days > 90 for row in good):
        return "ready"
    if any(row["until"] >= day for row in good):
        return "lapsing"
    return "not_ready"


@pytest.mark.timeout(3600 if EACH == 1 else 300)
def test_five_years_of_reminders_and_readiness(banking):
    """Some renew early, some late, some never; some are revoked or move to another centre."""
    service, made = banking
    dice = random.Random(2027)
    fill_holidays(range(START.year - 1, START.year + YEARS + 1))
    holidays = set(Holiday.objects.values_list("day", flat=True))
    keepers = two_keepers()
    boss = professional()
    places = [CentreFactory() for _each in range(OPERATORS)]
    for place in places:
        place.services.add(service)
    people = PersonFactory.create_batch(OPERATORS)
    at = {}
    for place, person in zip(places, people, strict=True):
        PostingFactory(person=person, centre=place, supervisor=boss)
        at[place.pk] = person.pk
    plan: dict[date, list] = {}
    for person in people:
        plan.setdefault(START + dice.randrange(300) * DAY, []).append(("issue", person))
    told_on: dict[int, list[date]] = {}
    kept: dict[int, list[dict]] = {}
    for number in range(YEARS * 365):
        day = START + number * DAY
        with time_machine.travel(start_of(day) + timedelta(hours=9), tick=False):
            for act, person in plan.pop(day, ()):
                _act(act, person, made, keepers, plan, dice, kept, at, day)
            before = Notice.objects.count()
            if cycles.run_cycles():
                told_on[number] = [day] * (Notice.objects.count() - before)
                cycles.run_cycles()
                assert Notice.objects.count() == before + len(told_on[number])
            if number % EACH == 0:
                found = centres.lines(Centre.objects.all(), day=day)
                expected = {pk: brute_force(at.get(pk), kept, day) for pk in (p.pk for p in places)}
                assert {line.centre.pk: str(line.state) for line in found} == expected, day
    assert all(is_working_day(day, holidays) for days in told_on.values() for day in days)
    _each_reminder_was_sent_once(holidays)


def _act(act, person, made, keepers, plan, dice, kept, at, day):
    rows = kept.setdefault(person.pk, [])
    if act == "issue":
        credential = issued(person, of=made, keepers=keepers)
        rows.append({"from": day, "until": credential.valid_until, "revoked": None})
        fate = dice.random()
        if fate < 0.6:  # renews in the window
            plan.setdefault(credential.valid_until - dice.randrange(90) * DAY, []).append(
                (act, person)
            )
        elif fate < 0.75:  # after it has lapsed
            later = credential.valid_until + dice.randrange(1, 200) * DAY
            plan.setdefault(later, []).append((act, person))
        elif fate < 0.85:
            plan.setdefault(day + dice.randrange(1, 500) * DAY, []).append(("revoke", person))
        elif fate < 0.95:
            plan.setdefault(day + dice.randrange(1, 500) * DAY, []).append(("move", person))
    elif act == "revoke":
        last = Credential.objects.filter(holder=person).with_state().first()
        by_two("revoke", keepers, credential=last)
        rows[-1]["revoked"] = day
    else:  # leaves the centre: it is vacant from today
        Posting.objects.filter(person=person, ends=None).update(ends=day - DAY)
        for place in [pk for pk, holder in at.items() if holder == person.pk]:
            del at[place]


def _each_reminder_was_sent_once(holidays):
    """What each cycle owed by the calendar is what its holder got: no more, no less."""
    got: dict[str, list[str]] = {}
    for event, person in Notice.objects.values_list("event", "person"):
        got.setdefault(f"{event.rpartition(':')[0]}:{person}", []).append(event)
    for cycle in Cycle.objects.select_related("credential").prefetch_related("steps"):
        closed = [step.day for step in cycle.steps.all() if step.state in ("renewed", "ended")]
        until = closed[0] if closed else START + YEARS * 365 * DAY
        owed = set()
        for phase, days in REMINDERS.items():
            day = cycle.due_on - days * DAY
            while not is_working_day(day, holidays):
                day -= DAY
            if cycle.credential.valid_from <= day < until or (not closed and day <= until - DAY):
                owed.add(f"cycle:{cycle.pk}:{phase}")
        assert sorted(got.get(f"cycle:{cycle.pk}:{cycle.person_id}", [])) == sorted(owed), cycle
