"""Of several votes by one person the newest counts, in whatever order they arrive."""

import uuid

import pytest

from live import services
from live.log import state_of
from live.models import PollAnswer, Vote
from live.wishes import KEPT
from tests.factories.live import ask, do, make_session
from tests.factories.people import professional

pytestmark = pytest.mark.django_db


def value_of(question, voter) -> int:
    return Vote.objects.get(question=question, voter=voter).value


def test_a_vote_that_was_on_its_way_for_long_changes_nothing():
    session, voter = make_session(), professional()
    question = ask(session)
    do(session, voter, "vote.set", q=question, value=0, device="phone", n=7)
    late = do(session, voter, "vote.set", q=question, value=1, device="phone", n=6)
    assert (late.dup, value_of(question, voter)) == (True, 0)
    services.tally(session.pk)
    assert state_of(session).questions[question]["votes"] == 0


def test_the_late_one_of_a_device_does_not_overrule_another_device():
    session, voter = make_session(), professional()
    question = ask(session)
    do(session, voter, "vote.set", q=question, value=1, device="phone", n=7)
    do(session, voter, "vote.set", q=question, value=0, device="desk", n=2)
    do(session, voter, "vote.set", q=question, value=1, device="phone", n=6)
    assert value_of(question, voter) == 0
    do(session, voter, "vote.set", q=question, value=1, device="phone", n=8)
    assert value_of(question, voter) == 1


def test_a_repeat_without_numbers_is_known_behind_a_newer_vote():
    session, voter, first = make_session(), professional(), uuid.uuid4()
    question = ask(session)
    do(session, voter, "vote.set", q=question, value=1, cid=first)
    do(session, voter, "vote.set", q=question, value=0)
    assert do(session, voter, "vote.set", q=question, value=1, cid=first).dup
    assert value_of(question, voter) == 0


def test_what_is_kept_of_devices_has_an_end():
    session, voter = make_session(), professional()
    question = ask(session)
    for number in range(2 * KEPT):
        do(session, voter, "vote.set", q=question, value=number % 2)
    assert len(Vote.objects.get().heard) == KEPT


def test_the_newest_answer_to_a_poll_counts():
    session, person = make_session(), professional()
    options = ["Fibre", "Radio"]
    poll = do(session, session.host, "poll.start", kind="single", text="Which?", options=options)
    do(session, person, "poll.answer", p=poll.obj, choices=[1], device="phone", n=2)
    late = do(session, person, "poll.answer", p=poll.obj, choices=[0], device="phone", n=1)
    assert (late.dup, PollAnswer.objects.get().choices) == (True, [1])


def test_a_voice_is_taken_back_from_a_question_and_what_was_merged_into_it():
    session, voter, other = make_session(), professional(), professional()
    one, two, first = ask(session), ask(session), uuid.uuid4()
    do(session, other, "vote.set", q=two, value=1)
    do(session, voter, "vote.set", q=two, value=1, cid=first, device="phone", n=1)
    do(session, session.host, "mod.merge", q=two, into=one)
    do(session, voter, "vote.set", q=one, value=0, device="phone", n=2)
    assert do(session, voter, "vote.set", q=two, value=1, cid=first, device="phone", n=1).dup
    services.tally(session.pk)
    assert state_of(session).questions[one]["votes"] == 1
