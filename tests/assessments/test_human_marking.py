"""Marking by people: claims, rounds, moderation, blindness; through services and pages."""

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from assessments import human_marking, services
from assessments.models import (
    Attempt,
    Category,
    Marking,
    Question,
    QuestionVersion,
    Quiz,
    QuizDraw,
)
from assessments.second_marking import Round, differ, next_round, settled
from tests.factories.people import PersonFactory

R = Round


def essay_quiz(essays=1, **fields) -> Quiz:
    """Essays, each marked in percent, and one observation with a rubric of 3 and 7 points."""
    shelf = Category.objects.create(slug="work")
    contents = [("essay", {"guidance": "Names the fault."})] * essays
    contents.append(
        (
            "observation",
            {"criteria": [{"text": "Safe", "points": 3}, {"text": "Done", "points": 7}]},
        )
    )
    for number, (kind, content) in enumerate(contents):
        question = Question.objects.create(ident=f"w{number}", category=shelf)
        question.current = QuestionVersion.objects.create(
            question=question, number=1, type=kind, stem=f"Show your work {number}", content=content
        )
        question.save()
    quiz = Quiz.objects.create(slug="work", title="Practical work", pass_mark=60, **fields)
    QuizDraw.objects.create(quiz=quiz, category=shelf, count=len(contents), order=1)
    return quiz


@pytest.fixture
def markers(db):
    return [PersonFactory(groups=["assessor"]) for _number in range(3)]


def handed_in(quiz, person=None) -> Attempt:
    attempt = services.start_attempt(quiz, person=person or PersonFactory(), cid=uuid.uuid4())
    for slot in attempt.slots.exclude(question_version__type="observation"):
        services.save_response(slot, answer="I pulled the cable.", client_seq=1)
    return services.finish_attempt(attempt)


def mark_all(attempt, marker, essay, observation):
    for row in list(human_marking.queue_for(marker).filter(slot__attempt=attempt)):
        human_marking.claim(row, by=marker)
        points = [essay] if row.slot.question_version.type == "essay" else observation
        attempt = human_marking.give_mark(row, by=marker, points=points)
    return attempt


def test_a_pass_by_the_first_marker_finishes_the_attempt(markers):
    attempt = handed_in(essay_quiz())
    assert attempt.state == "marking"
    attempt = mark_all(attempt, markers[0], 80, [3, 5])
    assert (attempt.state, attempt.score_percent, attempt.passed) == ("finished", 80, True)
    assert attempt.moves.last().actor == markers[0]
    assert [notice.url for notice in attempt.person.notices.all()] == [attempt.get_absolute_url()]


def test_who_fails_is_marked_by_a_second_who_sees_nothing_of_the_first(markers):
    first, second, _third = markers
    attempt = mark_all(handed_in(essay_quiz()), first, 50, [1, 4])
    assert attempt.state == "marking"
    assert list(human_marking.queue_for(first)) == []
    for row in human_marking.queue_for(second):
        assert row.round == R.SECOND
        assert list(human_marking.earlier_marks(row)) == []
    attempt = mark_all(attempt, second, 55, [1, 5])
    assert (attempt.state, attempt.score_percent) == ("finished", Decimal("53.75"))


def test_where_they_differ_a_third_decides_and_sees_both(markers):
    first, second, third = markers
    attempt = mark_all(handed_in(essay_quiz()), first, 30, [3, 3])
    attempt = mark_all(attempt, second, 90, [3, 3])
    (row,) = human_marking.queue_for(third)
    assert (row.round, row.slot.question_version.type) == (R.MODERATION, "essay")
    assert [mark.points for mark in human_marking.earlier_marks(row)] == [[30], [90]]
    assert list(human_marking.queue_for(first)) == list(human_marking.queue_for(second)) == []
    attempt = mark_all(attempt, third, 70, [])
    assert (attempt.state, attempt.score_percent, attempt.passed) == ("finished", 65, True)


def test_a_claim_keeps_others_out_until_it_runs_out(markers):
    attempt = handed_in(essay_quiz())
    row = human_marking.queue_for(markers[0]).first()
    human_marking.claim(row, by=markers[0])
    with pytest.raises(human_marking.MarkingRefusedError):
        human_marking.claim(row, by=markers[1])
    assert row not in human_marking.queue_for(markers[1])
    with time_machine.travel(timezone.now() + human_marking.CLAIM_HOLDS + timedelta(seconds=1)):
        with pytest.raises(human_marking.MarkingRefusedError, match="run out"):
            human_marking.give_mark(row, by=markers[0], points=[1])
        human_marking.claim(row, by=markers[1])
    assert attempt.slots.filter(markings__claimed_by=markers[1]).count() == 1


def test_nobody_marks_their_own_work_or_without_the_part(markers):
    attempt = handed_in(essay_quiz(), person=markers[0])
    row = Marking.objects.filter(slot__attempt=attempt).first()
    with pytest.raises(human_marking.MarkingRefusedError):
        human_marking.claim(row, by=markers[0])
    with pytest.raises(PermissionDenied):
        human_marking.claim(row, by=PersonFactory())


def test_the_database_refuses_a_second_mark_by_the_same_person(markers):
    attempt = mark_all(handed_in(essay_quiz()), markers[0], 10, [0, 0])
    row = Marking.objects.filter(slot__attempt=attempt, round=R.SECOND).first()
    with pytest.raises(IntegrityError), transaction.atomic():
        Marking.objects.filter(pk=row.pk).update(
            marker=markers[0], share=1, marked_at=timezone.now()
        )


@pytest.mark.parametrize("points", [[101], [-1], [], [50, 50]])
def test_points_outside_the_rubric_are_refused(markers, points):
    handed_in(essay_quiz())
    row = human_marking.queue_for(markers[0]).get(slot__question_version__type="essay")
    human_marking.claim(row, by=markers[0])
    with pytest.raises(human_marking.MarkingRefusedError):
        human_marking.give_mark(row, by=markers[0], points=points)


def test_marking_on_its_pages_blind(markers, signed_in):
    attempt = handed_in(essay_quiz())
    client = signed_in(markers[0])
    row = human_marking.queue_for(markers[0]).get(slot__question_version__type="observation")
    page = reverse("assessments:marking", args=[row.pk])
    assert client.get(page).status_code == 302  # not claimed
    shown = client.post(reverse("assessments:claim_marking", args=[row.pk]), follow=True)
    assert attempt.person.name not in shown.content.decode()
    assert "Safe" in shown.content.decode()
    wrong = client.post(page, {"points0": "4", "points1": "7", "comment": "kept text"})
    assert wrong.status_code == 422
    assert "kept text" in wrong.content.decode()
    client.post(page, {"points0": "3", "points1": "7", "comment": "Well done"})
    row.refresh_from_db()
    assert (row.marker, row.share, row.comment) == (markers[0], 1, "Well done")
    assert client.get(page).status_code == 404  # marked


def test_a_quiz_that_is_not_blind_names_the_candidate(markers, signed_in):
    attempt = handed_in(essay_quiz(blind_marking=False))
    row = human_marking.queue_for(markers[0]).first()
    shown = signed_in(markers[0]).post(
        reverse("assessments:claim_marking", args=[row.pk]), follow=True
    )
    assert attempt.person.name in shown.content.decode()


def test_the_candidate_sees_that_people_mark_and_cannot_start_again(markers, signed_in):
    attempt = handed_in(essay_quiz())
    page = signed_in(attempt.person).get(attempt.get_absolute_url(), follow=True)
    assert "People are marking it" in page.content.decode()
    with pytest.raises(PermissionDenied, match="being marked"):
        services.start_attempt(attempt.quiz, person=attempt.person, cid=uuid.uuid4())


@pytest.mark.parametrize("waiting", [1, 30])
def test_the_queue_asks_the_same_number_of_times(
    markers, signed_in, django_assert_num_queries, waiting
):
    quiz = essay_quiz(essays=waiting)
    handed_in(quiz)
    client = signed_in(markers[0])
    with django_assert_num_queries(11):
        client.get(reverse("assessments:marking_queue"))


shares = st.decimals(0, 1, places=2)


@given(shares, shares, st.decimals(0, 1, places=2))
def test_two_marks_settle_between_themselves_or_ask_a_third(one, two, tolerance):
    marks = {7: {R.FIRST: one, R.SECOND: two}}
    further = next_round(marks, fails=True, tolerance=tolerance)
    assert (further == (R.MODERATION, [7])) == differ(one, two, tolerance=tolerance)
    assert min(one, two) <= settled(marks[7]) <= max(one, two)
    marks[7][R.MODERATION] = one
    assert next_round(marks, fails=True, tolerance=tolerance) is None
    assert settled(marks[7]) == one
