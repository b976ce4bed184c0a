"""The call for talks: proposed, reviewed, decided, and an accepted one is a talk."""

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from events.models import Proposal, Review, Talk
from events.proposal_states import EDITABLE, KEEPER, MOVES, SPEAKER, may_move, moves_from
from events.waiting import writer_token
from tests.factories.events import EditionFactory
from tests.factories.people import professional, registrar

pytestmark = pytest.mark.django_db
STATES = st.sampled_from(Proposal.State.values)


@pytest.fixture
def edition():
    now = timezone.now()
    return EditionFactory(
        call_text="Talks on **lines**.",
        call_opens=now - timedelta(days=1),
        call_closes=now + timedelta(days=1),
    )


def of(name: str, proposal: Proposal) -> str:
    return reverse(f"events:{name}", args=[proposal.pk])


def form(**fields) -> dict:
    values = {"title": "Lines that last", "abstract": "What holds.", "minutes": "25"}
    return values | {"cid": str(uuid.uuid4()), "submit": "1"} | fields


def proposed(edition, browser, **fields) -> Proposal:
    answer = browser.post(reverse("events:propose", args=[edition.slug]), form(**fields))
    assert answer.status_code == 302
    return Proposal.objects.get(pk=int(answer["Location"].rstrip("/").rpartition("/")[2]))


@given(state=STATES, to=STATES)
def test_nobody_moves_a_proposal_but_by_the_table(state, to):
    allowed = [whose for whose in (SPEAKER, KEEPER) if may_move(state, to, whose)]
    assert len(allowed) <= 1
    assert (to in moves_from(state, SPEAKER)) == (MOVES.get((state, to)) == SPEAKER)
    assert not (state in EDITABLE and may_move(state, "rejected", SPEAKER))


def test_a_talk_is_proposed_reviewed_accepted_and_stands_in_the_programme(edition, signed_in):
    speaker, second = professional(), professional()
    keeper, reviewer = signed_in(registrar()), professional()
    mine = signed_in(speaker)
    assert "Propose a talk" in mine.get(edition.get_absolute_url()).content.decode()
    proposal = proposed(edition, mine, co_speakers=f"{second.employee_id.lower()} ")
    assert proposal.state == "submitted"
    assert signed_in(reviewer).get(proposal.get_absolute_url()).status_code == 404
    listing = reverse("events:proposals", args=[edition.slug])
    keeper.post(listing, {"person": reviewer.employee_id})
    assert reviewer.notices.get().url == listing
    judge = signed_in(reviewer)
    judge.post(of("review_proposal", proposal), {"score": "2", "comment": "Hm"})
    judge.post(of("review_proposal", proposal), {"score": "4", "comment": "Yes"})
    assert [(row.score, row.comment) for row in Review.objects.all()] == [(4, "Yes")]
    assert "4.0 by 1 reviewer" in keeper.get(listing).content.decode()
    assert "Yes" not in mine.get(proposal.get_absolute_url()).content.decode()
    decide = {"to": "accepted", "message": "Welcome", "starts": "2025-10-15T09:00", "room": "A"}
    for _turn in range(2):
        keeper.post(of("decide_proposal", proposal), decide | {"minutes": "30"})
    talk = Talk.objects.get()
    assert (talk.title, talk.minutes, talk.room) == ("Lines that last", 30, "A")
    assert set(talk.speakers.all()) == {speaker, second}
    assert "accepted" in second.notices.get().title
    page = mine.get(proposal.get_absolute_url()).content.decode()
    assert "Welcome" in page
    assert talk.get_absolute_url() in page
    mine.post(of("withdraw_proposal", proposal))
    assert "taken out of the programme" in mine.get(talk.get_absolute_url()).content.decode()


def test_a_draft_is_seen_by_its_speakers_only_and_can_be_changed(edition, signed_in):
    mine = signed_in(professional())
    send = form(submit="")
    del send["submit"]
    address = reverse("events:propose", args=[edition.slug])
    for _turn in range(2):
        mine.post(address, send)
    proposal = Proposal.objects.get()
    assert proposal.state == "draft"
    for person in (registrar(), professional()):
        assert signed_in(person).get(proposal.get_absolute_url()).status_code == 404
    mine.post(of("edit_proposal", proposal), send | {"title": "Better"})
    proposal.refresh_from_db()
    assert proposal.title == "Better"
    assert "Better" in mine.get(reverse("events:my_proposals")).content.decode()
    reused = mine.post(address, send | {"title": "A third"})
    assert (reused.status_code, "A third" in reused.content.decode()) == (422, True)


def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(edition, signed_in):
    mine, address = signed_in(professional()), reverse("events:propose", args=[edition.slug])
    answer = mine.post(address, form(co_speakers="ZZ-1", abstract="Long text"))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'id="id_co_speakers_error"' in page
    assert "Long text" in page
    for field, value in (("minutes", "9999"), ("title", ""), ("abstract", "a\x00b")):
        assert mine.post(address, form(**{field: value})).status_code == 422
    assert not Proposal.objects.exists()


def test_after_the_call_a_text_is_kept_as_a_draft_and_a_decided_one_does_not_change(
    edition, signed_in
):
    mine = signed_in(professional())
    proposal = proposed(edition, mine)
    edition.call_closes = timezone.now() - timedelta(hours=1)
    edition.save()
    late = proposed(edition, mine, title="Late")
    assert late.state == "draft"
    keeper = signed_in(registrar())
    keeper.post(of("decide_proposal", proposal), {"to": "rejected", "message": "Next time"})
    answer = mine.post(of("edit_proposal", proposal), form(title="Changed"))
    assert (answer.status_code, "Changed" in answer.content.decode()) == (422, True)
    keeper.post(of("decide_proposal", proposal), {"to": "waitlisted"})
    proposal.refresh_from_db()
    assert [step.state for step in proposal.steps.all()] == ["submitted", "rejected", "waitlisted"]
    bad = keeper.post(of("decide_proposal", proposal), {"to": "accepted", "message": "Kept"})
    assert (bad.status_code, "Kept" in bad.content.decode()) == (422, True)


def test_a_proposal_that_was_sent_after_the_session_ended_is_there_after_the_sign_in(
    edition, client
):
    speaker, address = professional(), reverse("events:propose", args=[edition.slug])
    sent = form(title="Kept over the sign-in", writer=writer_token(speaker))
    assert client.post(address, sent)["Location"].startswith("/accounts/login/")
    client.force_login(speaker)
    assert "Kept over the sign-in" in client.get(address).content.decode()


def test_nobody_judges_the_own_talk(edition, signed_in):
    own = registrar()
    keeper = signed_in(own)
    proposal = proposed(edition, keeper)
    assert keeper.post(of("review_proposal", proposal), {"score": "5"}).status_code == 403
    accept = {"to": "accepted", "starts": "2025-10-15T09:00"}
    assert keeper.post(of("decide_proposal", proposal), accept).status_code == 403
    assert signed_in(professional()).get(of("edit_proposal", proposal)).status_code == 404
    listing = reverse("events:proposals", args=[edition.slug])
    assert signed_in(professional()).get(listing).status_code == 403


@pytest.mark.parametrize("number", [1, 30])
def test_queries_do_not_grow_with_the_proposals(
    number, edition, signed_in, django_assert_num_queries
):
    for each in range(number):
        row = Proposal.objects.create(
            edition=edition,
            by=professional(),
            title=f"P{each}",
            cid=uuid.uuid4(),
            state="submitted",
        )
        row.reviews.create(reviewer=professional(), score=3)
    keeper = signed_in(registrar())
    with django_assert_num_queries(12):
        keeper.get(reverse("events:proposals", args=[edition.slug]))
