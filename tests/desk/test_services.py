"""The catalogue: what pools offer, filing for it, keeping it."""

import re
import uuid

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from desk import questions
from desk.models import Request, Service
from tests.factories.desk import filed, service
from tests.factories.forums import pool, serving
from tests.factories.people import professional

pytestmark = pytest.mark.django_db

ASKS = """Since when?* | date
How many machines? | number
Whom does it hit?* | choice | One person; The office
What was tried? | text"""


def page(response):
    return response.content.decode()


def form(**fields):
    return {
        "title": "No line in the annex",
        "body": "Nothing since **noon**.",
        "answer_1": "2026-06-01",
        "answer_3": "The office",
        "urgency": "normal",
        "cid": str(uuid.uuid4()),
    } | fields


def edited(**fields):
    return {
        "name": "Network fault",
        "description": "What fails.",
        "kind": "trouble",
        "asks": ASKS,
        "response_hours": 2,
        "update_hours": 8,
        "delivery_hours": 24,
        "active": "on",
    } | fields


# --- Filing -------------------------------------------------------------------------


def test_the_catalogue_names_service_and_times(signed_in):
    offered = service(response_hours=2)
    shown = page(signed_in(professional()).get(reverse("desk:services")))
    assert offered.get_absolute_url() in shown
    assert "First response within 2 working hours" in shown


def test_a_request_for_a_service_keeps_its_answers_and_gives_a_receipt(signed_in):
    offered = service(asks=ASKS)
    client = signed_in(professional())
    response = client.post(offered.get_absolute_url(), form(), follow=True)
    asked = Request.objects.get()
    assert (asked.service, asked.pool) == (offered, offered.pool)
    assert asked.answers == [["Since when?", "1 June 2026"], ["Whom does it hit?", "The office"]]
    assert asked.receipt in page(response)
    assert "1 June 2026" in page(response)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("answer_1", ""),
        ("answer_1", "31 February"),
        ("answer_2", "many"),
        ("answer_2", "NaN"),
        ("answer_3", "Nobody"),
        ("answer_4", "x" * 5_000),
    ],
)
def test_a_wrong_answer_is_refused_and_everything_typed_is_kept(signed_in, field, value):
    offered = service(asks=ASKS)
    response = signed_in(professional()).post(
        offered.get_absolute_url(), form(answer_4="Restarted it") | {field: value}
    )
    assert response.status_code == 422
    assert response.context["form"].errors.keys() == {field}
    assert "No line in the annex" in page(response)
    assert "Restarted it" in page(response) or field == "answer_4"
    assert not Request.objects.exists()


def test_other_answers_under_one_cid_are_refused(signed_in):
    offered = service(asks=ASKS)
    client, data = signed_in(professional()), form()
    for _ in range(2):
        assert client.post(offered.get_absolute_url(), data).status_code == 302
    again = client.post(offered.get_absolute_url(), data | {"answer_3": "One person"})
    assert again.status_code == 422
    assert Request.objects.count() == 1


def test_a_service_that_is_not_offered_or_not_for_me_is_not_there(signed_in):
    retired = service(active=False)
    hidden = service(pool("SEC", audience=["heads"]), slug="hidden", name="Hidden")
    client = signed_in(professional())
    assert client.get(retired.get_absolute_url()).status_code == 404
    assert client.post(hidden.get_absolute_url(), form()).status_code == 404
    assert "Hidden" not in page(client.get(reverse("desk:services")))


def test_without_a_pool_the_words_suggest_one_that_can_be_changed(signed_in):
    net, sec = pool(), pool("SEC")
    service(net)
    service(sec, slug="patching", name="Patching", description="Updates that are missing.")
    client = signed_in(professional())
    plain = {"title": "Wireless drops", "body": "At noon", "urgency": "normal"}
    data = plain | {"cid": str(uuid.uuid4()), "pool": ""}
    response = client.post(reverse("desk:file"), data)
    assert response.status_code == 422
    assert f'<option value="{net.pk}" selected>' in page(response)
    assert "Wireless drops" in page(response)
    client.post(reverse("desk:file"), data | {"pool": sec.pk})
    assert Request.objects.get().pool == sec


def test_words_find_a_service_and_say_why(signed_in):
    found = service()
    response = signed_in(professional()).get(reverse("desk:services"), {"q": "our WIRELESS fails"})
    assert [one.service for one in response.context["found"]] == [found]
    assert re.search("because of [a-z, ]*wireless", page(response))
    nothing = signed_in(professional()).get(reverse("desk:services"), {"q": "zebra"})
    assert "No service has these words" in page(nothing)


@pytest.mark.parametrize("number", [1, 30])
def test_catalogue_query_count(signed_in, django_assert_max_num_queries, number):
    net = pool()
    for count in range(number):
        service(net, slug=f"s{count}", name=f"Service number {count}")
    client = signed_in(serving(net, "lead"))
    with django_assert_max_num_queries(16):
        response = client.get(reverse("desk:services"))
    assert page(response).count("Service number") == number


# --- Keeping it ---------------------------------------------------------------------


def test_the_lead_offers_and_changes_a_service(signed_in):
    net = pool()
    client = signed_in(serving(net, "lead"))
    made = client.post(f"{reverse('desk:new_service')}?pool=NET", edited())
    kept = Service.objects.get()
    assert made.url == kept.get_absolute_url() == "/desk/services/net-network-fault/"
    shown = page(client.get(reverse("desk:change_service", args=[kept.slug])))
    assert "Whom does it hit?* | choice | One person; The office" in shown
    client.post(reverse("desk:change_service", args=[kept.slug]), edited(name="Line fault"))
    kept.refresh_from_db()
    assert (kept.name, kept.slug) == ("Line fault", "net-network-fault")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("asks", "When | moment"),
        ("asks", "Which | choice | One"),
        ("asks", "Same\nSame"),
        ("asks", "\n".join(f"Question {number}" for number in range(13))),
        ("asks", "* | line"),
        ("response_hours", "0"),
        ("delivery_hours", "100000"),
        ("name", "network FAULT"),
        ("kind", "other"),
    ],
)
def test_a_service_that_says_nothing_usable_is_refused_and_kept(signed_in, field, value):
    net = pool()
    service(net)
    client = signed_in(serving(net, "lead"))
    fields = edited(name="Another", description="A description") | {field: value}
    response = client.post(f"{reverse('desk:new_service')}?pool=NET", fields)
    assert response.status_code == 422
    assert response.context["form"].errors.keys() == {field}
    assert "A description" in page(response)


def test_only_who_leads_the_pool_keeps_its_services(signed_in):
    kept = service()
    change = reverse("desk:change_service", args=[kept.slug])
    for person in (serving(kept.pool), serving(pool("SEC"), "lead"), professional()):
        assert signed_in(person).post(change, edited()).status_code == 403
        assert signed_in(person).get(f"{reverse('desk:new_service')}?pool=NET").status_code == 404


def test_routing_names_a_service_of_the_other_pool(signed_in):
    asked = filed()
    sec = pool("SEC")
    review = service(sec, name="Review")
    client = signed_in(serving(asked.pool))
    act = reverse("desk:act", args=[asked.pk, "route"])
    data = {"pool": asked.pool.pk, "service": review.pk, "note": "Theirs"}
    assert client.post(act, data).status_code == 422
    assert client.post(act, data | {"service": ""}).status_code == 422  # it is there already
    client.post(act, data | {"pool": sec.pk})
    asked.refresh_from_db()
    assert (asked.pool, asked.service) == (sec, review)


# --- Questions ----------------------------------------------------------------------

LABELS = st.text(st.characters(codec="ascii", categories=["L", "Nd"]), min_size=1, max_size=20)
QUESTIONS = st.builds(
    questions.Question,
    label=LABELS,
    kind=st.sampled_from([kind for kind in questions.KINDS if kind != "choice"]),
    needed=st.booleans(),
) | st.builds(
    questions.Question,
    label=LABELS,
    kind=st.just("choice"),
    needed=st.booleans(),
    choices=st.lists(LABELS, min_size=2, max_size=4, unique=True).map(tuple),
)


@given(st.lists(QUESTIONS, max_size=12, unique_by=lambda question: question.label))
def test_what_is_written_as_lines_is_read_back_equal(asked):
    assert questions.parse(questions.to_text(asked)) == asked
    assert questions.from_rows(questions.to_rows(asked)) == asked
