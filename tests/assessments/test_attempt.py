import uuid
from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone

from assessments import services
from assessments.models import Attempt, QuestionVersion, Response
from tests.factories.assessments import RIGHT, quiz_with_bank
from tests.factories.people import PersonFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def person():
    return PersonFactory()


def start(person, **fields):
    quiz = quiz_with_bank(**fields)
    return services.start_attempt(quiz, person=person, cid=uuid.uuid4())


def answer_all(attempt, answers=RIGHT):
    for slot in attempt.slots.all():
        services.save_response(
            slot, answer=answers[slot.question_version.question.ident], client_seq=1
        )


def test_all_right_is_a_hundred_percent_and_passes(person):
    attempt = start(person)
    answer_all(attempt)
    finished = services.finish_attempt(attempt)
    assert (finished.score_percent, finished.passed) == (100, True)


def test_a_second_start_comes_to_the_same_set(person):
    first = start(person)
    second = services.start_attempt(first.quiz, person=person, cid=uuid.uuid4())
    assert second == first


def test_saving_again_keeps_one_row_and_another_answer_is_refused(person):
    slot = start(person).slots.first()
    for _ in range(2):
        services.save_response(slot, answer="x", client_seq=1)
    assert Response.objects.count() == 1
    with pytest.raises(services.ConflictError):
        services.save_response(slot, answer="y", client_seq=1)


def test_the_highest_sequence_counts_whatever_comes_last(person):
    attempt = start(person)
    slot = attempt.slots.first()
    services.save_response(slot, answer="new", client_seq=2)
    services.save_response(slot, answer="old", client_seq=1)
    assert services.current_answers(attempt)[slot.pk] == "new"


def test_after_deadline_and_grace_nothing_counts_any_more(person):
    attempt = start(person, minutes=30, grace_seconds=30)
    slot = attempt.slots.first()
    with time_machine.travel(attempt.deadline + timedelta(seconds=29), tick=False):
        services.save_response(slot, answer="late", client_seq=1)
    with time_machine.travel(attempt.deadline + timedelta(seconds=31), tick=False):
        with pytest.raises(services.ClosedError):
            services.save_response(slot, answer="later", client_seq=2)
        assert services.finish_overdue() == 1
    attempt.refresh_from_db()
    assert attempt.finished_by_clock
    assert attempt.finished_at == attempt.deadline + timedelta(seconds=30)


def test_attempts_are_used_up_with_a_sentence(person):
    attempt = start(person, attempts_allowed=1)
    services.finish_attempt(attempt)
    with pytest.raises(PermissionDenied, match="used all 1"):
        services.start_attempt(attempt.quiz, person=person, cid=uuid.uuid4())


def test_who_has_passed_does_not_sit_again(person):
    attempt = start(person)
    answer_all(attempt)
    services.finish_attempt(attempt)
    with pytest.raises(PermissionDenied, match="passed"):
        services.start_attempt(attempt.quiz, person=person, cid=uuid.uuid4())


def test_finishing_twice_calls_who_follows_once(person):
    followed = []
    services.attempt_finished.append(followed.append)
    try:
        attempt = start(person)
        services.finish_attempt(attempt)
        services.finish_attempt(attempt)
    finally:
        services.attempt_finished.pop()
    assert followed == [attempt]


def test_the_database_refuses_to_change_a_version(person):
    start(person)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        QuestionVersion.objects.update(stem="other")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        QuestionVersion.objects.all()._raw_delete("default")


def fields(attempt, answers=RIGHT):
    data = {}
    for slot in attempt.slots.all():
        value = answers[slot.question_version.question.ident]
        if slot.question_version.type == "matching":
            data |= {f"s{slot.pk}-pair{i}": text for i, text in enumerate(value)}
        elif slot.question_version.type == "true_false":
            data[f"s{slot.pk}-answer"] = "true" if value else "false"
        else:
            data[f"s{slot.pk}-answer"] = value
    return data


def test_the_whole_sitting_without_javascript(person, signed_in):
    quiz = quiz_with_bank()
    client = signed_in(person)
    response = client.post(
        reverse("assessments:start", args=[quiz.slug]), {"cid": uuid.uuid4()}, follow=True
    )
    attempt = Attempt.objects.get()
    assert response.content.count(b"data-slot") == 6
    client.post(reverse("assessments:save", args=[attempt.pk]), fields(attempt))
    page = client.get(attempt.get_absolute_url()).content.decode()
    assert 'value="DIG"' in page  # kept and shown again
    response = client.post(
        reverse("assessments:save", args=[attempt.pk]),
        fields(attempt) | {"finish": "1"},
        follow=True,
    )
    assert "100 %" in response.content.decode()


def test_one_answer_by_script_is_kept_and_repeatable(person, signed_in):
    attempt = start(person)
    slot = attempt.slots.get(question_version__question__ident="four")
    url = reverse("assessments:save_one", args=[attempt.pk, slot.pk])
    client = signed_in(person)
    for _ in range(2):
        response = client.post(url, {f"s{slot.pk}-answer": "dig", "seq": "7"})
        assert response.json()["seq"] == 7
    assert Response.objects.get().answer == "dig"
    assert client.post(url, {f"s{slot.pk}-answer": "host", "seq": "7"}).status_code == 422
    assert client.post(url, {f"s{slot.pk}-answer": "x" * 1001, "seq": "8"}).status_code == 422
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        assert client.post(url, {f"s{slot.pk}-answer": "x", "seq": "9"}).status_code == 409


def test_an_answer_that_is_too_long_is_refused_with_the_text_kept(person, signed_in):
    attempt = start(person)
    slot = attempt.slots.get(question_version__question__ident="four")
    text = "y" * 1001
    response = signed_in(person).post(
        reverse("assessments:save", args=[attempt.pk]),
        fields(attempt) | {f"s{slot.pk}-answer": text},
    )
    assert response.status_code == 422
    assert text in response.content.decode()


def test_another_persons_attempt_is_not_there(person, signed_in):
    attempt = start(person)
    client = signed_in(PersonFactory())
    for name in ("attempt", "review"):
        assert client.get(reverse(f"assessments:{name}", args=[attempt.pk])).status_code == 404


def test_a_check_question_says_right_or_wrong_and_keeps_nothing(person, signed_in):
    quiz_with_bank()
    client = signed_in(person)
    url = reverse("assessments:check_question", args=["one"])
    assert "Right." in client.post(url, {"one-answer": "0"}).content.decode()
    assert "No, a hub." in client.post(url, {"one-answer": "1"}).content.decode()
    assert not Response.objects.exists()
    assert (
        'href="https://evil'
        not in client.post(
            url, {"one-answer": "1", "back": "https://evil.example/"}
        ).content.decode()
    )


def test_the_bank_is_closed_to_learners_and_open_to_authors(person, signed_in):
    quiz_with_bank()
    url = reverse("assessments:bank")
    refused = signed_in(person).get(url)
    assert refused.status_code == 403
    assert "for authors and assessors" in refused.content.decode()
    author = PersonFactory(groups=["author"])
    assert "one" in signed_in(author).get(url).content.decode()
