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
                condition=Q(pool__isnull=False, topic__isnull=True, post__isnull=True)
                | Q(pool__isnull=True, topic__isnull=False, post__isnull=True)
                | Q(pool__isnull=True, topic__isnull=True, post__isnull=False),
                name="forums_a_draft_goes_to_one_place",
            ),
        ]

    def __str__(self):
        return self.title or " ".join(self.body.split())[:80] or _("without a text yet")
