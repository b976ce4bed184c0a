from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class RegistryImport(models.Model):
    """A registry file that somebody brought, what was said to each record, and what came of it."""

    class Kind(models.TextChoices):
        PEOPLE = "people", _("People")
        CENTRES = "centres", _("Centres")

    class State(models.TextChoices):
        PROPOSED = "proposed", _("Waits for confirmation")
        APPLIED = "applied", _("Applied")

    kind = models.CharField(max_length=8, choices=Kind)
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField()
    state = models.CharField(max_length=8, choices=State, default=State.PROPOSED)
    rows = models.JSONField(default=list)
    counts = models.JSONField(default=dict)
    brought_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="registry_imports"
    )
    brought_at = models.DateTimeField(default=timezone.now)
    applied_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self):
        return self.name
