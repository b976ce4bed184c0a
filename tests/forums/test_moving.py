"""Merge, split and move: posts keep their addresses, one answer stays, a week to undo."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from competencies.models import Evidence
from forums import moving, services
from forums.models import Post, Topic, TopicAct
from tests.factories.courses import CompetencyFactory
from tests.factories.forums import answer, pool, serving, topic
from tests.factories.people import professional
from tests.races import at_once, errors


@pytest.fixture
def net(db):
    return pool()


@pytest.fixture
def lead(net):
    return serving(net, "lead")


def bodies(of):
    return list(of.posts.order_by("number").values_list("number", "body"))


def test_merged_posts_follow_and_old_addresses_lead_to_them(net, lead, signed_in):
    old, new = topic(net, title="An older title here"), topic(net)
    answer(old, body="from the old one")
    answer(new, body="from the new one")
    reader = professional()
    services.set_same_problem(old, person=reader, value=True)
    services.watch(reader, old)
    client = signed_in(lead)
    url = reverse("forums:merge", args=[old.pk])
    response = client.post(url, {"merge-into": f"https://x/forum/topics/{new.pk}/", "reason": ""})
    assert response.status_code == 302
    assert [number for number, _body in bodies(new)] == [1, 2, 3, 4]
    assert new.same_problem.filter(person=reader).exists()
    assert new.watches.filter(person=reader).exists()
    page = client.get(f"/forum/topics/{old.pk}/?post=2", follow=True)
    assert page.redirect_chain == [(f"/forum/topics/{new.pk}/?post=4#post-4", 302)]
    assert client.get(old.get_absolute_url()).url == f"/forum/topics/{new.pk}/?post=3#post-3"
    assert "An older title here" not in client.get(net.address).content.decode()
    reply = client.post(
        reverse("forums:reply", args=[old.pk]),
        {"body": "typed before", "cid": "1b0e4a4e-9d7a-4e3e-8d0a-111111111111"},
    )
    assert reply.url == f"/forum/topics/{new.pk}/?post=5#post-5"


def test_undo_of_a_merge_gives_everything_back(net, lead):
    old, new = topic(net), topic(net)
    first, second = answer(old), answer(new)
    services.accept_answer(first, by=old.asker)
    services.accept_answer(second, by=new.asker)
    before = bodies(old), bodies(new)
    act = moving.merge(old, into=new, by=lead)
    assert list(new.posts.accepted()) == [second]
    moving.undo(act, by=lead)
    moving.undo(act, by=lead)
    old.refresh_from_db()
    assert (bodies(old), bodies(new)) == before
    assert (list(old.posts.accepted()), old.merged_into) == ([first], None)
    assert TopicAct.objects.filter(kind="undo").count() == 1
    assert answer(new).number == 5  # 3 and 4 meant other posts


def test_evidence_follows_the_answer_that_stays(net, lead):
    competency = CompetencyFactory()
    old, new = topic(net, competencies=[competency]), topic(net, competencies=[competency])
    one, two = serving(net), serving(net)
    services.accept_answer(answer(old, one), by=old.asker)
    services.accept_answer(answer(new, two), by=new.asker)
    act = moving.merge(old, into=new, by=lead)

    def credited():
        newest = Evidence.objects.exclude(pk__in=Evidence.objects.exclude(supersedes=None)
                                          .values("supersedes"))  # fmt: skip
        return {row.person for row in newest if not row.withdrawn}

    assert credited() == {two}
    moving.undo(act, by=lead)
    assert credited() == {one, two}


def test_the_only_accepted_answer_goes_along(net, lead):
    old, new = topic(net), topic(net)
    post = services.accept_answer(answer(old), by=old.asker)
    moving.merge(old, into=new, by=lead)
    assert list(new.posts.accepted()) == [post]


def test_a_split_is_a_topic_of_its_own_and_leaves_a_way_there(net, lead, signed_in):
    asked = topic(net)
    answer(asked, body="stays")
    gone = [answer(asked, body="first"), answer(asked, body="second")]
    services.accept_answer(gone[1], by=asked.asker)
    client = signed_in(lead)
    url = reverse("forums:split", args=[asked.pk])
    form = {"split-title": "A question of its own", "split-posts": [post.pk for post in gone]}
    assert client.post(url, form).status_code == 302
    new = Topic.objects.get(title="A question of its own")
    assert bodies(new) == [(1, "first"), (2, "second")]
    assert list(new.posts.accepted()) == [gone[1]]
    page = client.get(asked.get_absolute_url()).content.decode()
    assert f'id="post-3" href="/forum/topics/{new.pk}/?post=1#post-1"' in page
    assert client.get(f"/forum/topics/{asked.pk}/?post=4").url.endswith("?post=2#post-2")
    act = TopicAct.objects.get(kind="split")
    assert client.post(reverse("forums:undo", args=[act.pk])).status_code == 302
    assert [number for number, _body in bodies(asked)] == [1, 2, 3, 4]
    assert client.get(new.get_absolute_url()).url.startswith(f"/forum/topics/{asked.pk}/")
    assert list(asked.posts.accepted()) == [gone[1]]


def test_a_move_takes_the_audience_along_and_comes_back(net, lead, signed_in):
    heads = pool("HEAD", audience=("heads",))
    lead.pool_memberships.create(pool=heads, role="expert")
    asked = topic(net)
    act = moving.move(asked, pool=heads, by=lead)
    stranger = signed_in(professional())
    assert stranger.get(asked.get_absolute_url()).status_code == 404
    moving.undo(act, by=lead)
    assert stranger.get(asked.get_absolute_url()).status_code == 200


def test_what_is_not_possible_is_said(net, lead, signed_in):
    asked, other = topic(net), topic(net)
    hidden = topic(pool("HEAD", audience=("heads",)))
    client = signed_in(lead)
    url = reverse("forums:merge", args=[asked.pk])
    for into in (str(asked.pk), str(hidden.pk), "nonsense", "9" * 18):
        assert client.post(url, {"merge-into": into}).status_code == 422
    assert signed_in(professional()).post(url, {"merge-into": other.pk}).status_code == 403
    act = moving.merge(asked, into=other, by=lead)
    with pytest.raises(moving.MovingError):
        moving.merge(asked, into=other, by=lead)
    with pytest.raises(PermissionDenied):
        moving.undo(act, by=professional())


def test_undo_ends_after_a_week_and_acts_are_kept(net, lead):
    act = moving.merge(topic(net), into=topic(net), by=lead)
    act.at = timezone.now() - timedelta(days=8)
    assert not moving.may_undo(act)
    with pytest.raises(DatabaseError), transaction.atomic():
        TopicAct.objects.update(reason="other")


@pytest.mark.postgresql
@pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL")
@pytest.mark.usefixtures("django_db_serialized_rollback", "transactional_db")
def test_two_merges_and_replies_at_once():
    net = pool()
    lead = serving(net, "lead")
    for _ in range(5):
        one, two = topic(net), topic(net)
        people = [professional() for _ in range(4)]
        jobs = [
            lambda one=one, two=two: moving.merge(one, into=two, by=lead),
            lambda one=one, two=two: moving.merge(two, into=one, by=lead),
            *[lambda p=p, one=one: answer(one, p) for p in people[:2]],
            *[lambda p=p, two=two: answer(two, p) for p in people[2:]],
        ]
        assert [type(error) for error in errors(at_once(jobs))] == [moving.MovingError]
        left = Topic.objects.filter(pk__in=[one.pk, two.pk], merged_into=None).get()
        assert left.posts.count() == 6
        assert Post.objects.filter(topic__in=[one, two]).exclude(topic=left).count() == 0
