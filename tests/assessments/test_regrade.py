"""Correcting a key: the dry run is what happens, once, and a fall waits for a second person."""

import random
import uuid

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from assessments import regrading, services
from assessments.bank import import_questions
from assessments.models import Attempt, Category, Question, Quiz, QuizDraw, ScoreChange, Slot
from tests.factories.people import PersonFactory

WRONG = "::key:: Which port does DNS use? {=53 ~80 ~443}"
RIGHT = "::key:: Which port does DNS use? {~53 =80 ~443}"
OTHER = "::key:: Which port does DNS use? {~53 =8080 ~443}"
SURE = "::sure:: The sky is up. {TRUE}"
BANK = "$CATEGORY: dns\n\n{}\n\n{}\n"
pytestmark = pytest.mark.django_db


@pytest.fixture
def assessors():
    return [PersonFactory(groups=["assessor"]) for _number in range(2)]


@pytest.fixture
def quiz():
    return quiz_of_dns()


def quiz_of_dns() -> Quiz:
    import_questions(BANK.format(WRONG, SURE))
    quiz = Quiz.objects.create(slug="dns", title="DNS", pass_mark=100, attempts_allowed=9)
    QuizDraw.objects.create(quiz=quiz, category=Category.objects.get(slug="dns"), count=2, order=1)
    return quiz


def sat(quiz, choice, sure=True) -> Attempt:
    attempt = services.start_attempt(quiz, person=PersonFactory(), cid=uuid.uuid4())
    answers = {"key": choice, "sure": sure}
    for slot in attempt.slots.select_related("question_version__question"):
        answer = answers[slot.question_version.question.ident]
        if answer is not None:
            services.save_response(slot, answer=answer, client_seq=1)
    return services.finish_attempt(attempt)


def corrected() -> Question:
    import_questions(BANK.format(RIGHT, SURE))
    return Question.objects.get(ident="key")


def results():
    return dict(Attempt.objects.values_list("pk", "score_percent"))


def test_three_hundred_attempts_the_dry_run_is_the_difference_and_twice_is_once(quiz, assessors):
    chance = random.Random(4)
    with transaction.atomic():
        for _number in range(300 if connection.vendor == "sqlite" else 60):
            sat(quiz, chance.choice([0, 1, 2, None]), sure=chance.random() < 0.5)
    before = results()
    question = corrected()
    told = regrading.preview(question)
    assert results() == before  # dry
    applied = regrading.apply_key(question, by=assessors[0], reason="53 was never right")
    assert applied == told
    after = results()
    at_once = {row.attempt: row.percent_after for row in told if not row.falls}
    assert after == before | at_once
    falls = {row.attempt for row in told if row.falls}
    waiting = ScoreChange.objects.filter(state="waiting")
    assert set(waiting.values_list("attempt", flat=True)) == falls
    assert falls
    assert any(row.rises for row in told)
    assert regrading.preview(question) == []
    assert regrading.apply_key(question, by=assessors[0], reason="again") == []
    assert results() == after
    assert ScoreChange.objects.count() == len(told)


def test_a_fall_waits_and_only_a_second_person_signs_it(quiz, assessors):
    attempt = sat(quiz, 0)
    heard = []
    services.attempt_regraded.append(heard.append)
    try:
        regrading.apply_key(corrected(), by=assessors[0], reason="key")
        (change,) = regrading.waiting_falls()
        attempt.refresh_from_db()
        assert (attempt.passed, heard) == (True, [])
        with pytest.raises(PermissionDenied):
            regrading.decide_fall(change, by=assessors[0], sign=True)
        for _time in range(2):
            regrading.decide_fall(change, by=assessors[1], sign=True)
    finally:
        services.attempt_regraded.remove(heard.append)
    attempt.refresh_from_db()
    assert (attempt.passed, attempt.score_percent, heard) == (False, 50, [attempt])
    last = attempt.moves.last()
    assert (last.verb, last.actor, last.reason) == ("regrade", assessors[1], "key")


def test_a_second_person_may_let_the_result_stand_for_good(quiz, assessors):
    attempt = sat(quiz, 0)
    question = corrected()
    regrading.apply_key(question, by=assessors[0], reason="key")
    regrading.decide_fall(regrading.waiting_falls()[0], by=assessors[1], sign=False)
    attempt.refresh_from_db()
    assert attempt.passed
    assert regrading.waiting_falls() == regrading.preview(question) == []


def test_the_database_refuses_that_one_person_does_both(quiz, assessors):
    sat(quiz, 0)
    regrading.apply_key(corrected(), by=assessors[0], reason="key")
    with pytest.raises(IntegrityError), transaction.atomic():
        ScoreChange.objects.update(decided_by=assessors[0])


def test_a_sitting_that_goes_on_is_marked_by_the_corrected_key(quiz, assessors):
    attempt = services.start_attempt(quiz, person=PersonFactory(), cid=uuid.uuid4())
    slot = attempt.slots.get(question_version__question__ident="key")
    services.save_response(slot, answer=1, client_seq=1)
    regrading.apply_key(corrected(), by=assessors[0], reason="key")
    assert services.finish_attempt(attempt).score_percent == 50
    slot.refresh_from_db()
    assert (slot.share, slot.key_version.number) == (1, 2)


def test_a_key_corrected_twice_counts_as_it_was_corrected_last(quiz, assessors):
    attempt = services.start_attempt(quiz, person=PersonFactory(), cid=uuid.uuid4())
    old = sat(quiz, 2)
    regrading.apply_key(corrected(), by=assessors[0], reason="key")
    import_questions(BANK.format(WRONG.replace("=53", "~53").replace("~443", "=443"), SURE))
    question = Question.objects.get(ident="key")
    regrading.apply_key(question, by=assessors[0], reason="key again")
    old.refresh_from_db()
    assert old.score_percent == 100
    for slot in attempt.slots.filter(question_version__question=question):
        services.save_response(slot, answer=2, client_seq=1)
    services.finish_attempt(attempt)
    assert Slot.objects.filter(attempt=attempt, share=1).get().key_version == question.current


def test_another_question_is_no_correction_of_a_key(quiz, assessors):
    sat(quiz, 0)
    import_questions(BANK.format(OTHER, SURE))
    question = Question.objects.get(ident="key")
    with pytest.raises(regrading.RegradeRefusedError, match="offers other answers"):
        regrading.preview(question)
    with pytest.raises(regrading.RegradeRefusedError):
        regrading.apply_key(question, by=assessors[0], reason="key")
    assert not ScoreChange.objects.exists()


def test_who_gains_by_a_key_does_not_correct_it(quiz):
    assessor = PersonFactory(groups=["assessor"])
    attempt = services.start_attempt(quiz, person=assessor, cid=uuid.uuid4())
    slot = attempt.slots.get(question_version__question__ident="key")
    services.save_response(slot, answer=1, client_seq=1)
    services.finish_attempt(attempt)
    question = corrected()
    with pytest.raises(PermissionDenied, match="a result of yours"):
        regrading.apply_key(question, by=assessor, reason="mine")
    assert len(regrading.preview(question)) == 1


def test_correcting_and_deciding_on_their_pages(quiz, assessors, signed_in):
    attempt = sat(quiz, 0)
    question = corrected()
    page = reverse("assessments:regrade", args=[question.ident])
    client = signed_in(assessors[0])
    assert "would fall" in client.get(page).content.decode()
    assert client.post(page, {"reason": ""}).status_code == 422
    client.post(page, {"reason": "key"})
    (change,) = regrading.waiting_falls()
    decide = reverse("assessments:decide_fall", args=[change.pk])
    assert client.post(decide, {"sign": "1"}).status_code == 403
    assert signed_in(attempt.person).post(decide, {"sign": "1"}).status_code == 403
    second = signed_in(assessors[1])
    assert attempt.person.name in second.get(reverse("assessments:falls")).content.decode()
    second.post(decide, {"sign": "1"})
    attempt.refresh_from_db()
    assert attempt.passed is False
