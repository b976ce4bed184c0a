"""Pictures and texts at a request, as people/inert.py keeps what comes from outside."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from desk.models.request import Request
from people.storage import private_files


class RequestFileQuerySet(models.QuerySet):
    def visible_to(self, person):
        """Whoever may read the request may fetch its files."""
        return self.filter(request__in=Request.objects.visible_to(person))


class RequestFile(models.Model):
    """A picture, log or configuration: what the requester shows, or what the pool delivers."""

    class Kind(models.TextChoices):
        PICTURE = "picture", _("Picture")
        TEXT = "text", _("Text")

    request = models.ForeignKey(Request, models.PROTECT, related_name="files")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=7, choices=Kind)
    name = models.CharField(max_length=120)
    file = models.FileField(storage=private_files, upload_to="desk/%Y/%m")
    size = models.PositiveIntegerField()  # bytes, as kept
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    sha256 = models.CharField(max_length=64)  # of what was sent: the same file again is the same
    at = models.DateTimeField(default=timezone.now)

    objects = RequestFileQuerySet.as_manager()

    class Meta:
        ordering = ["request", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["request", "sha256"], name="desk_file_once_at_a_request"
            )
        ]

    def __str__(self):
        return self.name
