"""Topics by mail: what notifications/threads.py asks of a kind of thread."""

from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from forums import services
from forums.models import Post, Topic
from forums.moving import last_of
from forums.text import LONGEST_POST
from moderation.limits import TooManyError
from notifications.threads import NotTakenError
from people.models import User


class TopicThreads:
    name = "topic"

    def subject(self, number: int) -> str:
        topic = _topic(number)
        return topic.title if topic else ""

    def visible_to(self, number: int, person: User) -> bool:
        topic = _topic(number)
        return bool(topic and Topic.objects.visible_to(person).filter(pk=topic.pk).exists())

    def words(self, number: int, event: str) -> str:
        """The post that the event tells of, wherever it was moved, as far as it is there."""
        kind, _colon, rest = event.partition(":")
        posts = Post.objects.filter(topic__merged_into__isnull=True, hidden_at__isnull=True)
        if kind == "post" and rest.isdecimal():
            post = posts.filter(pk=int(rest)).first()
        else:
            topic = _topic(number)
            post = posts.filter(topic=topic, number=1).first() if topic else None
        return post.body if post else ""

    def reply(self, number: int, *, person: User, body: str, key: str) -> str:
        """A reply in the topic, or in what it was merged into."""
        if len(body) > LONGEST_POST:
            raise NotTakenError(
                _("Your reply has %(length)d letters; a post has at most %(most)d.")
                % {"length": len(body), "most": LONGEST_POST}
            )
        topic = _topic(number)
        if topic is None:
            raise NotTakenError(_("The topic is not there any more."))
        try:
            post = services.reply(topic, author=person, body=body, cid=UUID(key))
        except PermissionDenied as error:
            raise NotTakenError(str(error)) from None
        except TooManyError as error:
            raise NotTakenError(
                _("That was faster than one person may write. Send it again after %(wait)s.")
                % {"wait": error}
            ) from None
        return post.get_absolute_url()


def _topic(number: int) -> Topic | None:
    topic = Topic.objects.filter(pk=number).first()
    return last_of(topic) if topic else None


TOPICS = TopicThreads()
