"""The rule engine at work: routes, renewal, grace, regrade, old ways brought along."""

import uuid
from datetime import date, timedelta

import pytest
import time_machine
from django.urls import reverse

from assessments import services as assessments
from assessments.models import Attempt, Category, Quiz, QuizDraw
from certification import services
from certification.badge import start_of
from certification.models import Credential, Cycle, Proposal
from competencies.services import record_evidence
from courses.services import enrol, finish_unit
from tests.factories.assessments import RIGHT, quiz_with_bank
from tests.factories.certification import by_two, fresh, issued, scheme
from tests.factories.courses import CompetencyFactory, course
from tests.factories.people import PersonFactory, operator, professional, registrar

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
BEGIN = date(2026, 3, 2)


def on(day: date):
    """A frozen clock, at ten in the morning of Thimphu."""
    return time_machine.travel(start_of(day) + timedelta(hours=10))


def sit(quiz, person, *, right=True) -> Attempt:
    attempt = assessments.start_attempt(quiz, person=person, cid=uuid.uuid4())
    for slot in attempt.slots.all():
        if right:
            answer = RIGHT[slot.question_version.question.ident]
            assessments.save_response(slot, answer=answer, client_seq=1)
    return assessments.finish_attempt(attempt)


def refresher(slug="refresher") -> Quiz:
    quiz = Quiz.objects.create(slug=slug, title="Refresher")
    shelf = Category.objects.get(slug="net/basics")
    QuizDraw.objects.create(quiz=quiz, category=shelf, count=5, order=1)
    return quiz


def learn(page, person) -> None:
    enrolment = enrol(page, person=person)
    for unit in enrolment.version.units.all():
        finish_unit(enrolment, unit=unit)


def test_two_routes_lead_to_one_certificate():
    quiz = quiz_with_bank()
    page = course(quiz=quiz)
    competency = CompetencyFactory()
    made = scheme(
        rule={
            "any": [
                {"course": page.slug, "percent": 80},
                {"all": [{"observation": competency.code}, {"tenure": 12, "at": "centre"}]},
            ]
        }
    )
    learner, doer = professional(), operator()
    learn(page, learner)
    assert not Credential.objects.exists()
    sit(quiz, learner)
    record_evidence(
        person=doer,
        competency=competency,
        level=competency.framework.levels.first(),
        kind="observation",
        source=doer,
        assessor=registrar(),
    )
    assert services.consider_everyone() == 1
    assert services.consider_everyone() == 0
    by_course, by_work = made.credentials.order_by("pk")
    assert by_course.holder == learner
    assert "100 %" in by_course.basis
    assert by_work.holder == doer
    assert competency.code in by_work.basis
    assert by_course.completion
    assert not by_work.completion


def test_early_renewal_by_the_refresher_extends_from_the_old_date():
    quiz_with_bank()
    quiz = refresher()
    made = scheme(rule={"quiz": quiz.slug}, valid_months=24, renew_from_days=90)
    person = professional()
    with on(BEGIN):
        sit(quiz, person)
    first = made.credentials.get()
    assert first.valid_until == date(2028, 3, 2)
    with on(date(2027, 6, 1)):  # outside the window nothing is asked again
        assert "passed this quiz" in assessments.refusal_to_start(quiz, person=person).text
    with on(date(2028, 1, 10)):
        sit(quiz, person)
    second = made.credentials.get(valid_until=date(2030, 3, 2))
    assert second.valid_from == date(2028, 1, 10)
    assert [cycle.state for cycle in Cycle.objects.order_by("number")] == ["renewed", "due"]
    assert [cycle.credential for cycle in Cycle.objects.order_by("number")] == [first, second]


def test_after_three_cycles_all_attempts_and_certificates_open(signed_in):
    quiz_with_bank()
    quiz = refresher()
    made = scheme(rule={"quiz": quiz.slug}, valid_months=12, renew_from_days=60)
    person = professional()
    for year in range(3):
        with on(date(2026 + year, 3, 1)):
            sit(quiz, person)
    assert made.credentials.count() == 3
    assert [cycle.number for cycle in Cycle.objects.all()] == [1, 2, 3]
    browser = signed_in(person)
    for attempt in Attempt.objects.all():
        assert browser.get(attempt.get_absolute_url(), follow=True).status_code == 200
    for credential in made.credentials.all():
        assert browser.get(credential.get_absolute_url()).status_code == 200


@pytest.mark.parametrize(("late", "until"), [(10, date(2027, 3, 12)), (40, None)])
def test_within_the_grace_the_short_way_still_renews(late, until):
    quiz = quiz_with_bank()
    page = course(quiz=quiz)
    short = refresher()
    made = scheme(page, renewal={"quiz": short.slug}, valid_months=12, grace_days=30)
    person = professional()
    with on(BEGIN - DAY * 365):
        learn(page, person)
        sit(quiz, person)
    first = made.credentials.get()
    with on(first.valid_until + DAY * late):
        sit(short, person)
    last = made.credentials.first()
    assert last.valid_until == (until if until else first.valid_until)


def test_a_suspended_certificate_is_not_renewed_and_a_revoked_one_earned_anew():
    quiz_with_bank()
    quiz = refresher()
    made = scheme(rule={"quiz": quiz.slug}, valid_months=12)
    person = professional()
    with on(BEGIN):
        sit(quiz, person)
        credential = made.credentials.get()
        by_two("suspend", credential=credential)
    with on(date(2027, 2, 1)):
        sit(quiz, person)
        assert made.credentials.count() == 1
        by_two("revoke", credential=credential)
        assert services.consider([person.pk]) == []
    assert Cycle.objects.get().state == "ended"
    with on(date(2027, 2, 3)):
        sit(quiz, person)
    assert made.credentials.count() == 2


def test_a_scheme_of_later_counts_from_the_day_that_it_was_met():
    quiz_with_bank()
    quiz = refresher()
    person = professional()
    with on(BEGIN):
        sit(quiz, person)
    made = scheme(rule={"quiz": quiz.slug}, valid_months=24)
    with on(BEGIN + 100 * DAY):
        services.consider_everyone()
    credential = made.credentials.get()
    assert (credential.valid_from, credential.valid_until) == (BEGIN, date(2028, 3, 2))


def test_a_regrade_below_the_mark_is_proposed_and_nothing_revoked():
    quiz = quiz_with_bank()
    page = course(quiz=quiz)
    made = scheme(page)
    person = professional()
    learn(page, person)
    attempt = sit(quiz, person)
    credential = made.credentials.get()
    assert services.reconsider(attempt) == []
    Attempt.objects.filter(pk=attempt.pk).update(score_percent=50, passed=False)
    attempt.refresh_from_db()
    [proposal] = services.reconsider(attempt)
    assert services.reconsider(attempt) == [proposal]
    assert (proposal.kind, proposal.proposed_by) == ("revoke", None)
    assert fresh(credential).state == "valid"
    first, second = registrar(), registrar()
    services.confirm(proposal, by=first)
    assert fresh(credential).state == "valid"
    services.confirm(proposal, by=second)
    assert fresh(credential).state == "revoked"


def test_a_regrade_above_the_mark_issues():
    quiz = quiz_with_bank()
    page = course(quiz=quiz)
    made = scheme(page)
    person = professional()
    learn(page, person)
    attempt = sit(quiz, person, right=False)
    Attempt.objects.filter(pk=attempt.pk).update(score_percent=90, passed=True)
    attempt.refresh_from_db()
    for enrolment in person.enrolments.all():
        finish_unit(enrolment, unit=enrolment.version.units.first())
    assert services.reconsider(attempt) == []
    assert made.credentials.count() == 1


def test_a_regrade_leaves_what_two_people_issued():
    quiz = quiz_with_bank()
    made = scheme(rule={"quiz": quiz.slug})
    credential = issued(of=made)
    attempt = sit(quiz, credential.holder, right=False)
    assert services.reconsider(attempt) == []
    assert not Proposal.objects.waiting().exists()


def test_what_is_asked_for_stands_on_the_page(signed_in):
    quiz_with_bank()
    quiz = refresher()
    scheme(rule={"any": [{"quiz": quiz.slug}, {"tenure": 6}]}, renewal={"quiz": quiz.slug})
    page = signed_in(professional()).get(reverse("certification:mine")).content.decode()
    for text in ("one of these", "6 months in service", "the quiz “refresher”", "Renewed by"):
        assert text in page


@pytest.mark.parametrize("count", [1, 12])
def test_considering_people_takes_the_same_queries(count, django_assert_max_num_queries):
    scheme(rule={"quiz": "none"}, competency=False)
    people = [PersonFactory().pk for _each in range(count)]
    with django_assert_max_num_queries(13):
        services.consider(people)
