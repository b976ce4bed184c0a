"""What happens to topics after they were asked: models of their own, read through models.py."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from people.models import KeptFile
from people.storage import private_files


class TopicAct(models.Model):
    """One thing that was done to a topic, by whom and why. The database keeps every row."""

    class Kind(models.TextChoices):
        MERGE = "merge", _("Merged")
        SPLIT = "split", _("Split")
        MOVE = "move", _("Moved to another pool")
        UNDO = "undo", _("Undone")
        OBSOLETE = "obsolete", _("Marked as obsolete")
        CONFIRM = "confirm", _("Confirmed as still true")
        REVIEW = "review", _("Review date set")
        TAKE = "take", _("Taken on")
        GIVE_BACK = "give_back", _("Given back to the pool")

    topic = models.ForeignKey("forums.Topic", models.PROTECT, related_name="acts")
    # The other topic of a merge or split: where the posts went.
    other = models.ForeignKey("forums.Topic", models.PROTECT, related_name="acts_from", null=True)
    kind = models.CharField(max_length=10, choices=Kind)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    reason = models.CharField(max_length=200, blank=True)
    data = models.JSONField(default=dict)  # what an undo needs
    undoes = models.OneToOneField("self", models.PROTECT, related_name="undone_by", null=True)

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self):
        return f"{self.get_kind_display()}: {self.topic}"


class PostPlace(models.Model):
    """Where a post stood before it was moved: the old address leads to it."""

    topic = models.ForeignKey("forums.Topic", models.PROTECT, related_name="places")
    number = models.PositiveIntegerField()
    post = models.ForeignKey("forums.Post", models.CASCADE, related_name="places")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["topic", "number"], name="forums_place_once")
        ]

    def __str__(self):
        return f"{self.topic} #{self.number}"


class ImportedTopic(models.Model):
    """A topic that was brought in: its line as it came, so that it can be given back equal."""

    topic = models.OneToOneField("forums.Topic", models.CASCADE, related_name="imported")
    cid = models.CharField(max_length=200, unique=True)
    line = models.JSONField()
    at = models.DateTimeField(default=timezone.now)

    def __str__(self):
        return self.cid


class TopicImport(models.Model):
    """A file that somebody handed in: judged first, taken in when they confirm."""

    pool = models.ForeignKey("forums.ExpertPool", models.CASCADE, related_name="topic_imports")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    data = models.BinaryField()
    report = models.JSONField()
    at = models.DateTimeField(default=timezone.now)
    done_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-at"]

    def __str__(self):
        return self.name


class Attachment(KeptFile):
    """A picture or a text that belongs to a post; whoever may see the topic may fetch it.

    Before its post is there it belongs to the draft, and only its writer may fetch it.
    """

    post = models.ForeignKey("forums.Post", models.PROTECT, related_name="attachments", null=True)
    draft = models.ForeignKey(
        "forums.Draft", models.PROTECT, related_name="attachments", null=True, editable=False
    )
    file = models.FileField(storage=private_files, upload_to="forums/%Y/%m")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["post", "sha256"], name="forums_file_once_at_a_post"),
            models.UniqueConstraint(fields=["draft", "sha256"], name="forums_file_once_at_a_draft"),
            models.CheckConstraint(
                condition=Q(post__isnull=False, draft__isnull=True)
                | Q(post__isnull=True, draft__isnull=False),
                name="forums_a_file_is_at_a_post_or_a_draft",
            ),
        ]

    def __str__(self):
        return self.name
