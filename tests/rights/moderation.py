from datetime import timedelta

from django.utils import timezone

from forums.models import Post
from moderation import services
from moderation.models import Case, Restriction
from moderation.restricting import restrict
from people.models import User
from tests.rights import SIGNED_IN, Right
from tests.rights.forums import post as net_post

JUDGES = frozenset({"lead", "administrator"})
ADMINISTRATOR = frozenset({"administrator"})


def flagged_post():
    return ["post", net_post()[0]]


def case():
    """A case about the first question of the pool that the demonstration's lead leads."""
    post = Post.objects.get(pk=net_post()[0])
    somebody = User.objects.filter(is_superuser=False, is_active=True).exclude(pk=post.author_id)
    for person in somebody.order_by("-pk")[:2]:
        services.flag("post", post.pk, person=person, why="wrong")
    return [Case.objects.get(kind="post", subject=post.pk).pk]


def somebody():
    return ["OPR002"]


def restriction():
    return [
        restrict(
            User.objects.get(employee_id="OPR002"),
            kind=Restriction.Kind.SILENCE,
            until=timezone.now() + timedelta(hours=1),
            reason="For the crawl.",
            by=User.objects.filter(is_superuser=True).first(),
        ).pk
    ]


RIGHTS = {
    "moderation:queue": Right(SIGNED_IN),
    "moderation:decide_many": Right(SIGNED_IN, status=405),
    "moderation:log": Right(ADMINISTRATOR),
    "moderation:mine": Right(SIGNED_IN),
    "moderation:flag": Right(SIGNED_IN, args=flagged_post),
    "moderation:case": Right(JUDGES, args=case, refused=404),
    "moderation:claim": Right(SIGNED_IN, args=case, status=405),
    "moderation:decide": Right(SIGNED_IN, args=case, status=405),
    "moderation:undo": Right(SIGNED_IN, args=case, status=405),
    "moderation:appeal": Right(frozenset({"professional"}), args=case, refused=404),  # its author
    "moderation:restrict": Right(ADMINISTRATOR, args=somebody),
    "moderation:lift": Right(SIGNED_IN, args=restriction, status=405),
}
