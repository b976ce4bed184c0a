"""Where a plan begins: at a pool, a talk or similar requests; and who is there, by agency."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from live import exposing
from live.alike import alike
from live.announcing import set_coming
from tests.factories.desk import filed
from tests.factories.events import TalkFactory
from tests.factories.live import ask, do, expert_of, make_pool, make_session
from tests.factories.people import professional

pytestmark = pytest.mark.django_db


def chosen(page, name):
    """The values that are selected in a field of the plan."""
    field = re.search(rf'<select name="{name}".*?</select>', page, re.DOTALL).group()
    return re.findall(r'<option value="(\d+)" selected', field)


def test_alike_is_what_shares_the_rare_words():
    texts = {
        1: "Router at the gewog office loses its uplink each evening",
        2: "The office wants a printer in the meeting room",
        3: "Uplink of our router drops every evening since the storm",
        4: "",
    }
    assert alike("Our router loses the uplink in the evening", texts) == [1, 3]
    assert alike("", texts) == []


def test_a_pool_a_talk_and_a_request_lead_to_a_plan(signed_in, client):
    pool = make_pool()
    expert, stranger = expert_of(pool), professional()
    talk = TalkFactory(pool=pool)
    asked = filed(pool)
    for page in (pool.url, talk.get_absolute_url()):
        assert "/live/plan/" in signed_in(expert).get(page).content.decode()
        assert "/live/plan/" not in signed_in(stranger).get(page).content.decode()
        assert "/live/plan/" not in client.get(page).content.decode()
    page = signed_in(expert).get(asked.get_absolute_url()).content.decode()
    assert f"/live/plan/?like={asked.pk}" in page
    page = signed_in(asked.requester).get(asked.get_absolute_url()).content.decode()
    assert "/live/plan/" not in page


def test_a_plan_for_a_request_has_those_that_are_like_it(signed_in):
    pool = make_pool()
    expert = expert_of(pool)
    one = filed(pool, title="Router loses its uplink in the evening")
    two = filed(pool, title="Uplink of the router drops each evening")
    filed(pool, title="A printer for the meeting room", body="It should print on both sides.")
    filed(make_pool("SEC"), title="Router loses its uplink in the evening")
    filed(pool, title="Router loses its uplink in the evening", confidential=True)
    page = signed_in(expert).get(reverse("live:plan"), {"like": one.pk}).content.decode()
    assert sorted(chosen(page, "requests")) == sorted([str(one.pk), str(two.pk)])
    assert chosen(page, "pool") == [str(pool.pk)]
    assert 'value="Router loses its uplink in the evening"' in page


@pytest.mark.parametrize("like", ["", "0", "x", "9" * 30, "\0"])
def test_a_plan_for_a_request_that_is_none_is_an_empty_plan(signed_in, like):
    response = signed_in(expert_of(make_pool())).get(reverse("live:plan"), {"like": like})
    assert response.status_code == 200
    assert chosen(response.content.decode(), "requests") == []


def test_by_agency_counts_who_asked_is_there_and_comes(signed_in):
    start = timezone.now() + timedelta(days=1)
    session = make_session(
        state="scheduled", names="anonymous", starts=start, ends=start + timedelta(hours=1)
    )
    asker, voter, hidden, comer = [professional() for _ in range(4)]
    question = ask(session, asker)
    do(session, voter, "vote.set", q=question, value=1)
    ask(session, hidden, name_mode="anonymous")
    set_coming(session, comer, wanted=True)
    exposing.note_seen(voter, session.pk, [question], timezone.now())
    page = signed_in(session.host).get(reverse("live:agencies", args=[session.pk]))
    rows = {row.name: row[1:] for row in page.context["rows"]}
    agency = {person: person.open_posting.organisation.name for person in (asker, voter, comer)}
    assert rows.pop("") == (1, 0, 0)
    expected = {}
    for person, counts in ((asker, (1, 1, 0)), (voter, (0, 1, 0)), (comer, (0, 0, 1))):
        before = expected.get(agency[person], (0, 0, 0))
        expected[agency[person]] = tuple(map(sum, zip(before, counts, strict=True)))
    assert rows == expected


def test_by_agency_is_for_those_who_run_the_session(signed_in):
    session = make_session()
    address = reverse("live:agencies", args=[session.pk])
    assert signed_in(professional()).get(address).status_code == 403
    assert "Nobody yet" in signed_in(session.host).get(address).content.decode()


@pytest.mark.parametrize("people", [1, 12])
def test_by_agency_query_count(signed_in, django_assert_num_queries, people):
    session = make_session()
    for _ in range(people):
        ask(session)
    client = signed_in(session.host)
    address = reverse("live:agencies", args=[session.pk])
    client.get(address)
    with django_assert_num_queries(17):
        client.get(address)
