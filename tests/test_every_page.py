"""Opens every address as every role on the starter content, and compares with the table of
rights in tests/rights/. An address that the table does not know fails, and so does a row
whose address is gone."""

import importlib
import pkgutil
import uuid
from datetime import date

import pytest
from django.db import connection, reset_queries, transaction
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from wagtail.models import Page

import tests.rights
from assessments.services import start_attempt
from courses.models import CoursePage
from courses.services import enrol, finish_unit
from lms.starter import FOLDER, parts
from people.starter import cast
from tests.crawl import addresses, faults_of, kilobytes
from tests.rights import ROLES, Right

pytestmark = pytest.mark.django_db
NAME_IN_CAST = {"expert": "expert_net", "lead": "lead_net"}


def table() -> dict[str, Right]:
    rights: dict[str, Right] = {}
    for module in pkgutil.iter_modules(tests.rights.__path__):
        rights |= importlib.import_module(f"tests.rights.{module.name}").RIGHTS
    return rights


RIGHTS = table()


@pytest.fixture(scope="module")
def visitors(django_db_setup, django_db_blocker, _home):
    """Role -> a browser of one who has it, on the whole starter content, undone afterwards."""
    files = override_settings(HOME=_home, MEDIA_ROOT=_home / "media")
    with django_db_blocker.unblock(), files, transaction.atomic():
        for loaders in parts().values():
            for load in loaders:
                load(FOLDER)
        _begin_a_course()
        yield _browsers()
        transaction.set_rollback(True)


def _begin_a_course() -> None:
    """Somebody who is none of the visitors is in the middle of a course and of a quiz."""
    learner = cast(FOLDER)["operator_2"]
    enrolment = enrol(CoursePage.objects.get(slug="running-a-community-centre"), person=learner)
    for unit in enrolment.version.units.all():
        finish_unit(enrolment, unit=unit)
    start_attempt(enrolment.version.quiz, person=learner, cid=uuid.uuid4())


def _browsers() -> dict[str, Client]:
    people = cast(FOLDER)
    people["leaver"].postings.filter(ends=None).update(ends=date(2025, 12, 31))
    browsers = {}
    for role in ROLES:
        browsers[role] = Client()
        if role != "anonymous":
            browsers[role].force_login(people[NAME_IN_CAST.get(role, role)])
    return browsers


def test_every_address_stands_in_the_table_of_rights():
    assert set(addresses()) == set(RIGHTS)


@pytest.mark.parametrize("name", sorted(RIGHTS))
def test_address(visitors, name):
    right = RIGHTS[name]
    address = reverse(name, args=right.args())
    faults = []
    for role, browser in visitors.items():
        with CaptureQueriesContext(connection) as queries:
            response = browser.get(address)
        expected = _expected(right, role)
        if response.status_code not in expected:
            faults.append(f"{role}: {response.status_code}, not {expected}")
        elif role in right.roles:
            faults += [f"{role}: {fault}" for fault in _page_faults(response, right, queries)]
    assert not faults, f"{address}\n" + "\n".join(faults)


def _expected(right: Right, role: str) -> set[int]:
    if role in right.roles:
        return {right.status}
    if role == "anonymous":  # led to the sign-in page, or not told that there is anything
        return {302, 401, 404}
    if role in right.hidden_from:
        return {404}
    return {right.refused}


def _page_faults(response, right: Right, queries) -> list[str]:
    faults = []
    if len(queries) > right.queries:
        faults.append(f"{len(queries)} queries, at most {right.queries}")
    content = b"".join(response) if response.streaming else response.content
    if kilobytes(content) > right.kilobytes:
        faults.append(f"{kilobytes(content):.1f} KB, at most {right.kilobytes}")
    if right.html and right.status == 200:
        faults += faults_of(content)
    return faults


def test_every_published_page_opens_for_every_role(visitors):
    faults = []
    for page in Page.objects.live().filter(depth__gt=1).specific():
        reset_queries()  # Django keeps the last 9000 only
        for role, browser in visitors.items():
            with CaptureQueriesContext(connection) as queries:
                response = browser.get(page.relative_url(None) or page.url)
            where = f"{page.url} as {role}"
            if response.status_code not in {200, 302, 403, 404}:
                faults.append(f"{where}: {response.status_code}")
            elif response.status_code == 200:
                right = Right(frozenset(), queries=40)
                faults += [f"{where}: {fault}" for fault in _page_faults(response, right, queries)]
    assert not faults, "\n".join(faults)
