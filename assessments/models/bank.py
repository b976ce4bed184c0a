from django.conf import settings
from django.db import models
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

    slug = models.CharField(max_length=60, unique=True)

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


class QuestionImport(models.Model):
    """A file of questions that an author brought: seen first, then taken."""

    name = models.CharField(max_length=200)
    form = models.CharField(max_length=20)  # one of assessments.formats.FORMATS, or "auto"
    bank = models.CharField(max_length=200, blank=True)
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField()  # emptied once taken
    counts = models.JSONField(default=dict)
    brought_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="question_imports"
    )
    brought_at = models.DateTimeField(default=timezone.now)
    applied_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("assessments:brought", args=[self.pk])
