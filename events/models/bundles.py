"""ZIP files of materials, made in the background."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from events.storage import private_files


class Bundle(models.Model):
    """The ZIP of a talk, a day or an edition, as it was when its content had `fingerprint`."""

    edition = models.ForeignKey("events.Edition", models.CASCADE, related_name="bundles")
    scope = models.CharField(max_length=40)  # events/bundles.py: Scope.key
    staff = models.BooleanField()  # with what not every reader may have
    fingerprint = models.CharField(max_length=64)
    file = models.FileField(storage=private_files, max_length=200)
    size = models.PositiveBigIntegerField()
    made = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("ZIP of materials")
        constraints = [
            models.UniqueConstraint(
                fields=["edition", "scope", "staff"], name="events_one_bundle_of_a_scope"
            )
        ]

    def __str__(self):
        return f"{self.edition}: {self.scope}"
