from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from desk.models.request import LONGEST_TITLE, Request
from forums.models import Topic


class SharedAnswer(models.Model):
    """A delivered request as question and answer for everybody: a draft until it is approved."""

    request = models.OneToOneField(Request, models.CASCADE, related_name="shared")
    title = models.CharField(max_length=LONGEST_TITLE)
    question = models.TextField()
    answer = models.TextField()
    drafted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created = models.DateTimeField(default=timezone.now)
    approved_at = models.DateTimeField(null=True)
    topic = models.OneToOneField(Topic, models.PROTECT, related_name="from_request", null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(topic__isnull=True, approved_at__isnull=True)
                | Q(topic__isnull=False, approved_at__isnull=False),
                name="desk_shared_when_approved",
            )
        ]

    def __str__(self):
        return self.title
