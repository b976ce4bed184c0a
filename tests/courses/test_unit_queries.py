"""A page of a unit asks the database the same number of times, whatever stands on it."""

import pytest
from wagtail.images.models import Rendition

from assessments.models import Question
from courses import services
from tests.courses.test_files import picture, picture_block
from tests.factories.assessments import quiz_with_bank
from tests.factories.courses import course
from tests.factories.people import professional

pytestmark = pytest.mark.django_db


def sized(name):
    """A picture whose smaller copies were made at an earlier look."""
    image = picture(name)
    Rendition.objects.bulk_create(
        Rendition(
            image=image,
            filter_spec=f"format-{kind}|width-{width}",
            width=width,
            height=9,
            file=f"{name}-{width}.{kind}",
        )
        for kind in ("avif", "webp", "jpeg")
        for width in (400, 800)
    )
    return image


@pytest.fixture
def reader(signed_in):
    person = professional()
    return person, signed_in(person)


@pytest.mark.parametrize("many", [1, 30])
def test_a_unit_with_questions_and_pictures_among_many_units(
    reader, django_assert_num_queries, many
):
    person, client = reader
    quiz_with_bank()
    questions = list(Question.objects.all())
    page = course(units=many)
    unit = page.units().first()
    unit.body = [
        *[("check", {"question": questions[number % 6]}) for number in range(many)],
        *[picture_block(sized(f"{number}.png")) for number in range(many)],
    ]
    unit.save_revision().publish()
    services.enrol(page, person=person)
    address = f"{page.url}{unit.slug}/"
    client.get(page.url)  # the site's root paths are kept after the first look
    with django_assert_num_queries(26):
        response = client.get(address)
    assert response.content.count(b"data-check") == response.content.count(b"<img") == many
