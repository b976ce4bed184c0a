"""Invited, asked for, active, paused, completed, withdrawn: one table, one row for each change."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone

from competencies.models import Evidence
from competencies.services import record_evidence
from courses import services, states
from courses.models import CoursePage, Enrolment, EnrolmentEvent, Prerequisite
from notifications.models import Notice
from tests.factories.courses import CompetencyFactory, course
from tests.factories.people import PersonFactory, author, head_of, operator, professional

pytestmark = pytest.mark.django_db


def history(enrolment):
    return list(enrolment.events.values_list("verb", "state", "actor"))


@pytest.mark.parametrize("move", states.MOVES, ids=lambda move: move.verb)
@pytest.mark.parametrize("state", ["", *states.State])
def test_the_table_of_moves(move, state):
    if state in move.leaves:
        assert states.move_from(move.verb, state).to == move.to
    else:
        with pytest.raises(states.IllegalMoveError):
            states.move_from(move.verb, state)


def test_every_change_is_a_row_with_its_actor():
    person = professional()
    enrolment = services.enrol(course(), person=person)
    services.pause(enrolment)
    services.pause(enrolment)
    services.resume(enrolment)
    services.withdraw(enrolment)
    services.enrol(enrolment.course, person=person)
    for unit in enrolment.version.units.all():
        services.finish_unit(enrolment, unit=unit)
    assert history(enrolment) == [
        ("start", "active", person.pk),
        ("pause", "paused", person.pk),
        ("resume", "active", person.pk),
        ("withdraw", "withdrawn", person.pk),
        ("start", "active", person.pk),
        ("complete", "completed", None),
    ]
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        EnrolmentEvent.objects.update(verb="start")


def test_working_on_ends_a_pause_and_nobody_works_before_the_start(signed_in):
    person, keeper = professional(), author()
    enrolment = services.enrol(course(), person=person)
    services.pause(enrolment)
    services.finish_unit(enrolment, unit=enrolment.version.units.first())
    enrolment.refresh_from_db()
    assert enrolment.state == "active"
    invited = professional()
    services.enrol_others(enrolment.course, [invited], by=keeper, invite=True)
    asked = invited.enrolments.get()
    url = reverse("courses:finish_unit", args=[asked.pk, enrolment.version.units.first().key])
    assert signed_in(invited).post(url).status_code == 403
    assert not asked.progress.exists()


def test_what_is_missing_is_named(signed_in):
    person, competency = professional(), CompetencyFactory(name="Cabling")
    first = course(title="Cables first", slug="first")
    page = course(title="Then routers", slug="then")
    Prerequisite.objects.create(course=page, completed=first)
    level = competency.framework.levels.first()
    Prerequisite.objects.create(course=page, competency=competency, level=level)
    refused = signed_in(person).post(reverse("courses:enrol", args=[page.pk]))
    assert refused.status_code == 403
    for shown in (refused.content.decode(), signed_in(person).get(page.url).content.decode()):
        assert "Cables first" in shown
        assert "Cabling" in shown
    begun = services.enrol(first, person=person)
    for unit in begun.version.units.all():
        services.finish_unit(begun, unit=unit)
    assert services.missing_for(person, page) == [f"{competency} at level {level}"]
    record_evidence(
        person=person,
        competency=competency,
        level=level,
        kind=Evidence.Kind.COURSE,
        source=begun.completions.get(),
    )
    assert services.enrol(page, person=person).state == "active"


def test_a_place_is_asked_for_and_given_or_not(signed_in):
    owner, person, other = author(), professional(), professional()
    page = course(joining=CoursePage.Joining.REQUEST, owner_person=owner)
    assert signed_in(person).post(reverse("courses:enrol", args=[page.pk])).status_code == 403
    for each in (person, person, other):
        signed_in(each).post(reverse("courses:request_place", args=[page.pk]))
    assert Notice.objects.filter(person=owner).count() == 2
    keeper = signed_in(owner)
    assert (
        "Give the place" in keeper.get(reverse("courses:people", args=[page.pk])).content.decode()
    )
    given, declined = person.enrolments.get(), other.enrolments.get()
    keeper.post(reverse("courses:answer_request", args=[given.pk]), {"answer": "give"})
    answer = {"answer": "decline", "note": "The room is full until spring."}
    keeper.post(reverse("courses:answer_request", args=[declined.pk]), answer)
    assert [(row.verb, row.actor) for row in given.events.all()] == [
        ("request", person),
        ("enrol", owner),
    ]
    declined.refresh_from_db()
    assert declined.state == "withdrawn"
    assert Notice.objects.filter(person=other).get().reason == "The room is full until spring."
    assert (
        signed_in(other)
        .post(reverse("courses:answer_request", args=[given.pk]), {"answer": "give"})
        .status_code
        == 403
    )


def test_two_hundred_operators_are_enrolled_once(django_assert_max_num_queries):
    keeper = author()
    page = course(audience=("operators",))
    people = [operator() for _ in range(200)]
    due = timezone.localdate() + timedelta(days=30)
    first = services.enrol_others(page, people, by=keeper, due_on=due)
    again = services.enrol_others(page, people, by=keeper, due_on=due)
    assert {outcome.code for outcome in first} == {"enrolled"}
    assert {outcome.code for outcome in again} == {"unchanged"}
    assert Enrolment.objects.filter(due_on=due, state="active").count() == 200
    assert Notice.objects.count() == 200


def test_the_report_comes_first_and_writes_nothing(signed_in):
    keeper, stranger = author(), operator()
    page = course(audience=("officials",))
    chosen = [professional(), stranger]
    url = reverse("courses:people", args=[page.pk])
    form = {"employee_ids": "\n".join(person.employee_id for person in chosen)}
    shown = signed_in(keeper).post(url, {**form, "step": "show"}).content.decode()
    assert "will be enrolled" in shown
    assert "is not of this course&#x27;s audience" in shown
    assert not Enrolment.objects.exists()
    signed_in(keeper).post(url, {**form, "step": "confirm"})
    assert [row.person for row in Enrolment.objects.all()] == chosen[:1]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "Fill in at least one thing"),
        ({"employee_ids": "ICT9999 nobody"}, "Not in the registry: ICT9999, nobody."),
        ({"employee_ids": "X", "due_on": "2020-01-01"}, "This day is over."),
        ({"organisation": "999999"}, "Select a valid choice"),
    ],
)
def test_bad_input_is_said_at_its_field_and_kept(signed_in, fields, message):
    keeper, page = author(), course()
    response = signed_in(keeper).post(reverse("courses:people", args=[page.pk]), fields)
    assert response.status_code == 422
    assert message in response.content.decode()
    assert fields.get("employee_ids", "") in response.content.decode()


def test_a_head_brings_in_own_people_only(signed_in):
    mine, other = professional(), professional()
    head, page = head_of(mine), course()
    outcomes = services.enrol_others(page, [mine, other], by=head)
    assert {outcome.person: outcome.code for outcome in outcomes} == {
        mine: "enrolled",
        other: "refused",
    }
    services.enrol_others(page, [other], by=author())
    shown = signed_in(head).get(reverse("courses:people", args=[page.pk])).content.decode()
    assert mine.name in shown
    assert other.name not in shown


def test_people_are_chosen_by_gap(signed_in):
    from courses.queries import chosen_people  # noqa: PLC0415

    competency = CompetencyFactory()
    page = course(competencies=[competency])
    lacking, holding, without_profile = professional(), professional(), professional()
    profile = profile_for([lacking, holding], competency)
    record_evidence(
        person=holding,
        competency=competency,
        level=competency.framework.levels.last(),
        kind=Evidence.Kind.OBSERVATION,
        source=profile,
    )
    assert list(chosen_people(page, gap=True)) == [lacking]
    assert without_profile not in chosen_people(page, gap=True)


def profile_for(people, competency):
    from competencies.models import RoleProfile, Target  # noqa: PLC0415
    from people.models import CareerTrack, TrackLevel  # noqa: PLC0415

    track = CareerTrack.objects.create(code="T", name="Track")
    level = TrackLevel.objects.create(track=track, order=1, code="P5", post_title="Officer")
    profile = RoleProfile.objects.create(code="R", name="R", pool_code="NET", track_level=level)
    Target.objects.create(
        profile=profile, competency=competency, level=competency.framework.levels.first()
    )
    for person in people:
        person.postings.update(track_level=level)
    return profile


def test_an_invitation_is_taken_up(signed_in):
    keeper, person = author(), professional()
    page = course()
    services.enrol_others(page, [person], by=keeper, invite=True)
    client = signed_in(person)
    assert "invited" in client.get(reverse("my_learning")).content.decode()
    client.post(reverse("courses:enrol", args=[page.pk]))
    assert history(person.enrolments.get()) == [
        ("invite", "invited", keeper.pk),
        ("start", "active", person.pk),
    ]


@pytest.mark.parametrize("number", [1, 30])
def test_people_of_a_course_query_count(signed_in, django_assert_num_queries, number):
    keeper, page = author(), course()
    services.enrol_others(page, [professional() for _ in range(number)], by=keeper)
    client = signed_in(keeper)
    client.get(reverse("courses:people", args=[page.pk]))
    with django_assert_num_queries(16):
        response = client.get(reverse("courses:people", args=[page.pk]))
    assert response.content.count(b"Version 1") == number


@pytest.mark.parametrize("number", [1, 30])
def test_my_learning_query_count(signed_in, django_assert_num_queries, number):
    person = PersonFactory()
    for n in range(number):
        page = course(title=f"Course {n}", slug=f"course-{n}")
        enrolment = services.enrol(page, person=person)
        for unit in enrolment.version.units.all():
            services.finish_unit(enrolment, unit=unit)
        services.enrol(course(title=f"More {n}", slug=f"more-{n}"), person=person)
    client = signed_in(person)
    client.get(reverse("my_learning"))
    with django_assert_num_queries(16):
        response = client.get(reverse("my_learning"))
    assert response.content.count(b"Course ") >= number


def enrol_people(*args) -> tuple[int, dict]:
    """Exit code and report of the command."""
    told = StringIO()
    code = 0
    try:
        call_command("enrol_people", *args, "--json", stdout=told)
    except SystemExit as end:
        code = end.code
    return code, json.loads(told.getvalue())


def test_the_command_enrols_by_gap_and_again_changes_nothing():
    competency = CompetencyFactory()
    page = course(competencies=[competency])
    page.save()  # until then its competencies are in memory only
    lacking = professional()
    professional()  # no profile asks anything of this one
    profile = profile_for([lacking], competency)
    asked = (page.slug, "--by", author().employee_id, "--profile", profile.code, "--gap")
    expected = {"employee_id": lacking.employee_id, "name": lacking.name, "message": ""}
    code, told = enrol_people(*asked, "--dry-run")
    assert (code, told["people"]) == (0, [expected | {"outcome": "enrolled"}])
    assert not Enrolment.objects.exists()
    assert enrol_people(*asked)[1]["people"] == told["people"]
    assert [row.person for row in Enrolment.objects.all()] == [lacking]
    again = enrol_people(*asked)[1]["people"]
    assert [row["outcome"] for row in again] == ["unchanged"]
    assert Notice.objects.filter(person=lacking).count() == 1


def test_the_command_names_who_is_not_taken_and_what_is_wrong():
    page, keeper = course(audience=("operators",)), author()
    ids = f"{operator().employee_id},{professional().employee_id}"
    code, told = enrol_people(page.slug, "--by", keeper.employee_id, "--ids", ids)
    assert code == 1
    assert sorted(row["outcome"] for row in told["people"]) == ["enrolled", "refused"]
    by = ("--by", keeper.employee_id)
    for args, sentence in (
        (("nothing", *by, "--gap"), "There is no course page nothing."),
        ((page.slug, *by), "Fill in at least one thing"),
        ((page.slug, *by, "--ids", "NOBODY"), "Not in the registry: NOBODY."),
        ((page.slug, *by, "--gap", "--due", "yesterday"), "Enter a valid date."),
        ((page.slug, "--by", professional().employee_id, "--gap"), "may not bring people"),
    ):
        with pytest.raises(CommandError, match=sentence) as refused:
            call_command("enrol_people", *args)
        assert refused.value.returncode == 2
