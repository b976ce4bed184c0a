"""Files on their way in: what has arrived of them, and the private links that let guests in."""

import uuid
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.core import signing
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from events.models.materials import Kind, Licence, Material
from events.storage import private_files

LINK_SALT = "events.upload-link"
WAITS = timedelta(hours=48)  # for the next byte; then what arrived is thrown away


class UploadLink(models.Model):
    """Lets whoever has it hand in materials of one talk, without an account."""

    talk = models.ForeignKey("events.Talk", models.CASCADE, related_name="upload_links")
    speaker = models.ForeignKey("events.Speaker", models.SET_NULL, null=True, related_name="+")
    name = models.CharField(_("for"), max_length=200)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )  # None: by a reminder
    created = models.DateTimeField(default=timezone.now)
    expires = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    cid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)

    class Meta:
        verbose_name = _("upload link")
        ordering = ["-pk"]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("events:hand_in", args=[signing.Signer(salt=LINK_SALT).sign_object(self.pk)])

    @property
    def is_valid(self) -> bool:
        return self.revoked_at is None and timezone.now() < self.expires


class Upload(models.Model):
    """A file that arrives in pieces. `offset` bytes of it are on the disk, whatever happens."""

    class State(models.TextChoices):
        ARRIVING = "arriving", _("on its way")
        ARRIVED = "arrived", _("here, being checked")
        KEPT = "kept", _("kept")
        REFUSED = "refused", _("not taken")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    talk = models.ForeignKey("events.Talk", models.CASCADE, related_name="uploads")
    kind = models.CharField(max_length=10, choices=Kind)
    title = models.CharField(max_length=200)
    licence = models.CharField(max_length=12, choices=Licence, blank=True)
    name = models.CharField(max_length=200)  # of the file, as it was called
    size = models.PositiveBigIntegerField()
    offset = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)  # as the sender says, where they say it
    writer = models.UUIDField(null=True)  # of the request that may add to it: the newest
    state = models.CharField(max_length=8, choices=State, default=State.ARRIVING)
    reason = models.CharField(max_length=300, blank=True)
    material = models.ForeignKey(Material, models.SET_NULL, null=True, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    link = models.ForeignKey(UploadLink, models.PROTECT, null=True, related_name="+")
    cid = models.UUIDField()
    created = models.DateTimeField(default=timezone.now)
    touched = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("upload")
        ordering = ["-created"]
        indexes = [models.Index(fields=["state", "touched"])]
        constraints = [
            models.UniqueConstraint(fields=["by", "cid"], name="events_upload_once_per_cid"),
            models.UniqueConstraint(
                fields=["link", "cid"], name="events_upload_once_per_cid_of_a_link"
            ),
            models.CheckConstraint(
                condition=Q(offset__lte=models.F("size")), name="events_upload_within_its_size"
            ),
            models.CheckConstraint(
                condition=Q(by=None, link__isnull=False) | Q(by__isnull=False, link=None),
                name="events_somebody_uploads_it",
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def path(self) -> Path:
        """Where its bytes lie until it is kept."""
        return Path(private_files().path(f"uploads/{self.pk}"))

    @property
    def expires(self):
        return self.touched + WAITS
