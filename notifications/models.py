from django.conf import settings
from django.db import models
from django.utils import timezone


class Channel(models.TextChoices):
    APP = "app", "In the app"


class NoticeQuerySet(models.QuerySet):
    def unread(self):
        return self.filter(read_at__isnull=True)


class Notice(models.Model):
    """One thing that one person must hear, once: the outbox row is the notice."""

    event = models.CharField(max_length=120)  # such as "topic:17:asked"
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notices")
    channel = models.CharField(max_length=8, choices=Channel, default=Channel.APP)
    title = models.CharField(max_length=300)
    reason = models.CharField(max_length=200)  # why this person hears of it
    url = models.CharField(max_length=300)
    created = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        ordering = ["-created", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["event", "person", "channel"], name="notifications_event_once_to_a_person"
            )
        ]
        indexes = [models.Index(fields=["person", "read_at"])]

    def __str__(self):
        return self.title
