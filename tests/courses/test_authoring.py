"""Modules, what stays for learners of an older version, places, care, the checklist, preview."""

from datetime import date, timedelta

import pytest
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone
from wagtail.documents.models import Document
from wagtail.models import Page

from courses import queries, services
from courses.checklist import findings
from courses.models import MediaPlace, ModulePage, UnitPage
from tests.factories.courses import CompetencyFactory, course
from tests.factories.people import PersonFactory, author, professional

pytestmark = pytest.mark.django_db


def with_module():
    page = course(units=1)
    module = page.add_child(instance=ModulePage(title="Cables", slug="cables"))
    unit = module.add_child(
        instance=UnitPage(title="Copper", minutes=5, body=[("text", "<p>c</p>")])
    )
    services.publish_version(page)
    return page, module, unit


def test_units_of_a_module_stand_under_its_heading_and_open(signed_in):
    page, _module, _unit = with_module()
    client = signed_in(professional())
    shown = client.get(page.url).content.decode()
    assert "<h3>Cables</h3>" in shown
    assert f'href="{page.url}cables/copper/"' in shown
    opened = client.get(f"{page.url}cables/copper/").content.decode()
    assert "Cables · Unit 2 of 2" in opened
    assert client.get(f"{page.url}cables/").status_code == 404


def test_what_the_author_takes_out_stays_for_those_who_learn_with_it(signed_in):
    page, module, unit = with_module()
    learner, newcomer = signed_in(person := professional()), signed_in(professional())
    services.enrol(page, person=person)
    unit.unpublish()
    assert [row.title for row in page.versions.first().units.all()] == ["Unit 1"]
    assert learner.get(f"{page.url}cables/copper/").status_code == 200
    assert newcomer.get(f"{page.url}cables/copper/").status_code == 404


def test_a_unit_that_moved_is_found_at_its_old_address(signed_in):
    page, _module, unit = with_module()
    unit.move(page, pos="last-child")
    client = signed_in(professional())
    response = client.get(f"{page.url}cables/copper/")
    assert (response.status_code, response.url) == (302, f"{page.url}copper/")


def test_units_of_a_hidden_module_are_hidden():
    page, module, _unit = with_module()
    module.unpublish()
    assert [row.title for row in page.versions.first().units.all()] == ["Unit 1"]


def test_any_computer_goes_on_at_the_block_and_the_second(signed_in):
    person, page = professional(), course(units=3)
    enrolment = services.enrol(page, person=person)
    unit = enrolment.version.units.get(position=2)
    url = reverse("courses:place", args=[enrolment.pk])
    here, there = signed_in(person), signed_in(person)
    here.get(f"{page.url}unit-2/")
    assert here.post(url, {"unit": unit.key, "block": 7}).status_code == 204
    assert f'href="{page.url}unit-2/#b7"' in there.get(page.url).content.decode()
    there.get(f"{page.url}unit-2/")
    assert f'href="{page.url}unit-2/#b7"' in there.get(page.url).content.decode()
    for second in (10, 200):
        assert here.post(url, {"document": 5, "second": second}).status_code == 204
    assert queries.media_places(enrolment) == {5: 200}


@pytest.mark.parametrize("fields", [{}, {"unit": "x", "block": 1}, {"document": 1, "second": -1}])
def test_a_place_that_is_none_is_refused(signed_in, fields):
    person = professional()
    enrolment = services.enrol(course(), person=person)
    response = signed_in(person).post(reverse("courses:place", args=[enrolment.pk]), fields)
    assert response.status_code == 400
    assert not MediaPlace.objects.exists()


def test_recordings_go_on_where_they_stopped_and_the_saver_leaves_them_out(signed_in):
    person, page = professional(), course(units=1)
    unit = page.units().first()
    sound = Document.objects.create(title="Talk", file="documents/talk.opus", file_size=30_000)
    media = {"kind": "audio", "title": "The talk", "small": sound, "transcript": "Word by word."}
    unit.body = [("media", media)]
    unit.save_revision().publish()
    enrolment = services.enrol(page, person=person)
    services.remember_second(enrolment, document=sound.pk, second=75)
    client = signed_in(person)
    shown = client.get(f"{page.url}unit-1/").content.decode()
    assert "talk.opus#t=75" in shown
    assert "<audio" in shown
    client.post(reverse("people:data_saver"), {"on": "1"})
    shown = client.get(f"{page.url}unit-1/").content.decode()
    assert "<audio" not in shown
    assert "small, 29.3" in shown


def test_a_course_needs_an_owner_on_the_day_that_the_owner_leaves_or_moves(signed_in):
    owner, page = author(), course(slug="kept")
    page.owner_person = owner
    page.save_revision().publish()
    assert list(queries.uncared_courses()) == []
    owner.postings.update(ends=timezone.localdate())
    assert list(queries.uncared_courses()) == [page]
    owner.postings.create(
        organisation=owner.postings.first().organisation,
        dzongkhag=owner.postings.first().dzongkhag,
        post_title="Elsewhere",
        starts=timezone.localdate() + timedelta(days=1),
    )
    assert list(queries.uncared_courses()) == [page]
    keeper = author()
    client = signed_in(keeper)
    assert page.title in client.get(reverse("courses:care")).content.decode()
    review = timezone.localdate() + timedelta(days=200)
    url = reverse("courses:take_over", args=[page.pk])
    assert client.post(url, {"owner": "X", "review_by": review}).status_code == 422
    client.post(url, {"owner": keeper.employee_id, "review_by": review})
    page.refresh_from_db()
    assert (page.owner_person, page.review_by) == (keeper, review)
    assert list(queries.uncared_courses()) == []
    assert keeper.notices.get().title == f"You look after the course “{page.title}” now"


def test_handing_over_keeps_a_draft_that_waits(signed_in):
    keeper, page = author(), course()
    page.title = "Better title"
    page.save_revision()
    services.give_to(page, owner=keeper, review_by=date(2030, 1, 1), by=keeper)
    page.refresh_from_db()
    assert (page.title, page.owner_person) == ("Cabling", keeper)
    draft = page.get_latest_revision_as_object()
    assert (draft.title, draft.owner_person) == ("Better title", keeper)


def test_the_checklist_names_what_to_mend():
    page = course(units=1)
    unit = page.units().first()
    unit.body = [
        ("text", '<p><a linktype="page" id="99999">gone</a> <a href="htp:/x">odd</a></p>'),
        ("callout", {"kind": "tip", "text": '<p><a linktype="document" id="7">file</a></p>'}),
    ]
    unit.save_revision()
    assert [finding.message for finding in findings(page)] == [
        "Nobody owns the course: name who looks after it.",
        "No day of review is set.",
        "Passing is evidence for no competency yet.",
        "The unit has no summary.",
        "A link leads to a page that is not there.",
        "A link leads nowhere: htp:/x",
        "A link leads to a file that is not there.",
    ]


def test_the_checklist_stands_in_the_editor_and_carers_find_it_from_the_course(signed_in):
    page = course(units=1)
    keeper = signed_in(PersonFactory(is_superuser=True))
    shown = keeper.get(reverse("wagtailadmin_pages:edit", args=[page.pk])).content.decode()
    assert "Nobody owns the course: name who looks after it." in shown
    address = reverse("courses:take_over", args=[page.pk])
    assert address in signed_in(author()).get(page.url).content.decode()
    assert address not in signed_in(professional()).get(page.url).content.decode()


def test_a_course_in_order_has_nothing_to_mend():
    page = course(units=1, owner_person=author(), competencies=[CompetencyFactory()])
    page.review_by = timezone.localdate() + timedelta(days=9)
    page.save()
    unit = page.units().first()
    unit.summary = "What it is about"
    unit.save()
    assert findings(page) == []


def test_an_author_previews_a_unit_as_a_learner_sees_it():
    unit = course(units=1).units().first()
    unit.body = [("text", "<p>Not published yet</p>")]
    response = unit.make_preview_request(RequestFactory().get("/"))
    assert "Not published yet" in response.content.decode()


def test_authors_open_the_editor_of_a_course_and_nobody_else_does(signed_in):
    page = course()
    edit = reverse("wagtailadmin_pages:edit", args=[page.pk])
    keeper = signed_in(author())
    assert keeper.get(edit).status_code == 200
    assert (
        keeper.get(
            reverse("wagtailadmin_pages:add", args=["courses", "unitpage", page.pk])
        ).status_code
        == 200
    )
    assert keeper.get(reverse("wagtailimages:add")).status_code == 200
    assert signed_in(professional()).get(edit).status_code in (302, 403)
    other = page.get_parent().get_parent()
    assert keeper.get(reverse("wagtailadmin_pages:edit", args=[other.pk])).status_code in (302, 403)


def test_the_editor_offers_modules_and_units():
    page = course()
    allowed = {model.__name__ for model in type(page).allowed_subpage_models()}
    assert allowed == {"ModulePage", "UnitPage"}
    assert Page.objects.get(pk=page.pk).specific == page


def test_a_course_that_got_another_address_is_found_at_the_old_one(
    signed_in, django_capture_on_commit_callbacks
):
    page = course(units=1)
    old, unit = page.url, page.get_children().first()
    page.slug = "copper-and-glass"
    with django_capture_on_commit_callbacks(execute=True):
        page.save_revision().publish()
    page = Page.objects.get(pk=page.pk)
    reader = signed_in(professional())
    for before, now in ((old, page), (f"{old}{unit.slug}/", Page.objects.get(pk=unit.pk))):
        answer = reader.get(before)
        assert (answer.status_code, answer["Location"]) == (301, now.url)
    assert reader.get("/courses/never-was/").status_code == 404
