"""How far somebody read, what they hear of and why, and the vocabulary of tags."""

import uuid

import pytest
from django.db import connection
from django.urls import reverse

from forums import moving, reading_place, services, tagging
from forums.models import ReadingPosition, Watch
from tests.factories.forums import answer, pool, serving, topic
from tests.factories.people import PersonFactory, professional
from tests.races import at_once, errors

pytestmark = pytest.mark.django_db
Level = Watch.Level


@pytest.fixture
def net(db):
    return pool()


@pytest.fixture
def reader():
    return professional()


def reasons(person):
    return [notice.reason for notice in person.notices.order_by("pk")]


# --- Reading ----------------------------------------------------------------------------------


def test_the_place_only_grows_and_the_lists_go_on_there(net, reader, signed_in):
    asked = topic(net, tags=["dhcp"])
    for _ in range(3):
        answer(asked)
    client = signed_in(reader)
    url = reverse("forums:read", args=[asked.pk])
    assert "continue at" not in client.get(net.address).content.decode()
    for number in ("2", "1"):
        led = client.post(url, {"number": number})
        assert led.url == f"/forum/topics/{asked.pk}/?post=2#post-2"
    for address in (net.address, asked.get_absolute_url(), "/forum/tags/dhcp/"):
        page = client.get(address).content.decode()
        assert "continue at #3" in page
        assert "?post=3#post-3" in page
    assert client.post(url, {"number": "99", "quietly": "1"}).status_code == 204
    assert ReadingPosition.objects.get(person=reader).last_read == 4
    assert "continue at" not in client.get(net.address).content.decode()
    assert client.post(url, {"number": "x"}).status_code == 422
    # Looking at it writes nothing; replying says that all before was seen.
    stranger = professional()
    signed_in(stranger).get(asked.get_absolute_url())
    assert not ReadingPosition.objects.filter(person=stranger).exists()
    answer(asked, stranger)
    assert ReadingPosition.objects.get(person=stranger).last_read == 5


def test_news_of_an_open_topic_are_counted(net, reader, signed_in):
    asked = topic(net)
    client, url = signed_in(reader), reverse("forums:news", args=[asked.pk])
    assert client.get(url, {"after": 1}).json() == {"count": 0, "last": None, "first": None}
    answer(asked)
    answer(asked)
    assert client.get(url, {"after": 1}).json() == {"count": 2, "last": 3, "first": 2}
    assert client.get(url, {"after": "x"}).status_code == 422
    hidden = topic(pool("HEAD", audience=("heads",)))
    assert client.get(reverse("forums:news", args=[hidden.pk]), {"after": 1}).status_code == 404


# --- Watching ---------------------------------------------------------------------------------


def test_the_most_specific_word_holds_and_the_notice_says_why(net, reader):
    author = professional()
    asked = topic(net, tags=["dns", "printers"])
    dns, printers = tagging.find("dns"), tagging.find("printers")

    def hears(*words):
        Watch.objects.filter(person=reader).delete()
        reader.notices.all().delete()
        for thing, level in words:
            services.set_level(reader, thing, level)
        answer(asked, author)
        return reasons(reader)

    assert hears() == []
    assert hears((net, Level.WATCHING)) == ["You watch the pool Pool NET."]
    assert hears((net, Level.WATCHING), (dns, Level.MUTED)) == []
    assert hears((net, Level.MUTED), (dns, Level.WATCHING)) == ["You watch the tag dns."]
    assert hears((printers, Level.MUTED), (dns, Level.WATCHING)) == ["You watch the tag dns."]
    assert hears((dns, Level.WATCHING), (author, Level.NORMAL)) == []
    assert hears((dns, Level.MUTED), (author, Level.WATCHING)) == [
        f"You watch what {author.name} writes."
    ]
    assert hears((author, Level.WATCHING), (asked, Level.TRACKING)) == []
    assert hears((author, Level.MUTED), (asked, Level.WATCHING)) == ["You watch this topic."]


def test_an_expert_hears_of_new_questions_unless_they_said_otherwise(net):
    told, quiet, eager = serving(net), serving(net), serving(net)
    services.set_level(quiet, net, Level.NORMAL)
    services.set_level(eager, net, Level.WATCHING)
    topic(net)
    assert reasons(told) == ["You serve the pool Pool NET."]
    assert reasons(quiet) == []
    assert reasons(eager) == ["You watch the pool Pool NET."]


def test_nobody_hears_of_a_topic_that_moved_out_of_their_sight(net, reader):
    asked = topic(net)
    services.set_level(reader, asked, Level.WATCHING)
    heads = pool("HEAD", audience=("heads",))
    lead = serving(net, "lead")
    moving.move(asked, pool=heads, by=lead)
    answer(asked, lead)
    assert reasons(reader) == []


def test_a_merge_takes_each_level_along(net, reader):
    old, new = topic(net), topic(net)
    services.set_level(reader, old, Level.MUTED)
    moving.merge(old, into=new, by=serving(net, "lead"))
    assert Watch.objects.get(topic=new, person=reader).level == Level.MUTED


def test_levels_are_set_on_each_page_and_stand_on_one(net, reader, signed_in):
    asked, client = topic(net, tags=["dns"]), signed_in(reader)
    places = {
        "forums:watch_topic": (asked.pk, asked.title),
        "forums:watch_pool": (net.pk, net.title),
        "forums:watch_tag": ("dns", "dns"),
        "forums:watch_person": (asked.asker.pk, asked.asker.name),
    }
    for name, (pk, _title) in places.items():
        url = reverse(name, args=[pk])
        for _ in range(2):
            assert client.post(url, {"level": "2"}).status_code == 302
        assert client.post(url, {"level": "9"}).status_code == 422
    page = client.get(reverse("forums:watches")).content.decode()
    assert all(title in page for _pk, title in places.values())
    assert [row.level for row in Watch.objects.filter(person=reader)] == [Level.TRACKING] * 4
    client.post(reverse("forums:watch_pool", args=[net.pk]), {"level": "", "back": "1"})
    assert Watch.objects.filter(person=reader).count() == 3


@pytest.mark.parametrize("number", [1, 30])
def test_watches_query_count(net, reader, signed_in, django_assert_max_num_queries, number):
    for _ in range(number):
        services.set_level(reader, topic(net), Level.WATCHING)
        services.set_level(reader, PersonFactory(), Level.MUTED)
    client = signed_in(reader)
    with django_assert_max_num_queries(20):
        client.get(reverse("forums:watches"))


# --- Tags -------------------------------------------------------------------------------------


def test_a_synonym_is_the_tag_wherever_it_is_typed(net, signed_in):
    asked = topic(net, tags=["wireless"])
    client = signed_in(serving(net, "lead"))
    url = reverse("forums:tag", args=["wireless"])
    assert client.post(url, {"word": "WiFi", "synonym": "1"}).status_code == 302
    other = topic(net, tags=["wifi", "wireless"])
    assert list(other.tags.names()) == ["wireless"]
    assert client.get("/forum/tags/wifi/").url == url
    page = client.get(url).content.decode()
    assert asked.title in page
    assert "wifi" in page
    # Taken, and by nobody else.
    topic(net, tags=["lan"])
    lan = reverse("forums:tag", args=["lan"])
    assert client.post(lan, {"word": "wifi", "synonym": "1"}).status_code == 422
    assert client.post(lan, {"word": "no such", "merge": "1"}).status_code == 422
    form = {"word": "wlan", "synonym": "1"}
    assert signed_in(serving(net)).post(url, form).status_code == 403


def test_a_merge_of_tags_moves_topics_watches_and_synonyms(net, reader, signed_in):
    one, both = topic(net, tags=["wifi"]), topic(net, tags=["wifi", "wireless"])
    lead = serving(net, "lead")
    tagging.add_synonym(tagging.find("wifi"), "wi-fi", by=lead)
    services.set_level(reader, tagging.find("wifi"), Level.WATCHING)
    client = signed_in(lead)
    client.post(reverse("forums:tag", args=["wifi"]), {"word": "wireless", "merge": "1"})
    assert list(one.tags.names()) == list(both.tags.names()) == ["wireless"]
    assert Watch.objects.get(person=reader).tag.name == "wireless"
    assert {tagging.find(word).name for word in ("wifi", "wi-fi")} == {"wireless"}


def test_tags_without_an_active_expert_are_named(net, reader, signed_in):
    asked = topic(net, tags=["answered", "watched", "alone"])
    services.accept_answer(answer(topic(net, tags=["answered"]), serving(net)), by=serving(net))
    services.set_level(serving(net), tagging.find("watched"), Level.WATCHING)
    services.set_level(reader, tagging.find("alone"), Level.WATCHING)  # serves no pool
    page = signed_in(reader).get(reverse("forums:tags"), {"show": "alone"}).content.decode()
    assert "/forum/tags/alone/" in page
    assert "/forum/tags/watched/" not in page
    assert "/forum/tags/answered/" not in page
    assert asked.tags.count() == 3


def test_a_tag_of_what_others_may_read_is_not_there(reader, signed_in):
    topic(pool("HEAD", audience=("heads",)), tags=["secret"])
    client = signed_in(reader)
    assert client.get("/forum/tags/secret/").status_code == 404
    assert "secret" not in client.get(reverse("forums:tags")).content.decode()
    url = reverse("forums:watch_tag", args=["secret"])
    assert client.post(url, {"level": "3"}).status_code == 404


# --- Lists and races ----------------------------------------------------------------------------


@pytest.mark.parametrize("topics", [1, 30])
@pytest.mark.parametrize("page", ["waiting", "stale", "tag"])
def test_list_query_counts(net, signed_in, django_assert_max_num_queries, topics, page):
    lead = serving(net, "lead")
    for _ in range(topics):
        asked = topic(net, tags=["dns"])
        if page == "stale":
            post = services.accept_answer(answer(asked), by=lead)
            type(asked).objects.filter(pk=post.topic_id).update(review_by="2020-01-01")
    url = {"waiting": reverse("forums:waiting", args=[net.pk]), "stale": reverse("forums:stale")}
    client = signed_in(lead)
    with django_assert_max_num_queries(20):
        shown = client.get(url.get(page, "/forum/tags/dns/"))
    assert shown.content.decode().count("DHCP runs out") >= topics


@pytest.mark.postgresql
@pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL")
@pytest.mark.usefixtures("django_db_serialized_rollback", "transactional_db")
def test_two_devices_meet_at_the_greater_place_and_fifty_posts_of_one_cid_are_one():
    asked, reader = topic(pool()), professional()
    for _ in range(9):
        answer(asked)
    jobs = [
        lambda number=number: reading_place.read_up_to(asked, person=reader, number=number)
        for number in [*range(1, 11)] * 5
    ]
    assert errors(at_once(jobs)) == []
    assert ReadingPosition.objects.get(person=reader).last_read == 10
    cid = uuid.uuid4()
    posts = at_once([lambda: services.reply(asked, author=reader, body="once", cid=cid)] * 50)
    assert len({post.pk for post in posts}) == 1
    same = [lambda: services.set_same_problem(asked, person=reader, value=True)] * 50
    assert errors(at_once(same)) == []
    assert asked.same_problem.count() == 1
    answers = list(asked.posts.filter(number__gt=1))[:5]
    accepts = [
        lambda post=post: services.accept_answer(post, by=asked.asker) for post in answers * 10
    ]
    assert errors(at_once(accepts)) == []
    assert asked.posts.accepted().count() == 1
