"""A course is found with the units of the version that learners have."""

import pytest

from courses.services import publish_version
from search.models import SearchDocument
from search.services import search
from tests.factories.courses import course

pytestmark = pytest.mark.django_db
EVERYONE = frozenset({"public", "everyone"})


def test_publishing_makes_units_found_without_saving_the_page_again(django_assert_max_num_queries):
    page = course(units=2, title="Marigolds")
    unit = page.units()[0]
    unit.title = "Potting saffron"
    unit.save()
    assert search("saffron", tokens=EVERYONE).results.total == 0  # learners do not have it yet
    saved_at = page.latest_revision_created_at
    publish_version(page)
    assert [hit.kind for hit in search("saffron", tokens=EVERYONE).results.hits] == ["unit"]
    page.refresh_from_db()
    assert page.latest_revision_created_at == saved_at


def test_a_unit_that_did_not_change_keeps_its_document():
    page = course(units=2, title="Marigolds")
    before = dict(SearchDocument.objects.filter(kind="unit").values_list("key", "pk"))
    assert len(before) == 2
    unit = page.units()[0]
    unit.title = "Potting saffron"
    unit.save()
    publish_version(page)
    assert before == dict(SearchDocument.objects.filter(kind="unit").values_list("key", "pk"))
