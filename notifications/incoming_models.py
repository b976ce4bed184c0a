from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from notifications.mail_models import Mail
from people.models import KeptFile
from people.storage import private_files


class Bounce(models.Model):
    """A mail that came back, once for each mail. `notifications/bounces.py` counts them."""

    mail = models.OneToOneField(Mail, models.CASCADE, related_name="bounce")
    address = models.CharField(max_length=254, db_index=True)  # in small letters
    hard = models.BooleanField()  # for good: there is no such address
    reason = models.CharField(max_length=300)
    at = models.DateTimeField(default=timezone.now)
    forgiven_at = models.DateTimeField(null=True)  # somebody said: try the address again

    class Meta:
        ordering = ["-at"]

    def __str__(self):
        return f"{self.address}: {self.reason}"


class IncomingMail(models.Model):
    """One mail that came in, once: what became of it and why."""

    class Outcome(models.TextChoices):
        POSTED = "posted", _("Posted")
        HELD = "held", _("Held")
        IGNORED = "ignored", _("Ignored")
        ANSWERED = "answered", _("Answered")
        BOUNCED = "bounced", _("A mail of ours came back")
        REFUSED = "refused", _("Refused after a look")

    message_id = models.CharField(max_length=300, null=True, unique=True)  # noqa: DJ001
    digest = models.CharField(max_length=64, unique=True)  # of sender, date, subject and text
    sender = models.CharField(max_length=254)
    subject = models.CharField(max_length=300)
    text = models.TextField(blank=True)  # of a held mail, as it would be posted
    thread = models.CharField(max_length=40, blank=True)
    # The address that it opens something at, up to the @: it waits for its person's word.
    door = models.CharField(max_length=254, blank=True)
    person = models.ForeignKey(  # in whose name it would be or was posted
        settings.AUTH_USER_MODEL, models.SET_NULL, related_name="+", null=True
    )
    outcome = models.CharField(max_length=8, choices=Outcome, blank=True)
    reason = models.CharField(max_length=400, blank=True)
    url = models.CharField(max_length=300, blank=True)
    received = models.DateTimeField(default=timezone.now)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, related_name="+", null=True
    )
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-received", "-pk"]
        indexes = [models.Index(fields=["outcome", "received"])]

    def __str__(self):
        return self.subject

    def files_with_bytes(self) -> tuple[tuple[str, bytes], ...]:
        """Names and bytes of what came with it, while it is held."""
        return tuple((file.name, file.content()) for file in self.files.all())


class IncomingFile(KeptFile):
    """A picture or a text that came with a mail which is held."""

    mail = models.ForeignKey(IncomingMail, models.CASCADE, related_name="files")
    file = models.FileField(storage=private_files, upload_to="mails/%Y/%m")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["mail", "sha256"], name="notifications_file_once_at_a_mail"
            )
        ]

    def content(self) -> bytes:
        with self.file.open("rb") as opened:
            return opened.read()
