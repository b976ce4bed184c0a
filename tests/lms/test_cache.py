"""With REDIS_URL set and Redis down, pages answer and limits hold."""

import logging
import os
import socket

import pytest
from django.core.cache import cache, caches
from django.urls import reverse

from lms.cache import pause
from tests.factories.assessments import quiz_with_bank
from tests.factories.courses import course
from tests.factories.people import professional

pytestmark = pytest.mark.django_db
REDIS_URL = os.environ.get("TEST_REDIS_URL", "")


def cache_at(settings, url):
    backend = "lms.cache.RedisOrMemoryCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": url}}
    return caches["default"]


@pytest.fixture(autouse=True)
def _no_pause():
    pause.end()
    yield
    pause.end()


@pytest.fixture
def away(settings):
    """The cache of a Redis that is not there."""
    with socket.socket() as held:  # bound and not listening: refused, and nobody else gets it
        held.bind(("127.0.0.1", 0))
        down = cache_at(settings, f"redis://127.0.0.1:{held.getsockname()[1]}/0")
        yield down
        down.memory.clear()


@pytest.mark.usefixtures("away")
def test_pages_answer_without_redis(client, signed_in):
    page = course(quiz=quiz_with_bank())
    browser = signed_in(professional())
    for address in (reverse("courses:list"), page.get_url(), reverse("my_page")):
        pause.end()  # each page meets Redis anew
        response = browser.get(address)
        assert response.status_code == 200, address
    pause.end()
    assert client.get(reverse("account_login")).status_code == 200


def test_what_is_down_is_logged_once_and_left_alone(away, caplog):
    with caplog.at_level(logging.WARNING, "lms.cache"):
        for number in range(5):
            away.set("number", number)
            pause.until = 0.0  # over
    assert away.get("number") == 4
    assert [record.name for record in caplog.records] == ["lms.cache"]
    assert pause.length == 30  # seconds, at most


def test_every_method_answers_from_memory(away):
    assert away.add("one", 1)
    assert not away.add("one", 2)
    assert away.incr("one") == 2
    assert away.touch("one")
    assert "one" in away
    away.set_many({"two": 2, "three": 3})
    assert away.get_many(["one", "two", "four"]) == {"one": 2, "two": 2}
    away.delete_many(["two"])
    assert away.delete("three")
    assert away.get("two", "none") == away.get("three", "none") == "none"
    away.clear()
    assert "one" not in away


@pytest.mark.usefixtures("away")
def test_the_limit_of_failed_sign_ins_holds_without_redis(client):
    person = professional()
    address, wrong = reverse("account_login"), {"login": person.employee_id, "password": "wrong"}
    answers = [client.post(address, wrong).content.decode() for _ in range(11)]
    assert ["Too many failed" in answer for answer in answers] == [False] * 10 + [True]


@pytest.mark.skipif(not REDIS_URL, reason="TEST_REDIS_URL names no Redis")
def test_what_redis_keeps_is_not_in_memory(settings):
    up = cache_at(settings, REDIS_URL)
    cache.set("number", 7, timeout=60)
    assert cache.get("number") == 7
    assert "number" not in up.memory
    assert cache.delete("number")
    assert pause.length == 0
