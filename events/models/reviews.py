"""Whether slides are still true, and who said so: events/reviewing.py."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from events.models.materials import Resource


class SlidesReview(models.Model):
    """Somebody looked at slides again, and what they said. Never changed."""

    class Verdict(models.TextChoices):
        TRUE = "true", _("Still true")
        OBSOLETE = "obsolete", _("No longer true")

    resource = models.ForeignKey(Resource, models.CASCADE, related_name="reviews")
    verdict = models.CharField(max_length=8, choices=Verdict)
    reason = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("review of slides")
        ordering = ["-pk"]

    def __str__(self):
        return f"{self.resource} {self.verdict}"
