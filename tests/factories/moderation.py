from moderation import services
from moderation.models import Case
from tests.factories.people import PersonFactory, professional


def moderator():
    return professional(person=PersonFactory(groups=["moderator"]))


def flagged(post, people: int = 1) -> Case:
    """`post` flagged by this many people."""
    for _number in range(people):
        services.flag("post", post.pk, person=professional(), why="abuse")
    return Case.objects.get(kind="post", subject=post.pk)
