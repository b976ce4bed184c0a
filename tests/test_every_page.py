"""Opens every address as every role on the starter content, and compares with the table of
rights in tests/rights/. An address that the table does not know fails, and so does a row
whose address is gone."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from wagtail.models import Page

from tests.canaries import Canary, leaks, plant_all
from tests.crawl import addresses, faults_of, kilobytes
from tests.rights import ROLES, Right, table

pytestmark = pytest.mark.django_db
RIGHTS = table()


def test_every_address_stands_in_the_table_of_rights():
    assert set(addresses()) == set(RIGHTS)


@pytest.fixture(scope="module")
def canaries(visitors, django_db_blocker) -> list[Canary]:
    """A string in every kind of restricted thing; tests/test_canaries.py looks closer."""
    with django_db_blocker.unblock():
        return plant_all()


def lookers(right: Right) -> list[str]:
    """Every role; on PostgreSQL two who may and one who may not: the rest ran on SQLite."""
    if connection.vendor == "sqlite":
        return list(ROLES)
    may = [role for role in ROLES if role in right.roles]
    may_not = [role for role in ROLES if role not in right.roles]
    return list(dict.fromkeys(may[:1] + may[-1:] + may_not[-1:]))


@pytest.mark.parametrize("name", sorted(RIGHTS))
def test_address(visitors, canaries, name):
    right = RIGHTS[name]
    address = reverse(name, args=right.args())
    faults = []
    for role in lookers(right):
        browser = visitors[role]
        with CaptureQueriesContext(connection) as queries:
            response = browser.get(address)
        content = b"".join(response) if response.streaming else response.content
        faults += [f"{role}: {leak}" for leak in leaks(content, role, canaries)]
        expected = _expected(right, role)
        if response.status_code not in expected:
            faults.append(f"{role}: {response.status_code}, not {expected}")
        elif role in right.roles:
            faults += [f"{role}: {fault}" for fault in _page_faults(content, right, queries)]
    assert not faults, f"{address}\n" + "\n".join(faults)


def _expected(right: Right, role: str) -> set[int]:
    if role in right.roles:
        return {right.status}
    if role == "anonymous":  # led to the sign-in page, or not told that there is anything
        return {302, 401, 404}
    if role in right.hidden_from:
        return {404}
    return {right.refused}


def _page_faults(content: bytes, right: Right, queries) -> list[str]:
    faults = []
    if len(queries) > right.queries:
        faults.append(f"{len(queries)} queries, at most {right.queries}")
    if kilobytes(content) > right.kilobytes:
        faults.append(f"{kilobytes(content):.1f} KB, at most {right.kilobytes}")
    if right.html and right.status == 200 and connection.vendor == "sqlite":  # the same on both
        faults += faults_of(content)
    return faults


def test_every_published_page_opens_for_every_role(visitors, canaries):
    faults = []
    for page in Page.objects.live().filter(depth__gt=1).specific():
        for role in lookers(Right(frozenset(ROLES))):
            browser = visitors[role]
            connection.queries_log.clear()  # it keeps 9,000
            with CaptureQueriesContext(connection) as queries:
                response = browser.get(page.relative_url(None) or page.url)
            where = f"{page.url} as {role}"
            faults += [f"{where}: {leak}" for leak in leaks(response.content, role, canaries)]
            if response.status_code not in {200, 302, 403, 404}:
                faults.append(f"{where}: {response.status_code}")
            elif response.status_code == 200:
                right = Right(frozenset(), queries=40)
                faults += [
                    f"{where}: {fault}" for fault in _page_faults(response.content, right, queries)
                ]
    assert not faults, "\n".join(faults)
