"""Many at once, on PostgreSQL with threads: numbers without holes, one voice to a person."""

import uuid

import pytest
from django.db import connection, transaction

from forums.models import Topic
from live import services
from live.fold import balance
from live.log import state_of
from live.models import Session, Vote
from live.protocol import Nack
from tests.factories.live import ask, do, make_session
from tests.factories.people import professional
from tests.races import at_once, errors

pytestmark = [
    pytest.mark.postgresql,
    pytest.mark.usefixtures("transactional_db"),
]


@pytest.fixture(autouse=True)
def _postgresql_only():
    if connection.vendor != "postgresql":
        pytest.skip("threads need PostgreSQL")


def test_eight_writers_leave_no_hole():
    session, people = make_session(), [professional() for _ in range(8)]

    def writer(person):
        for number in range(20):
            do(session, person, "q.ask", body=f"Question number {number}, please?")

    assert errors(at_once([lambda person=person: writer(person) for person in people])) == []
    session.refresh_from_db()
    seqs = list(session.events.values_list("seq", flat=True))
    assert seqs == list(range(1, session.head + 1))
    assert session.questions.count() == 160


def test_thirty_voters_on_two_connections_each_are_thirty_votes():
    session = make_session()
    question = ask(session)
    voters = [professional() for _ in range(30)]
    jobs = [
        lambda voter=voter: do(session, voter, "vote.set", q=question, value=1)
        for voter in voters
        for _connection in range(2)
    ]
    for start in range(0, len(jobs), 10):  # the pool has 16 connections
        assert errors(at_once(jobs[start : start + 10])) == []
    services.tally(session.pk)
    assert Vote.objects.count() == 30
    assert state_of(session).questions[question]["votes"] == 30


def test_the_same_command_on_many_connections_is_one_question():
    session, person, cid = make_session(), professional(), uuid.uuid4()
    acks = []
    body = "Sent by an outbox that saw no answer"
    jobs = [lambda: acks.append(do(session, person, "q.ask", cid=cid, body=body))] * 8
    assert errors(at_once(jobs)) == []
    assert session.questions.count() == 1
    assert len({(ack.seq, ack.obj) for ack in acks}) == 1
    assert sorted(ack.dup for ack in acks) == [False] + [True] * 7


def test_asking_against_closing_loses_nothing():
    """Every question is either owed or was refused; none lies behind the close."""
    for _round in range(5):
        session = make_session()
        people = [professional() for _ in range(7)]
        taken, refused = [], []

        def asking(person, session=session, taken=taken, refused=refused):
            for number in range(5):
                try:
                    taken.append(ask(session, person, f"Question number {number}, please?"))
                except Nack as nack:
                    refused.append(nack.code)

        jobs = [lambda person=person: asking(person) for person in people]
        jobs.append(lambda session=session: do(session, session.host, "sess.close"))
        assert errors(at_once(jobs)) == []
        counts = balance(state_of(session))
        assert (counts["asked"], counts["owed"]) == (len(taken), len(taken))
        assert set(refused) <= {"closed"}
        assert Topic.objects.filter(live_questions__session=session).count() == len(taken)


def test_voting_against_closing_and_merging_ends_in_the_true_score():
    session = make_session()
    one, two = ask(session), ask(session)
    voters = [professional() for _ in range(8)]

    def voting(voter):
        for question in (one, two):
            do(session, voter, "vote.set", q=question, value=1)

    jobs = [lambda voter=voter: voting(voter) for voter in voters]
    jobs.append(lambda: do(session, session.host, "mod.merge", q=two, into=one))
    # Who comes to the second question after the merge is told that it is closed.
    assert {error.code for error in errors(at_once(jobs))} <= {"closed"}
    do(session, session.host, "sess.close")
    assert state_of(session).questions[one]["votes"] == 8
    assert not session.questions.filter(dirty=True, state="visible").exists()


def test_one_person_in_parallel_has_one_allowance():
    session, person, codes = make_session(), professional(), []

    def asking(number):
        try:
            do(session, person, "q.ask", body=f"Question number {number}, please?", limited=True)
            codes.append("ack")
        except Nack as nack:
            codes.append(nack.code)

    jobs = [lambda number=number: asking(number) for number in range(8)]
    assert errors(at_once(jobs)) == []
    assert sorted(codes) == ["ack"] * 3 + ["rate_limited"] * 5
    assert Session.objects.get(pk=session.pk).questions.count() == 3


def test_a_tally_waits_for_nobody_who_holds_the_session():
    """A close of hundreds of questions takes a while: the hubs go on meanwhile."""
    session = make_session()
    do(session, professional(), "vote.set", q=ask(session), value=1)
    with transaction.atomic():
        Session.objects.select_for_update(no_key=True).get(pk=session.pk)
        told = []
        assert errors(at_once([lambda: told.append(services.tally(session.pk))])) == []
        assert told == [None]
    assert services.tally(session.pk)
