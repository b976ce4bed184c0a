from datetime import timedelta

from django.utils import timezone

from moderation import services
from moderation.models import Case
from moderation.restricting import restrict
from people.models import User
from tests.factories.people import PersonFactory, professional


def moderator():
    return professional(person=PersonFactory(groups=["moderator"]))


def flagged(post, people: int = 1) -> Case:
    """`post` flagged by this many people."""
    for _number in range(people):
        services.flag("post", post.pk, person=professional(), why="abuse")
    return Case.objects.get(kind="post", subject=post.pk)


def restricted(kind: str, **fields) -> User:
    """Somebody who is silenced or suspended for a day."""
    person = professional(person=PersonFactory(**fields))
    until = timezone.now() + timedelta(days=1)
    restrict(person, kind=kind, until=until, reason="Shouting.", by=moderator())
    return person
