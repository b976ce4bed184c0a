"""Speakers are asked for slides that are not there yet: events/reminding.py."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class SlidesReminder(models.Model):
    """One step of asking one speaker for the slides of a talk: each happens once."""

    class Step(models.TextChoices):
        FIRST = "first", _("a week before")
        SECOND = "second", _("two days before")
        AFTER = "after", _("two days after")

    talk = models.ForeignKey("events.Talk", models.CASCADE, related_name="reminders")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    step = models.CharField(max_length=6, choices=Step)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("reminder of slides")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["talk", "person", "step"], name="events_asked_for_slides_once"
            )
        ]

    def __str__(self):
        return f"{self.talk_id}: {self.step}"


class SlidesRequest(models.Model):
    """Somebody who keeps the programme asked for the slides of a talk: once a day at most."""

    talk = models.ForeignKey("events.Talk", models.CASCADE, related_name="slides_requests")
    day = models.DateField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    told = models.JSONField()  # the names of those who were told
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("request for slides")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["talk", "day"], name="events_asked_for_slides_once_a_day"
            )
        ]

    def __str__(self):
        return f"{self.talk_id}: {self.day}"
