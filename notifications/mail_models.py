from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Preference(models.Model):
    """What a person wants by mail; who has no row has the defaults of the fields."""

    class Mails(models.TextChoices):
        AT_ONCE = "at_once", _("A mail for each notice")
        WEEKLY = "weekly", _("One mail a week, with what is new in my pools")
        NONE = "none", _("No mail")

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="mail_preference"
    )
    mails = models.CharField(max_length=8, choices=Mails, default=Mails.AT_ONCE)
    quiet = models.BooleanField(default=True)  # mail waits for working hours
    digest_until = models.DateTimeField(default=timezone.now)  # what came before was told

    def __str__(self):
        return f"{self.person}: {self.get_mails_display()}"


class EndedSection(models.Model):
    """A part of the weekly mail that a person ended: a pool ("pool:NET"), or its notices."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="ended_sections"
    )
    section = models.CharField(max_length=40)

    wagtail_reference_index_ignore = True

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "section"], name="notifications_section_ended_once"
            )
        ]

    def __str__(self):
        return f"{self.person}: {self.section}"


class MailQuerySet(models.QuerySet):
    def due(self, now):
        """Waiting, their time come, and in nobody's hands."""
        free = Q(claimed_until__isnull=True) | Q(claimed_until__lt=now)
        return self.filter(free, state=Mail.State.WAITING, due__lte=now).order_by(
            "-urgent", "due", "pk"
        )


class Mail(models.Model):
    """One mail that goes out once: the row is written with what it tells of."""

    class Kind(models.TextChoices):
        NOTICE = "notice", _("Notice")
        DIGEST = "digest", _("Weekly mail")
        ANSWER = "answer", _("Answer to a mail")

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        HANDED_OVER = "handed", _("Being handed over")
        SENT = "sent", _("Sent")
        REFUSED = "refused", _("Refused by the mail server")
        UNKNOWN = "unknown", _("Cut off while it was handed over")
        DROPPED = "dropped", _("No longer wanted")
        GIVEN_UP = "given_up", _("Given up after many attempts")

    kind = models.CharField(max_length=8, choices=Kind)
    person = models.ForeignKey(  # nobody: an answer to somebody who is not known here
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="mails", null=True
    )
    address = models.EmailField()
    message_id = models.CharField(max_length=200, unique=True)  # with its angle brackets
    event = models.CharField(max_length=120, blank=True)
    thread = models.CharField(max_length=40, blank=True)  # such as "topic:17"
    subject = models.CharField(max_length=300)
    text = models.TextField(blank=True)
    items = models.JSONField(default=list)  # of a digest: {title, reason, url}
    answers = models.CharField(max_length=300, blank=True)  # the Message-ID that it answers
    urgent = models.BooleanField(default=False)
    due = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    claim = models.UUIDField(null=True)
    claimed_until = models.DateTimeField(null=True)
    error = models.CharField(max_length=300, blank=True)
    created = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True)

    objects = MailQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["state", "due"], name="notifications_mail_due"),
            models.Index(fields=["person", "thread"], name="notifications_mail_thread"),
        ]

    def __str__(self):
        return self.subject


class MailAttempt(models.Model):
    """One try to bring a mail to the mail server. Written before the try begins."""

    mail = models.ForeignKey(Mail, models.CASCADE, related_name="journal")
    begun = models.DateTimeField(default=timezone.now)
    handed_over = models.DateTimeField(null=True)  # from here on the server may have it
    ended = models.DateTimeField(null=True)
    reply = models.CharField(max_length=300, blank=True)  # what the server said

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return f"{self.mail_id}: {self.reply}"
