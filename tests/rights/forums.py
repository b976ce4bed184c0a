from io import BytesIO
from uuid import UUID

from PIL import Image

from forums import attaching, importing
from forums.models import ExpertPool, Post, PostRevision, Topic, TopicAct
from tests.rights import PUBLIC, SIGNED_IN, Right


def pool():
    return [ExpertPool.objects.first().pk]


def topic():
    return [Topic.objects.first().pk]


def post():
    """The first question of the pool that the demonstration's expert and lead serve."""
    return [Post.objects.filter(topic__pool__code="NET", number=1).earliest("created").pk]


def net():
    return [ExpertPool.objects.get(code="NET").pk]


def net_topic():
    return [Post.objects.get(pk=post()[0]).topic_id]


def act():
    question = Post.objects.select_related("topic", "author").get(pk=post()[0])
    kind = TopicAct.Kind.CONFIRM
    return [TopicAct.objects.create(topic=question.topic, by=question.author, kind=kind).pk]


def picture():
    question = Post.objects.select_related("author").get(pk=post()[0])
    data = BytesIO()
    Image.new("RGB", (8, 8)).save(data, "PNG")
    return [attaching.attach(question, [("a.png", data.getvalue())], by=question.author)[0].pk]


def proposal():
    pool = ExpertPool.objects.get(code="NET")
    lead = pool.memberships.open().get(role="lead").person
    return [importing.propose(pool, data=b"{}", name="old.jsonl", by=lead).pk]


def person():
    return [Topic.objects.first().asker_id]


def cid():
    return [UUID(int=1)]


def tag():
    return [Topic.objects.exclude(tags=None).first().tags.first().name]


def version():
    """What the first question said before an edit; its author is no lead."""
    row, _new = PostRevision.objects.get_or_create(
        post_id=post()[0],
        number=1,
        defaults={"body": "Before.", "editor": Post.objects.get(pk=post()[0]).author},
    )
    return [row.pk]


SERVING_NET = frozenset({"expert", "lead", "host", "leaver"})
RIGHTS = {
    "forums:pools": Right(PUBLIC),
    "forums:ask": Right(SIGNED_IN, args=pool),
    "forums:join": Right(SIGNED_IN, args=pool, status=405),
    "forums:people": Right(SIGNED_IN, args=pool),
    "forums:topic": Right(SIGNED_IN, args=topic),
    "forums:reply": Right(SIGNED_IN, args=topic, status=405),
    "forums:accept": Right(SIGNED_IN, args=topic, status=405),
    "forums:unaccept": Right(SIGNED_IN, args=topic, status=405),
    "forums:same": Right(SIGNED_IN, args=topic, status=405),
    "forums:watch": Right(SIGNED_IN, args=topic, status=405),
    "forums:edit": Right(SERVING_NET | {"professional"}, args=post),  # its author
    "forums:history": Right(SIGNED_IN, args=post),
    "forums:restore": Right(SIGNED_IN, args=post, status=405),
    "forums:redact_version": Right(frozenset({"lead", "administrator"}), args=version),
    "forums:files": Right(SERVING_NET | {"professional"}, args=post),
    "forums:detach": Right(SIGNED_IN, args=post, status=405),
    "forums:attachment": Right(SIGNED_IN, args=picture),
    "forums:attachment_file": Right(SIGNED_IN, args=picture, html=False),
    "forums:curate": Right(SERVING_NET | {"administrator"}, args=net_topic),
    "forums:merge": Right(SIGNED_IN, args=topic, status=405),
    "forums:split": Right(SIGNED_IN, args=topic, status=405),
    "forums:move": Right(SIGNED_IN, args=topic, status=405),
    "forums:undo": Right(SIGNED_IN, args=act, status=405),
    "forums:confirm": Right(SIGNED_IN, args=topic, status=405),
    "forums:obsolete": Right(SIGNED_IN, args=topic, status=405),
    "forums:review": Right(SIGNED_IN, args=topic, status=405),
    "forums:take": Right(SIGNED_IN, args=topic, status=405),
    "forums:read": Right(SIGNED_IN, args=topic, status=405),
    "forums:news": Right(SIGNED_IN, args=topic, status=422, html=False),  # without a number
    "forums:print": Right(SIGNED_IN, args=topic),
    "forums:watch_topic": Right(SIGNED_IN, args=topic, status=405),
    "forums:watch_person": Right(SIGNED_IN, args=person, status=405),
    "forums:watch_pool": Right(SIGNED_IN, args=pool, status=405),
    "forums:watch_tag": Right(SIGNED_IN, args=tag, status=405),
    "forums:watches": Right(SIGNED_IN),
    "forums:tags": Right(PUBLIC),
    "forums:tag": Right(SIGNED_IN, args=tag),
    "forums:drafts": Right(SIGNED_IN),
    "forums:draft": Right(SIGNED_IN, args=cid, html=False),
    "forums:discard": Right(SIGNED_IN, args=cid, status=405),
    "forums:stale": Right(SIGNED_IN),
    "forums:waiting": Right(SIGNED_IN, args=net),
    "forums:import": Right(frozenset({"lead", "administrator"}), args=net),
    "forums:import_report": Right(frozenset({"lead", "administrator"}), args=proposal),
    "forums:join_as_expert": Right(SIGNED_IN, args=pool, status=405),
    "forums:entries": Right(frozenset({"lead", "administrator"}), args=net),
    "forums:remove_entry": Right(SIGNED_IN, args=pool, status=405),
    "forums:experts": Right(SIGNED_IN),
    "forums:serving": Right(SIGNED_IN),
    "forums:add_absence": Right(SIGNED_IN, status=405),
    "forums:end_absence": Right(SIGNED_IN, status=405),
    "forums:feed": Right(PUBLIC, html=False),
    "forums:pool_feed": Right(SIGNED_IN, args=pool, html=False),
    "forums:tag_feed": Right(SIGNED_IN, args=tag, html=False),
}
