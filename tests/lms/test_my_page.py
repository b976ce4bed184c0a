""" "My page" says what is due, what waits, what lapses and what is new; nothing of others."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from forums.models import PoolMembership
from tests.factories.desk import claimed, delivered
from tests.factories.events import ActionFactory
from tests.factories.forums import answer, pool, serving, topic
from tests.factories.live import make_session
from tests.factories.people import professional

pytestmark = pytest.mark.django_db


def my_page(client) -> str:
    return client.get(reverse("my_page")).content.decode()


@pytest.fixture
def net():
    return pool()


def test_an_expert_sees_questions_claimed_work_and_the_queue(signed_in, net):
    expert = serving(net)
    topic(net, title="Why does the line fall at noon?")
    claimed(net, expert, title="Come and measure")
    page = my_page(signed_in(expert))
    assert "Why does the line fall at noon?" in page
    assert "Come and measure" in page


def test_a_requester_sees_what_waits_for_the_sign_off(signed_in, net):
    asked = delivered(net, title="Drawing of the wireless")
    assert "Drawing of the wireless" in my_page(signed_in(asked.requester))
    assert "Drawing of the wireless" not in my_page(signed_in(professional()))


def test_actions_sessions_and_news_of_own_pools_are_there_and_of_others_not(signed_in, net):
    person = professional()
    PoolMembership.objects.create(pool=net, person=person)
    action = ActionFactory(owner=person, due=timezone.localdate() + timedelta(days=3))
    session = make_session(pool=net)
    news = topic(net, title="What moved in this pool")
    other = topic(pool("SEC"), title="What moved elsewhere")
    page = my_page(signed_in(person))
    for text in (action.text, session.title, news.title):
        assert text in page
    assert other.title not in page


def test_a_newcomer_is_told_where_to_begin(signed_in):
    page = my_page(signed_in(professional()))
    assert reverse("courses:list") in page
    assert "Nothing lapses" in page


@pytest.mark.parametrize("number", [1, 8])
def test_query_count(signed_in, django_assert_max_num_queries, net, number):
    expert = serving(net)
    for _ in range(number):
        topic(net)
        answer(topic(net))
        claimed(net, expert)
        ActionFactory(owner=expert)
    client = signed_in(expert)
    my_page(client)
    with django_assert_max_num_queries(26):
        assert my_page(client)
