"""Pictures and texts from outside, kept at something that people write."""

import hashlib
from typing import Self

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from people import inert


class KeptFile(models.Model):
    """A file as people/inert.py keeps it. Whoever inherits says where it belongs, and where its
    `file` lies."""

    class Kind(models.TextChoices):
        PICTURE = inert.PICTURE, _("Picture")
        TEXT = inert.TEXT, _("Text")

    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=7, choices=Kind)
    name = models.CharField(max_length=120)
    size = models.PositiveIntegerField()  # bytes, as kept
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    sha256 = models.CharField(max_length=64)  # of what was sent: the same file again is the same
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        abstract = True

    def __str__(self):
        return self.name

    def keep(self, name: str, data: bytes, *, there: models.QuerySet, most: int, full: str) -> Self:
        """Fill and save this new row from a file that was sent, in the caller's transaction; or
        the row of `there` that has the same file.

        FileRefusedError says why the file is not taken, or `full` where `most` are there.
        """
        self.sha256 = hashlib.sha256(data).hexdigest()
        known = there.filter(sha256=self.sha256).first()
        if known:
            return known
        if there.count() >= most:
            raise inert.FileRefusedError(full % {"most": most})
        kept = inert.reading(data, inert.shown(name))
        self.kind, self.name, self.size = kept.kind, inert.shown(name), len(kept.data)
        self.width, self.height = kept.width, kept.height
        self.file.save(f"{self.sha256[:16]}.{kept.ending}", ContentFile(kept.data), save=False)
        self.save()
        return self
