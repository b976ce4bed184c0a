import uuid
from datetime import timedelta

import pytest
import time_machine
from django.db import DatabaseError, IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from competencies.models import Evidence
from desk import queries, services
from desk.models import Request, State
from tests.factories.courses import CompetencyFactory
from tests.factories.desk import claimed, delivered, filed, in_work
from tests.factories.forums import pool, serving
from tests.factories.people import OrganisationFactory, PersonFactory, professional

pytestmark = pytest.mark.django_db


def form(in_pool, **fields):
    return {
        "pool": in_pool.pk,
        "title": "Measure the wireless",
        "body": "It **drops** at noon.",
        "urgency": "normal",
        "cid": str(uuid.uuid4()),
    } | fields


def act(client, asked, verb, **data):
    return client.post(reverse("desk:act", args=[asked.pk, verb]), data)


def page(response):
    return response.content.decode()


# --- Filing -------------------------------------------------------------------------


def test_filing_gives_a_receipt_and_tells_the_experts(signed_in):
    net = pool()
    expert = serving(net)
    client = signed_in(professional())
    response = client.post(reverse("desk:file"), form(net), follow=True)
    asked = Request.objects.get()
    assert asked.receipt in page(response)
    assert "<strong>drops</strong>" in page(response)
    assert [notice.url for notice in expert.notices.all()] == [asked.get_absolute_url()]
    assert [step.verb for step in asked.transitions.all()] == ["file"]


def test_filing_twice_makes_one_request_and_other_content_is_refused(signed_in):
    net = pool()
    client = signed_in(professional())
    data = form(net)
    for _ in range(2):
        assert client.post(reverse("desk:file"), data).status_code == 302
    assert Request.objects.count() == 1
    response = client.post(reverse("desk:file"), data | {"body": "Something else"})
    assert response.status_code == 422
    assert "Something else" in page(response)


@pytest.mark.parametrize(
    ("body", "says"),
    [("", "This field is required"), ("x" * 100_000, "At most"), ("a\x00b\x07c", "taken out")],
)
def test_a_text_that_cannot_be_taken_is_refused_and_kept(signed_in, body, says):
    response = signed_in(professional()).post(reverse("desk:file"), form(pool(), body=body))
    assert response.status_code == 422
    assert says in page(response)
    assert body.replace("\x00", "").replace("\x07", "") in page(response)
    assert "\x00" not in page(response)
    assert not Request.objects.exists()


def test_a_preview_files_nothing(signed_in):
    response = signed_in(professional()).post(reverse("desk:file"), form(pool(), preview="1"))
    assert "<strong>drops</strong>" in page(response)
    assert not Request.objects.exists()


def test_the_pool_is_chosen_already_when_the_address_names_it(signed_in):
    net = pool()
    response = signed_in(professional()).get(reverse("desk:file"), {"pool": "NET"})
    assert f'<option value="{net.pk}" selected>' in page(response)


# --- Who may see it -----------------------------------------------------------------


def test_the_requester_the_agency_and_the_pool_see_it_and_nobody_else(signed_in):
    agency = OrganisationFactory()
    asked = filed(requester=professional(organisation=agency))
    url = asked.get_absolute_url()
    other_pool = serving(pool("SEC"))
    administrator = professional(person=PersonFactory(is_superuser=True))
    sees = [asked.requester, professional(organisation=agency), serving(asked.pool), administrator]
    assert [signed_in(person).get(url).status_code for person in sees] == [200] * 4
    for person in (professional(), other_pool, PersonFactory()):
        assert signed_in(person).get(url).status_code == 404
        assert act(signed_in(person), asked, "claim").status_code == 404
        assert asked not in queries.queue_of(person)


def test_routing_takes_it_out_of_the_first_pools_sight(signed_in):
    asked = filed()
    expert, security = serving(asked.pool), pool("SEC")
    other = serving(security)
    response = act(signed_in(expert), asked, "route", pool=security.pk, note="A firewall it is")
    assert response.url == reverse("desk:list")
    assert signed_in(expert).get(asked.get_absolute_url()).status_code == 404
    assert "A firewall it is" in page(signed_in(other).get(asked.get_absolute_url()))
    assert list(queries.queue_of(other)) == [asked]
    assert other.notices.count() == 1


@pytest.mark.parametrize("name", ["desk:list", "desk:file"])
def test_a_visitor_is_sent_to_sign_in(client, name):
    assert client.get(reverse(name)).url.startswith("/accounts/login/")


# --- The way ------------------------------------------------------------------------


def test_the_whole_way_by_the_pages(signed_in):
    competency = CompetencyFactory()
    asked = filed()
    expert = serving(asked.pool)
    requester, doing = signed_in(asked.requester), signed_in(expert)
    act(doing, asked, "triage")
    act(doing, asked, "claim")
    act(doing, asked, "start")
    act(doing, asked, "wait", note="Which floor?")
    act(requester, asked, "resume", note="The ground floor")
    act(
        doing,
        asked,
        "deliver",
        deliverable="Moved **two** access points.",
        hours="3.5",
        competencies=[competency.pk],
    )
    act(requester, asked, "accept", rating="5", note="Works")
    act(requester, asked, "close")
    asked.refresh_from_db()
    assert (asked.state, asked.rating, str(asked.hours)) == ("closed", 5, "3.5")
    assert [step.verb for step in asked.transitions.all()] == [
        "file",
        "triage",
        "claim",
        "start",
        "wait",
        "resume",
        "deliver",
        "accept",
        "close",
    ]
    row = Evidence.objects.get()
    assert (row.person, row.kind, row.level.name) == (expert, "delivered_request", "Experienced")
    assert row.assessor == asked.requester
    shown = page(requester.get(asked.get_absolute_url()))
    assert "Moved <strong>two</strong> access points." in shown
    assert "Which floor?" in shown
    assert "rated 5 of 5" in shown


def test_an_illegal_step_says_what_is_allowed_and_keeps_what_was_typed(signed_in):
    asked = delivered()
    response = act(signed_in(asked.claimed_by), asked, "wait", note="One more thing I typed")
    assert response.status_code == 409
    assert "Possible now: Sign off, Reopen." in page(response)
    assert "One more thing I typed" in page(response)
    asked.refresh_from_db()
    assert asked.state == State.DELIVERED


def test_a_step_of_somebody_else_is_refused_with_who_may(signed_in):
    asked = delivered()
    response = act(signed_in(asked.claimed_by), asked, "accept", rating="5")
    assert response.status_code == 403
    assert "Only the person who filed it can do this." in page(response)
    assert not Evidence.objects.exists()


def test_the_page_offers_only_what_is_possible(signed_in):
    asked = claimed()
    shown = page(signed_in(asked.requester).get(asked.get_absolute_url()))
    assert f"/desk/{asked.pk}/withdraw/" in shown
    for verb in ("claim", "start", "deliver", "accept", "decline"):
        assert f"/desk/{asked.pk}/{verb}/" not in shown


def test_a_step_sent_twice_is_taken_once(signed_in):
    asked = claimed()
    client = signed_in(asked.claimed_by)
    for _ in range(2):
        assert act(client, asked, "start").status_code == 302
    assert [step.verb for step in asked.transitions.all()] == ["file", "claim", "start"]


def test_a_step_that_needs_a_word_asks_for_it(signed_in):
    asked = in_work()
    response = act(signed_in(asked.claimed_by), asked, "wait", note="  ")
    assert response.status_code == 422
    assert "This field is required" in page(response)


@pytest.mark.parametrize("hours", ["-1", "abc", "1e9", "NaN"])
def test_hours_that_are_no_hours_are_refused_with_the_text_kept(signed_in, hours):
    asked = in_work()
    response = act(signed_in(asked.claimed_by), asked, "deliver", deliverable="Done.", hours=hours)
    assert response.status_code == 422
    assert "Done." in page(response)


def test_an_unknown_step_and_an_unknown_request_are_not_there(signed_in):
    asked = filed()
    client = signed_in(asked.requester)
    assert act(client, asked, "explode").status_code == 404
    assert client.get("/desk/999999/").status_code == 404
    assert client.get(reverse("desk:act", args=[asked.pk, "claim"])).status_code == 405


# --- Claims -------------------------------------------------------------------------


def test_the_second_to_claim_is_told_who_has_it(signed_in):
    asked = filed()
    first, second = serving(asked.pool), serving(asked.pool)
    assert act(signed_in(first), asked, "claim").status_code == 302
    response = act(signed_in(second), asked, "claim")
    assert response.status_code == 409
    assert f"{first.name} has claimed it." in page(response)


def test_claiming_again_what_one_holds_changes_nothing():
    asked = claimed()
    services.claim(asked, by=asked.claimed_by)
    assert [step.verb for step in asked.transitions.all()] == ["file", "claim"]


def test_a_claim_without_work_lapses_and_then_another_may_have_it(signed_in):
    asked = claimed()
    other = serving(asked.pool)
    with time_machine.travel(timezone.now() + timedelta(days=4), tick=False):
        client = signed_in(other)
        assert "lapsed" in page(client.get(asked.get_absolute_url()))
        act(client, asked, "claim")
    asked.refresh_from_db()
    assert asked.claimed_by == other


def test_begun_work_does_not_lapse():
    asked = in_work()
    with pytest.raises(services.AlreadyClaimedError):
        services.claim(asked, by=serving(asked.pool), at=timezone.now() + timedelta(days=40))


def test_a_member_who_does_not_serve_does_not_know_of_it(signed_in):
    """Anybody may join a pool by themselves; a request is for those who serve it."""
    asked = filed()
    member = signed_in(serving(asked.pool, "member"))
    assert member.get(asked.get_absolute_url()).status_code == 404
    assert act(member, asked, "claim").status_code == 404


def test_handing_over_goes_to_somebody_who_serves_and_keeps_the_history(signed_in):
    asked = in_work()
    other, stranger = serving(asked.pool), professional()
    client = signed_in(asked.claimed_by)
    assert act(client, asked, "hand_over", to=stranger.pk).status_code == 422
    act(client, asked, "hand_over", to=other.pk, note="On leave from tomorrow")
    asked.refresh_from_db()
    assert (asked.claimed_by, asked.state) == (other, "claimed")
    assert other.notices.exists()
    assert asked.transitions.count() == 4


def test_two_hand_overs_without_a_word_are_two_steps():
    asked = in_work()
    lead, first, second = serving(asked.pool, "lead"), serving(asked.pool), serving(asked.pool)
    services.hand_over(asked, by=lead, to=first)
    asked.refresh_from_db()
    services.hand_over(asked, by=lead, to=second)
    asked.refresh_from_db()
    assert asked.claimed_by == second


# --- After the delivery -------------------------------------------------------------


def test_reopening_keeps_the_history_and_the_work_goes_on(signed_in):
    asked = delivered()
    act(signed_in(asked.requester), asked, "reopen", note="It drops again")
    assert act(signed_in(asked.claimed_by), asked, "start").status_code == 302
    asked.refresh_from_db()
    assert (asked.state, asked.deliverable) == ("in_work", "A **drawing**.")


def test_a_closed_request_is_reopened_within_thirty_days_only():
    asked = services.accept(delivered(), by=Request.objects.get().requester)
    services.move(asked, "close", by=asked.requester)
    late = timezone.now() + timedelta(days=31)
    with pytest.raises(services.IllegalMoveError):
        services.move(asked, "reopen", by=asked.requester, note="Again", at=late)
    soon = timezone.now() + timedelta(days=29)
    assert services.move(asked, "reopen", by=asked.requester, note="Again", at=soon).state == (
        "reopened"
    )


def test_nobody_earns_evidence_with_an_own_request():
    net = pool()
    expert = serving(net)
    asked = delivered(net, expert, requester=expert, competencies=[CompetencyFactory()])
    services.accept(asked, by=expert)
    assert not Evidence.objects.exists()


# --- What the database itself refuses -------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [{"state": "in_work"}, {"rating": 6}, {"hours": -1}],
    ids=["holder", "rating", "hours"],
)
def test_the_database_refuses_what_must_never_be(change):
    asked = filed()
    with pytest.raises(IntegrityError), transaction.atomic():
        Request.objects.filter(pk=asked.pk).update(**change)


def test_a_transition_is_never_changed_or_deleted():
    steps = filed().transitions
    with pytest.raises(DatabaseError), transaction.atomic():
        steps.update(note="other")
    with pytest.raises(DatabaseError), transaction.atomic():
        steps.all().delete()


# --- Lists --------------------------------------------------------------------------


@pytest.mark.parametrize("tab", ["mine", "agency", "queue", "hand"])
@pytest.mark.parametrize("number", [1, 25])
def test_list_query_count(signed_in, django_assert_max_num_queries, tab, number):
    net = pool()
    agency = OrganisationFactory()
    expert = serving(net)
    requester = professional(organisation=agency)
    for count in range(number):
        if tab == "hand":
            claimed(net, expert, title=f"Request number {count}")
        else:
            filed(net, requester=requester, title=f"Request number {count}")
    person = {
        "mine": requester,
        "agency": professional(organisation=agency),
        "queue": expert,
        "hand": expert,
    }[tab]
    client = signed_in(person)
    with django_assert_max_num_queries(21):
        response = client.get(reverse("desk:list"), {"tab": tab})
    assert page(response).count("Request number") == number


def test_an_empty_list_says_what_to_do(signed_in):
    assert "No request yet" in page(signed_in(professional()).get(reverse("desk:list")))


def test_the_most_urgent_comes_first_in_the_queue():
    net = pool()
    low, critical = filed(net, urgency="low"), filed(net, urgency="critical")
    assert list(queries.queue_of(serving(net))) == [critical, low]


@pytest.mark.parametrize("steps", [1, 12])
def test_request_page_query_count(signed_in, django_assert_max_num_queries, steps):
    asked = in_work()
    for number in range(steps):
        services.move(asked, "wait", by=asked.claimed_by, note=f"Question {number}")
        services.move(asked, "resume", by=asked.requester, note=f"Answer {number}")
    client = signed_in(asked.claimed_by)
    with django_assert_max_num_queries(26):
        response = client.get(asked.get_absolute_url())
    assert page(response).count("Question ") == steps


def test_what_waits_for_whom():
    asked = in_work()
    assert queries.waiting_for(asked.claimed_by) == [asked]
    assert queries.waiting_for(asked.requester) == []
    services.move(asked, "wait", by=asked.claimed_by, note="Which floor?")
    assert queries.waiting_for(asked.requester) == [asked]
    assert queries.waiting_for(asked.claimed_by) == []
    assert [row.kind for row in queries.holdings_of(asked.claimed_by)] == ["Claimed request"]
