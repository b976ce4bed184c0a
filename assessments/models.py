from datetime import timedelta

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.search import index


class Category(models.Model):
    """A shelf of the question bank, such as "finding-the-fault/dns"."""

    slug = models.CharField(max_length=200, unique=True)

    class Meta:
        ordering = ["slug"]
        verbose_name_plural = "categories"

    def __str__(self):
        return self.slug


class Tag(models.Model):
    """A word by which questions are found and drawn, beside their category."""

    slug = models.SlugField(max_length=60, unique=True, allow_unicode=True)

    class Meta:
        ordering = ["slug"]

    def __str__(self):
        return self.slug


class Question(index.Indexed, models.Model):
    """A question of the bank under a name that lasts; what it says lies in its versions."""

    class Difficulty(models.IntegerChoices):
        EASY = 1, _("easy")
        MEDIUM = 2, _("medium")
        HARD = 3, _("hard")

    ident = models.SlugField(_("name"), max_length=120, unique=True)
    category = models.ForeignKey(Category, models.PROTECT, related_name="questions")
    title = models.CharField(_("title"), max_length=250, blank=True)
    tags = models.ManyToManyField(Tag, related_name="questions", blank=True)
    competency = models.ForeignKey(
        "competencies.Competency",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="questions",
        verbose_name=_("competency"),
    )
    difficulty = models.PositiveSmallIntegerField(
        _("difficulty"), choices=Difficulty, null=True, blank=True
    )
    current = models.ForeignKey(
        "QuestionVersion", models.PROTECT, null=True, related_name="+", editable=False
    )
    retired = models.BooleanField(default=False)  # drawn no more, kept for old attempts

    search_fields = [index.SearchField("ident"), index.AutocompleteField("ident")]

    class Meta:
        ordering = ["ident"]

    def __str__(self):
        return self.ident

    def get_absolute_url(self):
        return reverse("assessments:question", args=[self.ident])


class QuestionVersion(models.Model):
    """What a question said at one time. Never changed: the database refuses it."""

    class Type(models.TextChoices):
        SINGLE_CHOICE = "single_choice", _("Single choice")
        MULTIPLE_RESPONSE = "multiple_response", _("Multiple response")
        TRUE_FALSE = "true_false", _("True or false")
        SHORT_ANSWER = "short_answer", _("Short answer")
        NUMERICAL = "numerical", _("Number")
        MATCHING = "matching", _("Matching")
        ORDERING = "ordering", _("Ordering")
        CLOZE = "cloze", _("Text with gaps")
        ESSAY = "essay", _("Essay")
        FILE = "file", _("File")
        OBSERVATION = "observation", _("Practical observation")
        DESCRIPTION = "description", _("Text without a question")

    question = models.ForeignKey(Question, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    type = models.CharField(max_length=20, choices=Type)
    stem = models.TextField()
    content = models.JSONField()  # see assessments/marking.py
    feedback = models.TextField(blank=True)  # shown for right and wrong
    created = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["question", "number"], name="assessments_version_number_once"
            )
        ]

    def __str__(self):
        return f"{self.question}, version {self.number}"


class Quiz(index.Indexed, models.Model):
    slug = models.SlugField(max_length=120, unique=True)
    title = models.CharField(_("title"), max_length=200)
    minutes = models.PositiveSmallIntegerField(_("minutes"), default=30)
    pass_mark = models.PositiveSmallIntegerField(
        _("pass mark in percent"),
        default=80,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
    )
    attempts_allowed = models.PositiveSmallIntegerField(_("attempts allowed"), default=3)
    grace_seconds = models.PositiveSmallIntegerField(
        default=30, help_text=_("An answer that was on its way at the deadline still counts.")
    )

    search_fields = [index.SearchField("title"), index.AutocompleteField("title")]

    class Meta:
        ordering = ["title"]
        verbose_name_plural = "quizzes"

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("assessments:quiz", args=[self.slug])


class QuizDraw(models.Model):
    """So many questions of one category."""

    quiz = models.ForeignKey(Quiz, models.CASCADE, related_name="draws")
    category = models.ForeignKey(Category, models.PROTECT, related_name="draws")
    count = models.PositiveSmallIntegerField(validators=[MinValueValidator(1)])
    order = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["quiz", "order"]
        constraints = [
            models.UniqueConstraint(
                fields=["quiz", "category"], name="assessments_category_once_in_a_quiz"
            )
        ]

    def __str__(self):
        return f"{self.count} of {self.category}"


class Attempt(models.Model):
    """One sitting. Its set, its seed and its deadline are made at the start, on the server."""

    class State(models.TextChoices):
        IN_PROGRESS = "in_progress", _("In progress")
        FINISHED = "finished", _("Finished")

    quiz = models.ForeignKey(Quiz, models.PROTECT, related_name="attempts")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="attempts")
    number = models.PositiveSmallIntegerField()
    cid = models.UUIDField()
    seed = models.BigIntegerField()
    state = models.CharField(max_length=12, choices=State, default=State.IN_PROGRESS)
    started_at = models.DateTimeField(default=timezone.now)
    deadline = models.DateTimeField()
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
                condition=Q(state="in_progress"),
                name="assessments_one_open_attempt_to_a_quiz",
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

    def closes_at(self):
        """The last moment at which an answer counts."""
        return self.deadline + timedelta(seconds=self.quiz.grace_seconds)

    def is_open(self, now) -> bool:
        return self.state == self.State.IN_PROGRESS and now <= self.closes_at()


class Slot(models.Model):
    """A question of an attempt, in the version that was drawn."""

    attempt = models.ForeignKey(Attempt, models.CASCADE, related_name="slots")
    position = models.PositiveSmallIntegerField()
    question_version = models.ForeignKey(QuestionVersion, models.PROTECT, related_name="slots")
    share = models.DecimalField(  # of full marks, once finished
        max_digits=5, decimal_places=4, null=True, editable=False
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
    """What was answered, as it came in: a journal. The highest client sequence counts."""

    slot = models.ForeignKey(Slot, models.CASCADE, related_name="responses")
    client_seq = models.PositiveIntegerField()
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
