"""The forum by mail, as notifications/threads.py and notifications/doors.py ask for it."""

from collections.abc import Iterable

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from forums import moving, services
from forums.attaching import attach
from forums.forms import AskForm, PostForm
from forums.models import ExpertPool, Post, Topic
from forums.moving import last_of
from moderation.limits import TooManyError, check_not_silenced
from notifications import doors
from notifications.doors import Letterbox, Opened
from notifications.threads import NotTakenError, Replied
from people.models import User

POOL = "pool-"  # before a pool's slug, in its address


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

    def reply(
        self, number: int, *, person: User, body: str, key: str, files: Iterable[tuple[str, bytes]]
    ) -> Replied:
        """A reply in the topic, or in what it was merged into."""
        said = doors.checked(PostForm({"body": body, "cid": key}))
        topic = _topic(number)
        if topic is None:
            raise NotTakenError(_("The topic is not there any more."))
        try:
            post = services.reply(topic, author=person, body=said["body"], cid=said["cid"])
        except PermissionDenied as error:
            raise NotTakenError(str(error)) from None
        except TooManyError as error:
            raise NotTakenError(
                _("That was faster than one person may write. Send it again after %(wait)s.")
                % {"wait": error}
            ) from None
        return Replied(post.get_absolute_url(), *_keep_files(post, files, by=person))


def _keep_files(post: Post, files: Iterable[tuple[str, bytes]], *, by: User) -> doors.Kept:
    return doors.keep_files(files, lambda name, data: attach(post, [(name, data)], by=by))


def _topic(number: int) -> Topic | None:
    topic = Topic.objects.filter(pk=number).first()
    return last_of(topic) if topic else None


class PoolDoor:
    """A question to a pool: pool-SLUG@. Everybody whom it is for is told, so its asker proves
    first that the mail is theirs."""

    proof = True

    def knows(self, name: str) -> bool:
        return name.startswith(POOL)

    def check(self, box: Letterbox) -> str:
        pool = _pool(box)
        _said(box, pool)
        try:
            check_not_silenced(box.person)
        except PermissionDenied as error:
            raise NotTakenError(str(error)) from None
        return pool.title

    def open(self, box: Letterbox) -> Opened:
        pool = _pool(box)
        said = _said(box, pool)
        try:
            topic = services.ask(
                pool=pool,
                author=box.person,
                title=said["title"],
                body=said["body"],
                cid=said["cid"],
            )
        except PermissionDenied as error:
            raise NotTakenError(str(error)) from None
        question = moving.place_of(topic, 1) or topic.posts.earliest("number")
        files = _keep_files(question, box.files, by=box.person).told
        told = _("Asked in %(pool)s. Its experts are told.") % {"pool": pool.title}
        told = f"{told} {files}".strip()
        return Opened(topic.get_absolute_url(), f"topic:{topic.pk}", told)


def address_of(pool: ExpertPool) -> str:
    """Where a question to `pool` is mailed; empty where no mail comes in."""
    return doors.address(f"{POOL}{pool.slug}")


def _pool(box: Letterbox) -> ExpertPool:
    slug = box.name.removeprefix(POOL)
    pool = ExpertPool.objects.visible_to(box.person).filter(slug=slug).first()
    if pool is None:
        raise NotTakenError(_("No pool has the address %(name)s@.") % {"name": box.name})
    return pool


def _said(box: Letterbox, pool: ExpertPool) -> dict:
    words = {"title": box.title, "body": box.body, "cid": box.key, "kind": Topic.Kind.QUESTION}
    return doors.checked(AskForm(words, pool=pool))


TOPICS = TopicThreads()
QUESTIONS = PoolDoor()
