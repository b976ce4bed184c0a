"""Two at once on the same row: one wins, the other hears why, nothing is lost or doubled."""

import uuid

import pytest
from django.db import connection

from assessments import human_marking, regrading, services, timing
from assessments.models import Attempt, Marking, Response, ScoreChange
from tests.assessments.test_human_marking import essay_quiz, handed_in
from tests.assessments.test_regrade import corrected, quiz_of_dns, sat
from tests.factories.assessments import quiz_with_bank
from tests.factories.people import PersonFactory
from tests.races import at_once, errors

pytestmark = [
    pytest.mark.postgresql,
    pytest.mark.usefixtures("transactional_db"),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite lets one write at once"),
]
AT_ONCE = 8


def test_one_answer_sent_by_eight_tabs_at_once_is_kept_once():
    attempt = services.start_attempt(quiz_with_bank(), person=PersonFactory(), cid=uuid.uuid4())
    slot = attempt.slots.first()
    client = uuid.uuid4()
    outcomes = at_once(
        [
            lambda: services.save_response(slot, answer="x", client_seq=3, client=client, base=0)
            for _tab in range(AT_ONCE)
        ]
    )
    assert set(outcomes) == {Response.objects.get()}


def test_handing_in_while_answers_arrive_and_time_is_given():
    attempt = services.start_attempt(quiz_with_bank(), person=PersonFactory(), cid=uuid.uuid4())
    slot = attempt.slots.first()
    by = PersonFactory(groups=["assessor"])
    outcomes = at_once(
        [
            *[lambda: services.finish_attempt(attempt)] * 3,
            *[lambda: timing.beat(attempt)] * 2,
            lambda: services.save_response(slot, answer="x", client_seq=1),
            lambda: timing.grant_time(attempt, seconds=60, reason="cut", by=by),
        ]
    )
    refusals = (services.ClosedError, timing.GrantRefusedError)
    assert [one for one in errors(outcomes) if not isinstance(one, refusals)] == []
    verbs = list(attempt.moves.values_list("verb", flat=True))
    assert verbs == ["begin", "submit", "finish"]


def test_eight_starts_at_once_are_one_attempt():
    quiz, person = quiz_with_bank(), PersonFactory()
    outcomes = at_once(
        [
            lambda: services.start_attempt(quiz, person=person, cid=uuid.uuid4())
            for _tab in range(AT_ONCE)
        ]
    )
    assert set(outcomes) == {Attempt.objects.get()}


def test_eight_markers_claim_one_answer_and_one_has_it():
    handed_in(essay_quiz())
    row = Marking.objects.first()
    markers = [PersonFactory(groups=["assessor"]) for _number in range(AT_ONCE)]
    outcomes = at_once([lambda by=by: human_marking.claim(row, by=by) for by in markers])
    refused = [one for one in outcomes if isinstance(one, human_marking.MarkingRefusedError)]
    assert len(refused) == AT_ONCE - 1
    row.refresh_from_db()
    assert row.claimed_by in markers


def test_a_key_corrected_twice_at_once_changes_each_result_once():
    quiz = quiz_of_dns()
    attempts = [sat(quiz, 1) for _number in range(3)]
    question = corrected()
    assessors = [PersonFactory(groups=["assessor"]) for _number in range(2)]
    outcomes = at_once(
        [lambda by=by: regrading.apply_key(question, by=by, reason="key") for by in assessors]
    )
    assert sorted(map(len, outcomes)) == [0, 3]
    assert ScoreChange.objects.count() == 3
    assert set(Attempt.objects.values_list("score_percent", flat=True)) == {100}
    assert [attempt.moves.filter(verb="regrade").count() for attempt in attempts] == [1, 1, 1]
