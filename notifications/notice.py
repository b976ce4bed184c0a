from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from notifications.mail_models import Mail


class Channel(models.TextChoices):
    APP = "app", _("In the app")
    MAIL = "mail", _("By mail, at once")
    DIGEST = "digest", _("In the weekly mail")


class NoticeQuerySet(models.QuerySet):
    def in_app(self):
        """What the page of notices shows; the other channels have rows of their own."""
        return self.filter(channel=Channel.APP)

    def unread(self):
        return self.in_app().filter(read_at__isnull=True)


class Notice(models.Model):
    """One thing that one person must hear, once on each channel: the outbox row is the notice."""

    event = models.CharField(max_length=120)  # such as "topic:17:asked"
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notices")
    channel = models.CharField(max_length=8, choices=Channel, default=Channel.APP)
    title = models.CharField(max_length=300)
    reason = models.CharField(max_length=200)  # why this person hears of it
    url = models.CharField(max_length=300)
    created = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True)
    # Which mail brings or brought it; a row of the digest has none until the week is over.
    mail = models.ForeignKey(Mail, models.SET_NULL, related_name="notices", null=True)

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
