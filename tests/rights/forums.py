from forums.models import ExpertPool, Post, Topic
from tests.rights import PUBLIC, SIGNED_IN, Right


def pool():
    return [ExpertPool.objects.first().pk]


def topic():
    return [Topic.objects.first().pk]


def post():
    """The first question of the pool that the demonstration's expert and lead serve."""
    return [Post.objects.filter(topic__pool__code="NET", number=1).earliest("created").pk]


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
}
