"""What each person keeps for themselves beside the topics; read through models.py."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Draft(models.Model):
    """A text that is not posted yet. Its `cid` becomes that of the post.

    `revision` counts what was kept: a tab that knows an older one may not write over a newer.
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="drafts")
    cid = models.UUIDField()
    # Where it goes: a question of a pool, a reply in a topic, or an edit of a post.
    pool = models.ForeignKey("forums.ExpertPool", models.CASCADE, related_name="+", null=True)
    topic = models.ForeignKey("forums.Topic", models.CASCADE, related_name="+", null=True)
    post = models.ForeignKey("forums.Post", models.CASCADE, related_name="+", null=True)
    # Or a form of another room, such as "desk:12:deliver": forums/drafting.py, `Room`.
    room = models.CharField(max_length=80, blank=True)
    title = models.TextField(blank=True)
    body = models.TextField(blank=True)
    more = models.JSONField(default=dict)  # what else the form held, as it was typed
    revision = models.PositiveIntegerField(default=1)
    updated = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-updated", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["person", "cid"], name="forums_draft_cid_once"),
            models.CheckConstraint(
                condition=Q(pool__isnull=False, topic__isnull=True, post__isnull=True, room="")
                | Q(pool__isnull=True, topic__isnull=False, post__isnull=True, room="")
                | Q(pool__isnull=True, topic__isnull=True, post__isnull=False, room="")
                | (Q(pool__isnull=True, topic__isnull=True, post__isnull=True) & ~Q(room="")),
                name="forums_a_draft_goes_to_one_place",
            ),
        ]

    def __str__(self):
        return self.title or " ".join(self.body.split())[:80] or _("without a text yet")


class SentText(models.Model):
    """A text of another room's form was sent: no copy that comes late brings its draft back."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    cid = models.UUIDField()

    wagtail_reference_index_ignore = True

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "cid"], name="forums_text_sent_once")
        ]

    def __str__(self):
        return f"{self.person}: {self.cid}"


class Deflection(models.Model):
    """Somebody was about to ask and found the answer in a topic: counted once to a person."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    topic = models.ForeignKey("forums.Topic", models.CASCADE, related_name="deflections")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "topic"], name="forums_deflection_once")
        ]

    def __str__(self):
        return f"{self.person}: {self.topic}"


class ReadingPosition(models.Model):
    """How far a person has read in a topic. It only grows, whichever device is ahead."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    topic = models.ForeignKey("forums.Topic", models.CASCADE, related_name="readings")
    last_read = models.PositiveIntegerField()  # the number of a post

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "topic"], name="forums_reading_once")
        ]

    def __str__(self):
        return f"{self.person}: {self.topic} #{self.last_read}"


class Watch(models.Model):
    """What a person wants to hear of a topic, a person's posts, a tag or a pool.

    The order of the fields is the order of rank: what is said of a topic holds before what is
    said of whoever writes, that before tags, and those before the pool.
    """

    class Level(models.IntegerChoices):
        MUTED = 0, _("Muted: nothing, not even where I am mentioned")
        NORMAL = 1, _("Normal: where I am mentioned")
        TRACKING = 2, _("Tracking: no notices, but marked in lists as long as I have not read it")
        WATCHING = 3, _("Watching: a notice for each new topic and reply")

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="watches")
    level = models.PositiveSmallIntegerField(choices=Level, default=Level.WATCHING)
    topic = models.ForeignKey(
        "forums.Topic", models.CASCADE, related_name="watches", null=True, blank=True
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", null=True, blank=True
    )
    tag = models.ForeignKey("taggit.Tag", models.CASCADE, related_name="+", null=True, blank=True)
    pool = models.ForeignKey(
        "forums.ExpertPool", models.CASCADE, related_name="watches", null=True, blank=True
    )

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["topic", "person"], name="forums_watch_once"),
            models.UniqueConstraint(fields=["author", "person"], name="forums_watch_author_once"),
            models.UniqueConstraint(fields=["tag", "person"], name="forums_watch_tag_once"),
            models.UniqueConstraint(fields=["pool", "person"], name="forums_watch_pool_once"),
            models.CheckConstraint(
                condition=Q(topic__isnull=False, author=None, tag=None, pool=None)
                | Q(topic=None, author__isnull=False, tag=None, pool=None)
                | Q(topic=None, author=None, tag__isnull=False, pool=None)
                | Q(topic=None, author=None, tag=None, pool__isnull=False),
                name="forums_a_watch_is_of_one_thing",
            ),
        ]

    def __str__(self):
        return f"{self.person}: {self.topic or self.author or self.tag or self.pool}"


class TagSynonym(models.Model):
    """Another word for a tag: whoever types it means the tag."""

    name = models.CharField(max_length=100, unique=True)
    tag = models.ForeignKey("taggit.Tag", models.CASCADE, related_name="synonyms")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name
