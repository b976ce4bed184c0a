"""The clock of a sitting, two tabs, two browsers, pauses, grants: through services and pages."""

import uuid
from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from assessments import services, timing
from assessments.bank import import_questions
from assessments.models import Attempt, Category, Heartbeat, Quiz, QuizDraw, Response
from tests.assessments.test_attempt import fields
from tests.factories.assessments import RIGHT, quiz_with_bank
from tests.factories.people import PersonFactory

pytestmark = pytest.mark.django_db
HERE, THERE = uuid.uuid4(), uuid.uuid4()


@pytest.fixture
def person():
    return PersonFactory()


@pytest.fixture
def invigilator():
    return PersonFactory(groups=["assessor"])


@pytest.fixture
def clock():
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        yield traveller


@pytest.fixture
def attempt(person, clock):
    return services.start_attempt(quiz_with_bank(), person=person, cid=uuid.uuid4())


def live(attempt, clock, seconds, every=10):
    """The page is there for so long, beating."""
    for _beat in range(seconds // every):
        timing.beat(attempt)
        clock.shift(every)


def fresh(attempt):
    return Attempt.objects.get(pk=attempt.pk)


def test_time_lost_to_a_cut_is_given_back_when_the_page_is_there_again(attempt, clock):
    live(attempt, clock, 60)
    clock.shift(290)  # 300 s after the last sign of life
    back = timing.beat(attempt)
    assert [(grant.kind, grant.seconds, grant.by) for grant in back.grants.all()] == [
        ("rule", 294, None)
    ]
    assert back.deadline - attempt.deadline == timedelta(seconds=294)
    live(attempt, clock, 60)
    assert back.grants.count() == 1


def test_what_the_rule_gives_ends_at_the_cap_of_the_quiz(attempt, clock):
    for _cut in range(3):
        live(attempt, clock, 30)
        clock.shift(400)
    assert fresh(timing.beat(attempt)).deadline - attempt.deadline == timedelta(minutes=10)


def test_who_is_cut_off_at_the_deadline_still_comes_back_to_the_time_that_was_lost(attempt, clock):
    live(attempt, clock, 28 * 60)
    clock.shift(5 * 60)  # the deadline passes in the dark
    assert services.finish_overdue() == 0
    slot = attempt.slots.first()
    services.save_response(slot, answer="x", client_seq=1)
    assert fresh(attempt).state == "in_progress"


def test_who_never_comes_back_is_handed_in_when_the_cap_is_used_up(attempt, clock):
    live(attempt, clock, 28 * 60)
    timing.note_interruptions()
    clock.shift(13 * 60)
    assert services.finish_overdue() == 1
    verbs = [move.verb for move in attempt.moves.all()]
    assert verbs == ["begin", "run_over", "submit", "finish"]


def test_a_silent_page_is_interrupted_and_its_return_resumes(attempt, clock, person):
    live(attempt, clock, 30)
    assert timing.note_interruptions() == 0
    clock.shift(60)
    assert timing.note_interruptions() == 1
    assert fresh(attempt).state == "interrupted"
    timing.beat(attempt)
    last = attempt.moves.last()
    assert (last.verb, last.actor, fresh(attempt).state) == ("resume", person, "in_progress")


def test_a_pause_stops_the_clock_and_gives_it_back_to_the_second(attempt, clock, invigilator):
    live(attempt, clock, 60)
    timing.pause(attempt, by=invigilator, reason="Fire alarm")
    slot = attempt.slots.first()
    with pytest.raises(services.PausedError):
        services.save_response(slot, answer="x", client_seq=1)
    clock.shift(3600)
    assert services.finish_overdue() == 0
    timing.resume(attempt, by=invigilator)
    assert fresh(attempt).deadline - attempt.deadline == timedelta(hours=1)
    services.save_response(slot, answer="x", client_seq=1)
    assert [grant.kind for grant in attempt.grants.all()] == ["pause"]


def test_an_invigilator_grants_with_a_reason_and_not_without_end(attempt, invigilator):
    timing.grant_time(attempt, seconds=600, reason="Generator", by=invigilator)
    assert fresh(attempt).deadline - attempt.deadline == timedelta(minutes=10)
    with pytest.raises(timing.GrantRefusedError, match="At most 20"):
        timing.grant_time(attempt, seconds=1201, reason="Generator", by=invigilator)


def test_nobody_grants_time_to_themselves_or_without_the_part(clock):
    assessor = PersonFactory(groups=["assessor"])
    attempt = services.start_attempt(quiz_with_bank(), person=assessor, cid=uuid.uuid4())
    for by in (assessor, PersonFactory()):
        with pytest.raises(PermissionDenied):
            timing.grant_time(attempt, seconds=60, reason="please", by=by)


def test_accommodated_people_get_their_time(person, invigilator, clock):
    services.accommodate(
        person, by=invigilator, reason="Sight", extra_percent=25, language="dz", large_print=True
    )
    attempt = services.start_attempt(quiz_with_bank(minutes=30), person=person, cid=uuid.uuid4())
    assert attempt.deadline - attempt.started_at == timedelta(minutes=37, seconds=30)


def test_an_accommodation_shows_on_the_page(person, invigilator, signed_in):
    services.accommodate(
        person, by=invigilator, reason="Sight", extra_percent=0, language="dz", large_print=True
    )
    attempt = services.start_attempt(quiz_with_bank(), person=person, cid=uuid.uuid4())
    page = signed_in(person).get(attempt.get_absolute_url()).content.decode()
    assert 'lang="dz"' in page
    assert "main--large" in page


def test_an_answer_that_was_long_under_way_does_not_replace_a_newer_one(attempt):
    slot = attempt.slots.first()
    services.save_response(slot, answer="new", client_seq=1, client=THERE, base=0)
    with pytest.raises(services.ConflictError) as error:
        services.save_response(slot, answer="old", client_seq=9, client=HERE, base=0)
    assert error.value.latest.answer == "new"
    assert services.current_answers(attempt)[slot.pk] == "new"
    services.save_response(slot, answer="newest", client_seq=10, client=HERE, base=1)
    assert services.current_answers(attempt)[slot.pk] == "newest"


def test_two_tabs_of_one_browser_count_on_and_do_not_meet(attempt):
    slot = attempt.slots.first()
    services.save_response(slot, answer="a", client_seq=1, client=HERE, base=0)
    services.save_response(slot, answer="b", client_seq=2, client=HERE, base=0)
    assert services.current_answers(attempt)[slot.pk] == "b"


def test_a_stale_page_without_script_changes_only_what_was_changed_on_it(
    person, attempt, signed_in
):
    client = signed_in(person)
    save = reverse("assessments:save", args=[attempt.pk])
    bases = {f"s{slot.pk}-base": "0" for slot in attempt.slots.all()}
    client.post(save, fields(attempt) | bases)  # one tab answers all
    slot = attempt.slots.get(question_version__question__ident="one")
    client.post(save, bases | {f"s{slot.pk}-answer": "1"})  # the other was opened before that
    assert services.current_answers(attempt)[slot.pk] == 1
    others = {
        row.question_version.question.ident: services.current_answers(attempt)[row.pk]
        for row in attempt.slots.exclude(pk=slot.pk)
    }
    assert others == {
        ident: answer.strip() if isinstance(answer, str) else answer
        for ident, answer in RIGHT.items()
        if ident != "one"
    }
    known = services.latest_responses(attempt)
    shown = {f"s{row.pk}-base": str(known[row.pk].client_seq) for row in attempt.slots.all()}
    client.post(save, shown | {f"s{slot.pk}-answer": "1"})  # taken back where it was seen
    assert [
        pk for pk, answer in services.current_answers(attempt).items() if answer is not None
    ] == [slot.pk]


def test_handing_in_twice_or_for_somebody_else(person, attempt, signed_in):
    client = signed_in(person)
    address = reverse("assessments:finish", args=[attempt.pk])
    assert signed_in(PersonFactory()).post(address).status_code == 404
    for _time in range(2):
        assert client.post(address).json() == {
            "review": reverse("assessments:review", args=[attempt.pk])
        }
    assert [move.verb for move in attempt.moves.all()] == ["begin", "submit", "finish"]
    for slot in attempt.slots.all()[:1]:
        with pytest.raises(services.ClosedError):
            services.save_response(slot, answer="x", client_seq=1)


def test_a_beat_sets_the_clock_and_a_stranger_finds_nothing(person, attempt, signed_in, clock):
    address = reverse("assessments:beat", args=[attempt.pk])
    clock.shift(60)
    answer = signed_in(person).post(address, {"watched": "1"}).json()
    assert answer["clock"]["left"] == 29 * 60
    assert (answer["clock"]["paused"], answer["clock"]["over"]) == (False, False)
    assert signed_in(PersonFactory()).post(address).status_code == 404
    assert Heartbeat.objects.count() == 1


def test_a_page_that_beats_without_end_writes_only_so_many_rows(attempt, clock):
    for _beat in range(50):
        timing.beat(attempt)
        clock.shift(0.1)
    assert Heartbeat.objects.count() == 5


def test_a_sequence_that_is_none_is_refused(person, attempt, signed_in):
    slot = attempt.slots.first()
    address = reverse("assessments:save_one", args=[attempt.pk, slot.pk])
    for bad in ("", "0", "-1", "x", "9" * 30):
        assert signed_in(person).post(address, {"seq": bad}).status_code == 422
    assert not Response.objects.exists()


def test_who_is_entered_begins_that_attempt(person, invigilator):
    quiz = quiz_with_bank()
    entered = services.enter_candidate(quiz, person=person, by=invigilator)
    assert services.enter_candidate(quiz, person=person, by=invigilator) == entered
    assert (entered.state, entered.slots.count()) == ("not_started", 0)
    begun = services.start_attempt(quiz, person=person, cid=uuid.uuid4())
    assert begun == entered
    assert (begun.state, begun.slots.count()) == ("in_progress", 6)


def test_a_void_attempt_is_not_counted_and_whoever_listens_hears_of_it(person, invigilator):
    quiz = quiz_with_bank(attempts_allowed=1)
    attempt = services.start_attempt(quiz, person=person, cid=uuid.uuid4())
    services.finish_attempt(attempt)
    heard = []
    services.attempt_regraded.append(heard.append)
    try:
        services.void_attempt(attempt, by=invigilator, reason="Somebody else sat it")
    finally:
        services.attempt_regraded.remove(heard.append)
    assert heard == [attempt]
    assert fresh(attempt).passed is None
    assert services.start_attempt(quiz, person=person, cid=uuid.uuid4()) != attempt


@pytest.mark.parametrize("answered", [0, 6])
def test_the_page_of_a_sitting_asks_the_same_number_of_times(
    person, clock, signed_in, django_assert_num_queries, answered
):
    """Session, person, attempt, what is overdue; the beat with its savepoint (lock, last sign,
    new sign); answers, questions, accommodation, notices."""
    attempt = services.start_attempt(quiz_with_bank(), person=person, cid=uuid.uuid4())
    for slot in attempt.slots.all()[:answered]:
        services.save_response(slot, answer=None, client_seq=1)
    client = signed_in(person)
    clock.shift(5)
    with django_assert_num_queries(13):
        client.get(attempt.get_absolute_url())


@pytest.mark.parametrize("questions", [1, 30])
def test_sitting_and_review_ask_as_often_for_one_question_as_for_thirty(
    person, signed_in, django_assert_num_queries, questions
):
    import_questions("\n\n".join(f"::q{n}:: Is {n} a number? {{TRUE}}" for n in range(questions)))
    quiz = Quiz.objects.create(slug="numbers", title="Numbers")
    QuizDraw.objects.create(quiz=quiz, category=Category.objects.get(), count=questions, order=1)
    attempt = services.start_attempt(quiz, person=person, cid=uuid.uuid4())
    for slot in attempt.slots.all():
        services.save_response(slot, answer=True, client_seq=1)
    client = signed_in(person)
    with django_assert_num_queries(13):
        page = client.get(attempt.get_absolute_url())
    assert page.content.count(b"data-slot") == questions
    services.finish_attempt(attempt)
    with django_assert_num_queries(8):
        page = client.get(reverse("assessments:review", args=[attempt.pk]))
    assert page.content.count(b"Is ") == questions
