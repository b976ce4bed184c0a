"""A course changes materially: holders by its old version are told."""

import uuid
from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone

from assessments import services as assessments
from certification import refreshers, services
from certification.models import Credential, Proposal, Refresher
from certification.states import Standing
from courses.models import MaterialChange, Prerequisite
from courses.services import enrol, finish_unit, mark_material, missing_for, publish_version
from notifications.models import Notice
from tests.factories.assessments import RIGHT, quiz_with_bank
from tests.factories.certification import by_two, fresh, issued, scheme
from tests.factories.courses import course
from tests.factories.people import author, professional, registrar

pytestmark = pytest.mark.django_db
REASON = "The old wiring is not safe any more."


@pytest.fixture
def clock():
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        yield traveller


@pytest.fixture
def page():
    return course()


@pytest.fixture
def refresher():
    return quiz_with_bank()


@pytest.fixture
def made(page, refresher):
    return scheme(
        page, percent=None, competency=False, renewal={"quiz": refresher.slug}, refresher_days=60
    )


def complete(page, person):
    enrolment = enrol(page, person=person)
    for unit in enrolment.version.units.all():
        finish_unit(enrolment, unit=unit)


def new_version(page):
    page.title = f"{page.title} anew"
    page.save()
    return publish_version(page)


def changed(page, by=None):
    return mark_material(new_version(page), by=by or author(), reason=REASON)


def pass_quiz(quiz, person):
    attempt = assessments.start_attempt(quiz, person=person, cid=uuid.uuid4())
    for slot in attempt.slots.all():
        assessments.save_response(
            slot, answer=RIGHT[slot.question_version.question.ident], client_seq=1
        )
    return assessments.finish_attempt(attempt)


def test_who_holds_it_by_the_old_version_is_told_once_and_nobody_else(clock, page, made):
    old, other = professional(), professional()
    complete(page, old)
    by_hand = issued(other, of=made)  # not by this course
    version = new_version(page)
    new = professional()
    complete(page, new)
    for _twice in range(2):
        mark_material(version, by=author(), reason=REASON)
    [row] = Refresher.objects.all()
    assert (row.credential.holder, row.due_on) == (old, timezone.localdate() + timedelta(days=60))
    [notice] = Notice.objects.filter(event__startswith="material-change:")
    assert (notice.person, notice.reason) == (old, REASON)
    assert by_hand not in [row.credential for row in refreshers.open_for(other)]
    assert Credential.objects.filter(holder=new).count() == 1


def test_the_refresher_renews_before_the_window_and_counts_from_the_old_end(
    clock, page, made, refresher, signed_in
):
    person = professional()
    pass_quiz(refresher, person)  # knows nothing of the change
    complete(page, person)
    first = Credential.objects.get(holder=person)
    changed(page)
    assert services.consider([person.pk]) == []
    browser = signed_in(person)
    address = reverse("certification:mine")
    assert REASON in browser.get(address).content.decode()
    clock.shift(timedelta(days=2))
    assert pass_quiz(refresher, person).passed
    second = Credential.objects.exclude(pk=first.pk).get(holder=person)
    assert second.valid_until > first.valid_until
    assert list(refreshers.open_for(person)) == []
    assert REASON not in browser.get(address).content.decode()
    clock.shift(timedelta(days=100))
    assert refreshers.run_refreshers() == 0


def test_what_is_not_refreshed_waits_for_two_people_and_is_asked_once(clock, page, made, signed_in):
    person = professional()
    complete(page, person)
    changed(page)
    clock.shift(timedelta(days=60))
    assert refreshers.run_refreshers() == 0
    clock.shift(timedelta(days=1))
    keeper = registrar()
    listed = signed_in(keeper).get(reverse("certification:refreshers")).content.decode()
    assert person.name in listed
    assert refreshers.run_refreshers() == 1
    assert refreshers.run_refreshers() == 0
    [proposal] = Proposal.objects.all()
    assert (proposal.kind, proposal.proposed_by) == ("suspend", None)
    assert fresh(proposal.credential).standing == Standing.GOOD
    services.decline(proposal, by=keeper)
    assert refreshers.run_refreshers() == 0


def test_a_scheme_without_days_tells_and_asks_for_nothing(clock, page, made):
    made.refresher_days = None
    made.save()
    person = professional()
    complete(page, person)
    changed(page)
    assert Notice.objects.filter(person=person, event__startswith="material-change:").exists()
    assert list(refreshers.open_for(person)) == []
    clock.shift(timedelta(days=400))
    assert refreshers.run_refreshers() == 0


def test_the_author_marks_the_newest_version_on_its_page(page, signed_in):
    browser, address = signed_in(author()), reverse("courses:versions", args=[page.pk])
    assert "changed materially" not in browser.get(address).content.decode()
    with pytest.raises(PermissionDenied):
        mark_material(page.versions.get(), by=author(), reason=REASON)  # nobody learnt earlier
    new_version(page)
    long = browser.post(address, {"reason": "x" * 201})
    assert long.status_code == 422
    assert "x" * 201 in long.content.decode()
    for _twice in range(2):
        text = browser.post(address, {"reason": REASON}, follow=True).content.decode()
        assert REASON in text
    change = MaterialChange.objects.get()
    assert change.version.number == 2
    with pytest.raises(DatabaseError), transaction.atomic():
        MaterialChange.objects.update(reason="Nothing")
    assert signed_in(professional()).get(address).status_code == 403


@pytest.mark.parametrize("count", [1, 12])
def test_telling_takes_the_same_queries_for_any_number(
    clock, page, made, count, django_assert_num_queries
):
    for _each in range(count):
        complete(page, professional())
    version, keeper = new_version(page), author()
    _ = keeper.roles
    with django_assert_num_queries(15):
        mark_material(version, by=keeper, reason=REASON)
    assert Refresher.objects.count() == count


def test_a_certificate_is_asked_for_before_a_course(made):
    advanced = course(title="Advanced cabling")
    wanted = Prerequisite(course=advanced, certificate=made.code)
    wanted.full_clean(exclude=["sort_order"])
    wanted.save()
    person = professional()
    assert missing_for(person, advanced) == [f"the valid certificate “{made.title}”"]
    with pytest.raises(PermissionDenied, match="you need the valid certificate"):
        enrol(advanced, person=person)
    credential = issued(person, of=made)
    assert missing_for(person, advanced) == []
    by_two("suspend", credential=credential)
    assert missing_for(person, advanced)
    unknown = Prerequisite(course=advanced, certificate="nothing")
    with pytest.raises(ValidationError, match="There is no certificate of this code"):
        unknown.full_clean(exclude=["sort_order"])
