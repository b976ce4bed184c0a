"""The pages of the framework and of what one person holds."""

import pytest
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains

from competencies.models import RoleProfile
from competencies.services import record_evidence
from people.models import CareerTrack
from tests.factories.courses import CompetencyFactory
from tests.factories.people import PersonFactory, professional

pytestmark = pytest.mark.django_db


@pytest.fixture
def track_level():
    track = CareerTrack.objects.create(code="SPC", name="Specialist")
    return track.levels.create(order=1, code="P4", post_title="ICT Officer")


def profile_of(track_level, number=1, competencies=()) -> RoleProfile:
    profile = RoleProfile.objects.create(
        code=f"RP-{number:02}", name=f"Role {number}", pool_code="NET", track_level=track_level
    )
    for row in competencies:
        profile.targets.create(competency=row, level=row.framework.levels.last(), critical=True)
    return profile


def competencies(count: int) -> list:
    return [CompetencyFactory(code=f"NET-{n:02}") for n in range(1, count + 1)]


def evidence(person, rows) -> None:
    for row in rows:
        level = row.framework.levels.first()
        record_evidence(person=person, competency=row, level=level, kind="observation", source=row)


@pytest.mark.parametrize("count", [1, 30])
def test_list_query_count(signed_in, django_assert_num_queries, count):
    competencies(count)
    browser = signed_in(PersonFactory())
    with django_assert_num_queries(4):
        page = browser.get(reverse("competencies:list"))
    assertContains(page, "Does it well.", count=count)


@pytest.mark.parametrize("count", [1, 30])
def test_competency_query_count(signed_in, django_assert_num_queries, track_level, count):
    [row] = competencies(1)
    for number in range(1, count + 1):
        profile_of(track_level, number, [row])
    row.descriptors.create(level=row.framework.levels.first(), behavioural_indicator="Crimps.")
    browser = signed_in(PersonFactory())
    with django_assert_num_queries(12):
        page = browser.get(row.get_absolute_url())
    assertContains(page, "/competencies/profiles/RP-", count=count)
    assertContains(page, "Crimps.")


@pytest.mark.parametrize("count", [1, 30])
def test_profile_query_count(signed_in, django_assert_num_queries, track_level, count):
    profile = profile_of(track_level, competencies=competencies(count))
    browser = signed_in(PersonFactory())
    with django_assert_num_queries(5):
        page = browser.get(profile.get_absolute_url())
    assertContains(page, '<th scope="row"><a href="/competencies/NET-', count=count)


@pytest.mark.parametrize("count", [1, 30])
def test_profiles_query_count(signed_in, django_assert_num_queries, count):
    for number in range(1, count + 1):
        track = CareerTrack.objects.create(code=f"T{number}", name=f"Track {number}")
        level = track.levels.create(order=1, code="P4", post_title="ICT Officer")
        profile_of(level, number)
    browser = signed_in(PersonFactory())
    with django_assert_num_queries(6):
        page = browser.get(reverse("competencies:profiles"))
    assertContains(page, 'href="/competencies/profiles/RP-', count=count)


@pytest.mark.parametrize("count", [1, 30])
def test_mine_query_count(signed_in, django_assert_num_queries, track_level, count):
    person = professional(track_level=track_level)
    rows = competencies(count)
    profile_of(track_level, competencies=rows)
    evidence(person, rows)
    browser = signed_in(person)
    with django_assert_num_queries(14):
        page = browser.get(reverse("competencies:mine"))
    assertContains(page, '<th scope="row"><a href="/competencies/NET-', count=count)


@pytest.mark.parametrize("count", [1, 30])
def test_evidence_query_count(signed_in, django_assert_num_queries, count):
    person = PersonFactory()
    evidence(person, competencies(count))
    browser = signed_in(person)
    with django_assert_num_queries(5):
        page = browser.get(reverse("competencies:evidence"))
    assertContains(page, "Observed practice", count=count)


def test_what_one_holds_is_on_no_page_of_somebody_else(signed_in):
    evidence(PersonFactory(), competencies(1))
    other = signed_in(PersonFactory())
    for name in ("competencies:mine", "competencies:evidence"):
        assertNotContains(other.get(reverse(name)), "NET-01")


def test_a_target_above_what_one_holds_is_a_gap_with_a_next_step(signed_in, track_level):
    person = professional(track_level=track_level)
    [row] = competencies(1)
    profile_of(track_level, competencies=[row])
    evidence(person, [row])
    page = signed_in(person).get(reverse("competencies:mine"))
    assertContains(page, "0 of 1 met")
    assertContains(page, "Ask a pool")


@pytest.mark.parametrize("wanted", ["RP-02", "nonsense", "\x00", "RP-01"])
def test_one_chooses_among_the_profiles_of_the_own_level_only(signed_in, track_level, wanted):
    profile_of(track_level, 1)
    profile_of(track_level, 2)
    page = signed_in(professional(track_level=track_level)).get(
        reverse("competencies:mine"), {"profile": wanted}
    )
    shown = "Role 2" if wanted == "RP-02" else "Role 1"
    assertContains(page, f"role profile {shown}")


@pytest.mark.parametrize("path", ["NET-99", "profiles/RP-99"])
def test_what_is_not_in_the_framework_is_not_found(signed_in, path):
    assert signed_in(PersonFactory()).get(f"/competencies/{path}/").status_code == 404


def test_the_framework_is_for_those_who_signed_in(client):
    page = client.get(reverse("competencies:list"))
    assert page.status_code == 302
    assert page["Location"].startswith("/accounts/login/")
