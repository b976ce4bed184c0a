"""Two at once on the same row: one wins, the other hears why, nothing is lost or doubled."""

import threading
import uuid

import pytest
from django.db import connection

from assessments import human_marking, regrading, services, timing
from assessments.models import Attempt, Marking, Response, ScoreChange
from tests.assessments.test_human_marking import essay_quiz, handed_in
from tests.assessments.test_regrade import corrected, quiz_of_dns, sat
from tests.factories.assessments import quiz_with_bank
from tests.factories.people import PersonFactory

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 8


def together(*works):
    """Run all at the same moment, each on a connection of its own; their errors or results."""
    gate = threading.Barrier(len(works))
    outcomes: list = [None] * len(works)

    def run(place, work):
        gate.wait(30)
        try:
            outcomes[place] = work()
        except Exception as error:  # noqa: BLE001 (the outcome is what the test looks at)
            outcomes[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place, work)) for place, work in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return outcomes


def test_one_answer_sent_by_eight_tabs_at_once_is_kept_once(transactional_db):
    attempt = services.start_attempt(quiz_with_bank(), person=PersonFactory(), cid=uuid.uuid4())
    slot = attempt.slots.first()
    client = uuid.uuid4()
    outcomes = together(
        *[
            lambda: services.save_response(slot, answer="x", client_seq=3, client=client, base=0)
            for _tab in range(AT_ONCE)
        ]
    )
    assert set(outcomes) == {Response.objects.get()}


def test_handing_in_while_answers_arrive_and_time_is_given(transactional_db):
    attempt = services.start_attempt(quiz_with_bank(), person=PersonFactory(), cid=uuid.uuid4())
    slot = attempt.slots.first()
    by = PersonFactory(groups=["assessor"])
    outcomes = together(
        *[lambda: services.finish_attempt(attempt)] * 3,
        *[lambda: timing.beat(attempt)] * 2,
        lambda: services.save_response(slot, answer="x", client_seq=1),
        lambda: timing.grant_time(attempt, seconds=60, reason="cut", by=by),
    )
    refusals = (services.ClosedError, timing.GrantRefusedError)
    assert [one for one in outcomes if isinstance(one, Exception)] == [
        one for one in outcomes if isinstance(one, refusals)
    ]
    verbs = list(attempt.moves.values_list("verb", flat=True))
    assert verbs == ["begin", "submit", "finish"]


def test_eight_starts_at_once_are_one_attempt(transactional_db):
    quiz, person = quiz_with_bank(), PersonFactory()
    outcomes = together(
        *[
            lambda: services.start_attempt(quiz, person=person, cid=uuid.uuid4())
            for _tab in range(AT_ONCE)
        ]
    )
    assert set(outcomes) == {Attempt.objects.get()}


def test_eight_markers_claim_one_answer_and_one_has_it(transactional_db):
    handed_in(essay_quiz())
    row = Marking.objects.first()
    markers = [PersonFactory(groups=["assessor"]) for _number in range(AT_ONCE)]
    outcomes = together(*[lambda by=by: human_marking.claim(row, by=by) for by in markers])
    refused = [one for one in outcomes if isinstance(one, human_marking.MarkingRefusedError)]
    assert len(refused) == AT_ONCE - 1
    row.refresh_from_db()
    assert row.claimed_by in markers


def test_a_key_corrected_twice_at_once_changes_each_result_once(transactional_db):
    quiz = quiz_of_dns()
    attempts = [sat(quiz, 1) for _number in range(3)]
    question = corrected()
    assessors = [PersonFactory(groups=["assessor"]) for _number in range(2)]
    outcomes = together(
        *[lambda by=by: regrading.apply_key(question, by=by, reason="key") for by in assessors]
    )
    assert sorted(map(len, outcomes)) == [0, 3]
    assert ScoreChange.objects.count() == 3
    assert set(Attempt.objects.values_list("score_percent", flat=True)) == {100}
    assert [attempt.moves.filter(verb="regrade").count() for attempt in attempts] == [1, 1, 1]
