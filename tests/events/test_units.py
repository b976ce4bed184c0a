"""A talk becomes a unit of a course, once; each names the other to those who may see it."""

import pytest
from django.urls import reverse
from wagtail.images.models import Image

from courses.models import ModulePage
from events import slides
from events.models import TalkUnit
from tests.events.test_slides import DECK
from tests.factories.courses import course
from tests.factories.events import TalkFactory, handed_in
from tests.factories.people import author, professional

pytestmark = pytest.mark.django_db


def make(client, talk, into):
    address = reverse("events:make_unit", args=[talk.edition.slug, talk.slug])
    return client.post(address, {"into": getattr(into, "pk", into)}, follow=True)


def talk_with_slides():
    talk = TalkFactory(speakers=[professional()])
    material = handed_in(talk, DECK.read_bytes())
    while not slides.cut(material):
        pass
    return talk


def test_a_talk_with_its_slides_becomes_a_draft_and_the_second_time_the_same(signed_in):
    talk, page, client = talk_with_slides(), course(units=1), signed_in(author())
    for _time in range(2):
        shown = make(client, talk, page).content.decode()
    assert f"is a unit of “{page.title}”" in shown
    link = TalkUnit.objects.get()
    unit = link.unit
    assert (unit.title, unit.live, unit.minutes) == (talk.title, False, talk.minutes)
    assert [row.title for row in page.versions.first().units.all()] == ["Unit 1"]
    kinds = [block.block_type for block in unit.body]
    assert kinds[:4] == ["text", "image", "text", "image"]
    assert kinds.count("image") == Image.objects.count() == 13
    assert f'href="{talk.get_absolute_url()}"' in unit.body[0].value.source
    assert talk.speaker_names in unit.body[0].value.source
    second = [block.value for block in unit.body if block.block_type == "image"][1]
    assert second["alt"].startswith("Slide 2 of 13: Who waits when a line is down")
    assert second["image"].width == talk.resources.get().shown().pages.get(number=2).width
    assert "མི་སྡེ་ལྟེ་བ" in unit.body[4].value.source


def test_readers_find_the_unit_at_the_talk_and_the_talk_at_the_unit(signed_in):
    talk, page = TalkFactory(), course(units=1)
    keeper, reader = signed_in(author()), signed_in(professional())
    shown = make(keeper, talk, page).content.decode()
    assert "draft" in shown
    unit = TalkUnit.objects.get().unit
    address = f'href="{page.url}{unit.slug}/"'
    assert unit.title not in reader.get(page.url).content.decode()
    assert "In courses" not in reader.get(talk.get_absolute_url()).content.decode()
    unit.get_latest_revision().publish()
    assert address in reader.get(talk.get_absolute_url()).content.decode()
    assert f'href="{talk.get_absolute_url()}"' in reader.get(unit.url).content.decode()


def test_a_unit_of_a_course_for_others_is_not_named(signed_in):
    talk, page = TalkFactory(), course(units=1, audience=["head"], title="For heads")
    make(signed_in(author()), talk, page)
    TalkUnit.objects.get().unit.get_latest_revision().publish()
    shown = signed_in(professional()).get(talk.get_absolute_url()).content.decode()
    assert "For heads" not in shown


def test_it_goes_into_a_module_and_into_each_course_once(signed_in):
    talk, first, second = TalkFactory(), course(), course(title="Lines")
    module = first.add_child(instance=ModulePage(title="Faults"))
    client = signed_in(author())
    for into in (module, first, second):
        make(client, talk, into)
    assert [(row.course, row.unit.module) for row in TalkUnit.objects.order_by("pk")] == [
        (first, module),
        (second, None),
    ]


def test_a_title_that_stands_there_already_gets_an_address_of_its_own(signed_in):
    talk, page = TalkFactory(title="Unit 1"), course(units=1)
    make(signed_in(author()), talk, page)
    assert TalkUnit.objects.get().unit.slug == f"unit-1-{talk.pk}"


def test_it_is_for_those_who_look_after_courses(signed_in, client):
    talk, page = TalkFactory(), course()
    answer = make(signed_in(professional()), talk, page)
    assert (answer.status_code, "Authors, registrars" in answer.content.decode()) == (403, True)
    address = reverse("events:make_unit", args=[talk.edition.slug, talk.slug])
    assert client.post(address, {"into": page.pk})["Location"].startswith("/accounts/login/")
    hidden = TalkFactory(audience=page.audience.__class__.objects.of("nobody"))
    assert make(signed_in(author()), hidden, page).status_code == 404
    assert not TalkUnit.objects.exists()


@pytest.mark.parametrize("into", ["", "0", "x"])
def test_what_is_no_course_is_refused_at_its_field(signed_in, into):
    answer = make(signed_in(author()), TalkFactory(), into)
    assert answer.status_code == 422
    assert "field__error" in answer.content.decode()
