"""Pictures and texts at a request, as people/inert.py keeps what comes from outside."""

from django.db import models

from desk.models.request import Request
from people.models import KeptFile
from people.storage import private_files


class RequestFileQuerySet(models.QuerySet):
    def visible_to(self, person):
        """Whoever may read the request may fetch its files."""
        return self.filter(request__in=Request.objects.visible_to(person))


class RequestFile(KeptFile):
    """A picture, log or configuration: what the requester shows, or what the pool delivers."""

    request = models.ForeignKey(Request, models.PROTECT, related_name="files")
    file = models.FileField(storage=private_files, upload_to="desk/%Y/%m")

    objects = RequestFileQuerySet.as_manager()

    class Meta:
        ordering = ["request", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["request", "sha256"], name="desk_file_once_at_a_request"
            )
        ]
