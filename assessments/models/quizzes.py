from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.search import index

from assessments.models.bank import Category, Question, Tag


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
    heartbeat_seconds = models.PositiveSmallIntegerField(
        _("seconds between signs of life"),
        default=10,
        validators=[MinValueValidator(1), MaxValueValidator(60)],
        help_text=_("How often the page of a sitting tells the server that it is there."),
    )
    lost_time_cap_minutes = models.PositiveSmallIntegerField(
        _("lost time given back, minutes at the most"),
        default=10,
        help_text=_("After a power cut the server gives back what was lost, up to this."),
    )
    blind_marking = models.BooleanField(
        _("blind marking"), default=True, help_text=_("Markers do not see whose answer it is.")
    )
    tolerance_percent = models.PositiveSmallIntegerField(
        _("markers may differ by, percent of an answer"),
        default=10,
        validators=[MaxValueValidator(100)],
        help_text=_("Where two markers differ by more, a third one decides."),
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
    """So many questions that fit: of a category, with a tag, of a difficulty, of a competency."""

    quiz = models.ForeignKey(Quiz, models.CASCADE, related_name="draws")
    category = models.ForeignKey(
        Category, models.PROTECT, related_name="draws", null=True, blank=True
    )
    tag = models.ForeignKey(Tag, models.PROTECT, related_name="draws", null=True, blank=True)
    difficulty = models.PositiveSmallIntegerField(
        _("difficulty"), choices=Question.Difficulty, null=True, blank=True
    )
    competency = models.ForeignKey(
        "competencies.Competency", models.PROTECT, related_name="draws", null=True, blank=True
    )
    count = models.PositiveSmallIntegerField(validators=[MinValueValidator(1)])
    order = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["quiz", "order"]
        constraints = [
            models.UniqueConstraint(
                fields=["quiz", "category"],
                condition=Q(tag__isnull=True, difficulty__isnull=True, competency__isnull=True),
                name="assessments_whole_category_once_in_a_quiz",
            ),
            models.CheckConstraint(
                condition=Q(category__isnull=False)
                | Q(tag__isnull=False)
                | Q(difficulty__isnull=False)
                | Q(competency__isnull=False),
                name="assessments_draw_says_of_what",
            ),
        ]

    def __str__(self):
        parts = [self.category, self.tag, self.get_difficulty_display(), self.competency]
        return f"{self.count} of {', '.join(str(part) for part in parts if part)}"

    def questions(self) -> models.QuerySet:
        """The questions that may be drawn: in use, and all that this draw asks for."""
        found = Question.objects.filter(retired=False, current__isnull=False)
        if self.category_id:
            found = found.filter(category=self.category_id)
        if self.tag_id:
            found = found.filter(tags=self.tag_id)
        if self.difficulty:
            found = found.filter(difficulty=self.difficulty)
        if self.competency_id:
            found = found.filter(competency=self.competency_id)
        return found


class Accommodation(models.Model):
    """What a person needs to be examined fairly: more time, a language, larger letters."""

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="accommodation"
    )
    extra_percent = models.PositiveSmallIntegerField(
        _("extra time in percent"), default=0, validators=[MaxValueValidator(100)]
    )
    language = models.CharField(
        _("language of the exam page"), max_length=8, choices=settings.LANGUAGES, blank=True
    )
    large_print = models.BooleanField(_("large print"), default=False)
    reason = models.CharField(_("reason"), max_length=300)
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    given_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["person"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(given_by=F("person")),
                name="assessments_nobody_accommodates_themselves",
            )
        ]

    def __str__(self):
        return f"{self.person}: +{self.extra_percent} %"
