"""Entry by certificate, capacity and absence, the directory, an expert's inbox, a pool's state."""

from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from hypothesis import given
from hypothesis import strategies as st

from competencies.models import Descriptor, Evidence, Level
from competencies.services import record_evidence
from forums import experts, serving, tagging
from forums.models import Absence, PoolMembership, ServingProfile
from forums.services import note_deflection
from tests.factories.certification import by_two, issued
from tests.factories.courses import CompetencyFactory
from tests.factories.desk import claimed, delivered, filed, in_work
from tests.factories.forums import answer, pool, topic
from tests.factories.forums import serving as expert_of
from tests.factories.live import ask, do, make_session
from tests.factories.people import DzongkhagFactory, professional

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate


def holding(competency, order=2, person=None, observed_on=None, **posting):
    """Somebody with evidence for a level of `competency`."""
    person = person or professional(**posting)
    record_evidence(
        person=person,
        competency=competency,
        level=Level.objects.get(framework=competency.framework, order=order),
        kind=Evidence.Kind.COURSE,
        source=person,
        observed_on=observed_on,
    )
    return person


@pytest.fixture
def net():
    return pool()


@pytest.fixture
def competency():
    return CompetencyFactory()


def test_who_holds_what_the_pool_asks_joins_as_expert_with_one_button(signed_in, net, competency):
    level = Level.objects.get(framework=competency.framework, order=2)
    Descriptor.objects.create(
        competency=competency, level=level, behavioural_indicator="Does.", renew_every_months=12
    )
    lead = expert_of(net, "lead")
    entries = reverse("forums:entries", args=[net.pk])
    form = {"competency": competency.pk, "level": level.pk}
    assert signed_in(expert_of(net)).post(entries, form).status_code == 403
    assert signed_in(lead).post(entries, {"competency": competency.pk}).status_code == 422
    for _ in range(2):
        assert signed_in(lead).post(entries, form).status_code == 302
    entry = net.entries.get()
    url = reverse("forums:join_as_expert", args=[net.pk])
    able, unable = holding(competency), holding(competency, order=1)
    lapsed = holding(competency, observed_on=TODAY() - timedelta(days=400))
    for person in (unable, lapsed, professional()):
        assert signed_in(person).post(url).status_code == 403
        assert "Serve as expert" not in signed_in(person).get(net.address).content.decode()
    client = signed_in(able)
    client.post(reverse("forums:join", args=[net.pk]), {"value": "1"})
    assert "Serve as expert" in client.get(net.address).content.decode()
    for _ in range(2):
        assert client.post(url).status_code == 302
    roles = net.memberships.filter(person=able).order_by("pk")
    assert [(row.role, row.ends is None) for row in roles] == [("member", False), ("expert", True)]
    signed_in(lead).post(url)
    assert net.memberships.open().get(person=lead).role == "lead"
    signed_in(lead).post(reverse("forums:remove_entry", args=[net.pk]), {"entry": entry.pk})
    with pytest.raises(PermissionDenied):
        serving.join_as_expert(net, person=holding(competency))
    former = signed_in(lead).get(reverse("forums:people", args=[net.pk])).content.decode()
    assert "What people were before" in former


def test_absences_are_kept_apart_by_page_and_database(signed_in, net):
    person = expert_of(net)
    client, url = signed_in(person), reverse("forums:add_absence")
    today = TODAY()
    days = {"starts": today + timedelta(days=5), "ends": today + timedelta(days=9)}
    for _ in range(2):
        assert client.post(url, days | {"reason": "Leave"}).status_code == 302
    clash = client.post(url, {"starts": days["ends"], "ends": days["ends"], "reason": "Kept text"})
    assert clash.status_code == 422
    assert "another absence already" in clash.content.decode()
    assert "Kept text" in clash.content.decode()
    for wrong in ({"starts": days["ends"], "ends": days["starts"]}, {"starts": "x"}, {}):
        assert client.post(url, wrong).status_code == 422
    row = person.absences.get()
    with pytest.raises(IntegrityError, match="overlap"), transaction.atomic():
        Absence.objects.create(person=person, starts=row.ends, ends=row.ends)
    other = Absence.objects.create(person=person, starts=today, ends=today)
    with pytest.raises(IntegrityError, match="overlap"), transaction.atomic():
        Absence.objects.filter(pk=other.pk).update(ends=row.starts)
    stranger = signed_in(expert_of(net))
    stranger.post(reverse("forums:end_absence"), {"absence": row.pk})
    assert person.absences.count() == 2
    client.post(reverse("forums:end_absence"), {"absence": other.pk})
    client.post(reverse("forums:end_absence"), {"absence": row.pk})
    assert not person.absences.exists()


@given(
    spans=st.lists(st.tuples(st.integers(-5, 40), st.integers(0, 10)), max_size=6),
    load=st.integers(0, 4),
    capacity=st.integers(0, 4),
)
def test_who_is_away_or_full_is_never_free_and_back_is_the_first_day_there(spans, load, capacity):
    today = TODAY()
    days = [(today + timedelta(days=first), length) for first, length in spans]
    away = [Absence(starts=first, ends=first + timedelta(days=n)) for first, n in days]
    expert = experts.Expert(person=None, away=away, load=load, capacity=capacity)
    covered = any(row.starts <= today <= row.ends for row in away)
    assert expert.free_now == (not covered and load < capacity)
    back = expert.back_on
    assert (back is None) == (not covered)
    if back:
        assert expert.away_on(back) is None
        assert all(expert.away_on(today + timedelta(days=n)) for n in range((back - today).days))


def directory(client, **narrowed):
    return client.get(reverse("forums:experts"), narrowed)


def test_the_directory_says_who_could_help_and_when(signed_in, net, competency):
    paro = DzongkhagFactory(iso="BT-11", name="Paro")
    able = holding(competency, person=expert_of(net))
    away, busy = expert_of(net), expert_of(net)
    serving.add_absence(away, starts=TODAY(), ends=TODAY() + timedelta(days=2))
    for _ in range(3):
        claimed(net, busy)
    client = signed_in(able)
    profile = {"claims_at_once": 2, "languages": ["dzo", "tsj"], "dzongkhags": [paro.pk]}
    for _ in range(2):
        assert client.post(reverse("forums:serving"), profile).status_code == 302
    assert client.post(reverse("forums:serving"), {"claims_at_once": 99}).status_code == 422
    assert ServingProfile.objects.get().languages.count() == 2

    def names(**narrowed):
        rows = directory(client, **narrowed).context["rows"]
        return {row.person.name for row in rows}

    assert names() == {able.name, away.name, busy.name}
    assert names(free_now="on") == {able.name}
    assert names(competency=competency.pk) == {able.name}
    assert names(language="tsj") == {able.name}
    assert names(dzongkhag=paro.pk) == {able.name}
    assert names(language="hin") == set()
    assert [row.person for row in experts.suggested(net, able)] == [able]
    page = directory(client).content.decode()
    assert "away, back on" in page
    assert "3 of 3 requests in hand" in page
    assert f"{competency.name}: Experienced" in page
    assert directory(client, competency="9" * 30).status_code == 422
    hidden = pool("SEC", audience=("heads",))
    expert_of(hidden)
    assert len(names()) == 3


def test_the_directory_says_what_was_delivered_and_until_when_certificates_hold(
    signed_in, net, competency
):
    able = holding(competency, person=expert_of(net))
    certificate = issued(able)
    for days in (30, 40, 500):
        with time_machine.travel(timezone.now() - timedelta(days=days), tick=False):
            delivered(net, able)
    in_work(net, able)
    client = signed_in(professional())
    page = directory(client).content.decode()
    assert "2 requests delivered in the last twelve months, 3 in all" in page
    assert f"valid until {date_format(certificate.valid_until, 'j M Y')}" in page
    assert f"{competency.name}: Experienced" in page
    own = signed_in(able)
    hidden = {"claims_at_once": 3, "hides_held": "on", "hides_delivered": "on"}
    assert own.post(reverse("forums:serving"), hidden).status_code == 302
    page = directory(client).content.decode()
    assert "requests delivered" not in page
    assert "valid until" not in page
    assert f"{competency.name}: Experienced" not in page
    assert directory(client, competency=competency.pk).context["rows"].paginator.count == 0
    assert [row.held != [] for row in experts.suggested(net, able)] == [True]


@pytest.mark.parametrize("number", [1, 20])
def test_directory_asks_the_same_number_of_times(
    signed_in, net, competency, number, django_assert_num_queries
):
    for _ in range(number):
        person = holding(competency, person=expert_of(net))
        serving.keep_profile(
            person, claims_at_once=2, hours_a_week=4, languages=["dzo"], dzongkhags=[]
        )
        serving.add_absence(person, starts=TODAY(), ends=TODAY())
        delivered(net, person)
    client = signed_in(professional())
    with django_assert_num_queries(25):
        assert len(directory(client).context["rows"]) == number


@pytest.mark.parametrize("number", [1, 10])
def test_inbox_and_state_ask_the_same_number_of_times(signed_in, net, number):
    expert = expert_of(net, "lead")
    for _ in range(number):
        topic(net, tags=[f"tag{_}"])
        filed(net)
        claimed(net, expert)
    client = signed_in(expert)
    counts = []
    for address in (reverse("my_inbox"), reverse("pool_state", args=[net.pk])):
        with CaptureQueriesContext(connection) as queries:
            page = client.get(address)
        assert f"Questions without an answer ({number})" in page.content.decode()
        counts.append(len(queries))
    assert counts == [16, 26]


def test_an_experts_inbox_holds_what_waits_and_nothing_of_other_pools(signed_in, net):
    expert = expert_of(net)
    asked = topic(net, title="Which cable for the ridge?")
    mine, queued = claimed(net, expert, title="Mine to do"), filed(net, title="Nobody has this")
    sec = pool("SEC")
    topic(sec, title="Of another pool")
    session = make_session(pool=net, host=expert)
    ask(session, body="Who owes me this answer?")
    do(session, expert, "sess.close")
    page = signed_in(expert).get(reverse("my_inbox")).content.decode()
    for title in (asked.title, mine.title, queued.title, "Who owes me this answer?"):
        assert title in page
    assert "Of another pool" not in page
    other = signed_in(professional()).get(reverse("my_inbox")).content.decode()
    assert asked.title not in other


def test_a_pool_says_which_tags_have_no_active_expert(signed_in, net):
    expert, gone = expert_of(net), expert_of(net)
    answer(topic(net, tags=["dhcp"]), expert)
    answer(topic(net, tags=["voip"]), gone)
    answer(topic(net, tags=["vsat"]))
    left = tagging.tags_without_expert(expert, net)
    assert [(tag.name, tag.topics) for tag in left] == [("vsat", 1)]
    PoolMembership.objects.filter(person=gone).update(ends=TODAY())
    serving.add_absence(expert, starts=TODAY(), ends=TODAY())
    page = signed_in(professional()).get(reverse("pool_state", args=[net.pk])).content.decode()
    assert [tag for tag in ("dhcp", "voip", "vsat") if f"?tag={tag}" not in page] == []


def test_a_pool_says_how_often_a_question_was_answered_before_it_was_asked(signed_in, net):
    url = reverse("pool_state", args=[net.pk])
    asked = topic(net)
    assert "about to ask" not in signed_in(asked.asker).get(url).content.decode()
    note_deflection(asked, person=professional())
    page = signed_in(asked.asker).get(url).content.decode()
    assert "1 times somebody who was about to ask found it answered here (50 %)" in page


def test_a_pools_state_shows_requests_only_to_those_who_may_see_them(signed_in, net):
    request = filed(net, title="A confidential matter")
    url = reverse("pool_state", args=[net.pk])
    assert request.title in signed_in(expert_of(net)).get(url).content.decode()
    assert request.title not in signed_in(professional()).get(url).content.decode()
    hidden = pool("SEC", audience=("heads",))
    assert signed_in(professional()).get(reverse("pool_state", args=[hidden.pk])).status_code == 404


def test_a_certificate_opens_a_pool_until_it_is_revoked(signed_in, net):
    credential = issued()
    serving.add_entry(net, by=expert_of(net, "lead"), scheme=credential.scheme)
    url = reverse("forums:join_as_expert", args=[net.pk])
    assert signed_in(professional()).post(url).status_code == 403
    assert signed_in(credential.holder).post(url).status_code == 302
    assert net.memberships.serving().filter(person=credential.holder).exists()
    other = issued(of=credential.scheme)
    by_two("revoke", credential=other)
    assert serving.entry_met(net, other.holder) is None
