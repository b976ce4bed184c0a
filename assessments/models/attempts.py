from datetime import datetime, timedelta

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from assessments import states
from assessments.models.bank import QuestionVersion
from assessments.models.quizzes import Quiz
from people import inert
from people.storage import private_files


class Attempt(models.Model):
    """One sitting. Its set, its seed and its deadline are made at the start, on the server.

    Its states and what leads from one to the next stand in assessments/states.py.
    """

    class State(models.TextChoices):
        NOT_STARTED = "not_started", _("Not started")
        IN_PROGRESS = "in_progress", _("In progress")
        INTERRUPTED = "interrupted", _("Interrupted")
        OVERDUE = "overdue", _("Time is up")
        SUBMITTED = "submitted", _("Handed in")
        MARKING = "marking", _("Being marked")
        FINISHED = "finished", _("Finished")
        ABANDONED = "abandoned", _("Given up")
        VOIDED = "voided", _("Void")

    quiz = models.ForeignKey(Quiz, models.PROTECT, related_name="attempts")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="attempts")
    number = models.PositiveSmallIntegerField()
    cid = models.UUIDField()
    seed = models.BigIntegerField()
    state = models.CharField(max_length=12, choices=State, default=State.IN_PROGRESS)
    started_at = models.DateTimeField(null=True)  # none while not started
    deadline = models.DateTimeField(null=True)  # moves when time is granted
    paused_at = models.DateTimeField(null=True, editable=False)  # by an invigilator
    submitted_at = models.DateTimeField(null=True, editable=False)
    finished_at = models.DateTimeField(null=True)
    finished_by_clock = models.BooleanField(default=False)
    score_percent = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    passed = models.BooleanField(null=True)

    class Meta:
        ordering = ["-started_at"]
        constraints = [
            models.UniqueConstraint(fields=["person", "cid"], name="assessments_attempt_cid_once"),
            models.UniqueConstraint(
                fields=["person", "quiz", "number"], name="assessments_attempt_number_once"
            ),
            models.UniqueConstraint(
                fields=["person", "quiz"],
                condition=Q(state__in=sorted(state.value for state in states.OPEN)),
                name="assessments_one_open_attempt_to_a_quiz",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["not_started", "abandoned", "voided"])
                | Q(started_at__isnull=False, deadline__isnull=False),
                name="assessments_a_sitting_has_its_clock",
            ),
            models.CheckConstraint(
                condition=Q(deadline__gt=F("started_at")),
                name="assessments_deadline_after_start",
            ),
        ]

    def __str__(self):
        return f"{self.quiz}, attempt {self.number}"

    def get_absolute_url(self):
        return reverse("assessments:attempt", args=[self.pk])

    def ends_at(self) -> datetime:
        """The deadline of a sitting; only what was never begun has none."""
        return self.deadline

    def closes_at(self) -> datetime:
        """The last moment at which an answer counts."""
        return self.ends_at() + timedelta(seconds=self.quiz.grace_seconds)

    def is_open(self, now: datetime) -> bool:
        return self.state in states.SAT and self.paused_at is None and now <= self.closes_at()


class AttemptMove(models.Model):
    """A change of state: what, why, by whom and when. Only ever added."""

    attempt = models.ForeignKey(Attempt, models.CASCADE, related_name="moves")
    verb = models.CharField(max_length=12)
    leaves = models.CharField(max_length=12, choices=Attempt.State)
    to = models.CharField(max_length=12, choices=Attempt.State)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    actor = models.ForeignKey(  # none: the server's clock
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["attempt", "pk"]

    def __str__(self):
        return f"{self.attempt}: {self.verb}"


class Heartbeat(models.Model):
    """A sign of life of a sitting's page. Only ever added; see assessments/lost_time.py."""

    attempt = models.ForeignKey(Attempt, models.CASCADE, related_name="heartbeats", db_index=False)
    at = models.DateTimeField(default=timezone.now)
    watched = models.BooleanField(default=True)  # its script runs, and the page is seen

    class Meta:
        ordering = ["attempt", "at", "pk"]
        indexes = [models.Index(fields=["attempt", "at"], name="assessments_beat_of_attempt")]

    def __str__(self):
        return f"{self.attempt} {self.at:%H:%M:%S}"


class TimeGrant(models.Model):
    """Time given to a sitting beyond its own, with the reason. Only ever added."""

    class Kind(models.TextChoices):
        RULE = "rule", _("rule of the quiz")
        INVIGILATOR = "invigilator", _("invigilator")
        PAUSE = "pause", _("pause")

    attempt = models.ForeignKey(Attempt, models.CASCADE, related_name="grants")
    kind = models.CharField(max_length=12, choices=Kind)
    seconds = models.PositiveIntegerField(validators=[MinValueValidator(1)])
    reason = models.CharField(_("reason"), max_length=300)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["attempt", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="rule") | Q(by__isnull=False),
                name="assessments_a_grant_by_people_names_them",
            ),
            models.CheckConstraint(
                condition=Q(seconds__gt=0), name="assessments_a_grant_gives_something"
            ),
        ]

    def __str__(self):
        return f"{self.attempt}: {self.seconds} s"


class Slot(models.Model):
    """A question of an attempt, in the version that was drawn."""

    attempt = models.ForeignKey(Attempt, models.CASCADE, related_name="slots")
    position = models.PositiveSmallIntegerField()
    question_version = models.ForeignKey(QuestionVersion, models.PROTECT, related_name="slots")
    share = models.DecimalField(  # of full marks, once finished
        max_digits=5, decimal_places=4, null=True, editable=False
    )
    key_version = models.ForeignKey(  # whose key marked it, where that is a corrected one
        QuestionVersion, models.PROTECT, null=True, related_name="+", editable=False
    )

    class Meta:
        ordering = ["attempt", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["attempt", "position"], name="assessments_position_once_in_an_attempt"
            )
        ]

    def __str__(self):
        return f"{self.attempt}, question {self.position}"


class Response(models.Model):
    """What was answered, as it came in: a journal. The highest client sequence counts.

    `client` is the browser that counted the sequence; none for the page without its script.
    """

    slot = models.ForeignKey(Slot, models.CASCADE, related_name="responses")
    client_seq = models.PositiveIntegerField()
    client = models.UUIDField(null=True)
    answer = models.JSONField(null=True)
    received_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["slot", "client_seq"]
        constraints = [
            models.UniqueConstraint(
                fields=["slot", "client_seq"], name="assessments_response_sequence_once"
            )
        ]

    def __str__(self):
        return f"{self.slot} #{self.client_seq}"


class AnswerFile(models.Model):
    """A file that a candidate handed in, as people/inert.py keeps it. Only ever added: the
    answer in the journal names the one that counts."""

    class Kind(models.TextChoices):
        PICTURE = inert.PICTURE, _("picture")
        TEXT = inert.TEXT, _("text")
        PDF = inert.PDF, _("PDF")

    slot = models.ForeignKey(Slot, models.CASCADE, related_name="files")
    kind = models.CharField(max_length=7, choices=Kind)
    name = models.CharField(max_length=120)
    file = models.FileField(storage=private_files, upload_to="answers/%Y/%m")
    size = models.PositiveIntegerField()  # bytes, as kept
    sha256 = models.CharField(max_length=64)  # of what was sent: the same file again is the same
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["slot", "sha256"], name="assessments_file_once_to_an_answer"
            )
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("assessments:answer_file", args=[self.pk])
