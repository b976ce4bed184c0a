import hashlib
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from people.registry.judging import Report


class BroughtFile(models.Model):
    """A file that somebody brought, what was said to each record, and what came of it."""

    class State(models.TextChoices):
        PROPOSED = "proposed", _("Waits for confirmation")
        APPLIED = "applied", _("Applied")

    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField()
    state = models.CharField(max_length=8, choices=State, default=State.PROPOSED)
    rows = models.JSONField(default=list)
    counts = models.JSONField(default=dict)
    brought_at = models.DateTimeField(default=timezone.now)
    applied_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True
        ordering = ["-pk"]

    def __str__(self):
        return self.name

    @classmethod
    def keep(cls, data: bytes, report: Report, *, name: str, applied: bool, **more: Any) -> Self:
        """A new row with the file and its report; `more` are the fields of the kind of file."""
        row = cls(name=name[:200], sha256=cls.digest(data), content=data, **more)
        row._note(report, applied=applied)
        row.save()
        return row

    def note_applied(self, report: Report) -> None:
        """Note that the file was applied, with what this time was said to each record."""
        self._note(report, applied=True)
        self.save(update_fields=["state", "applied_at", "rows", "counts"])

    @staticmethod
    def digest(data: bytes) -> str:
        return hashlib.sha256(data).hexdigest()

    def _note(self, report: Report, *, applied: bool) -> None:
        self.rows, self.counts = report.as_rows(), report.counts
        if applied:
            self.state, self.applied_at = self.State.APPLIED, timezone.now()


class RegistryImport(BroughtFile):
    """A registry file."""

    class Kind(models.TextChoices):
        PEOPLE = "people", _("People")
        CENTRES = "centres", _("Centres")

    kind = models.CharField(max_length=8, choices=Kind)
    brought_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="registry_imports"
    )
