from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from courses.models.pages import CoursePage
from courses.models.versions import CourseVersion


class Enrolment(models.Model):
    """A person in a course, in the version that was current when they began or accepted."""

    class State(models.TextChoices):
        ACTIVE = "active", _("In progress")
        COMPLETED = "completed", _("Completed")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="enrolments")
    course = models.ForeignKey(CoursePage, models.PROTECT, related_name="enrolments")
    version = models.ForeignKey(CourseVersion, models.PROTECT, related_name="enrolments")
    state = models.CharField(max_length=12, choices=State, default=State.ACTIVE)
    enrolled_at = models.DateTimeField(auto_now_add=True)
    last_unit = models.PositiveBigIntegerField(null=True, editable=False)  # where to go on

    class Meta:
        ordering = ["-enrolled_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "course"], name="courses_one_enrolment_to_a_course"
            )
        ]

    def __str__(self):
        return f"{self.person}: {self.course}"


class UnitProgress(models.Model):
    """A unit that the learner worked through."""

    enrolment = models.ForeignKey(Enrolment, models.CASCADE, related_name="progress")
    unit = models.PositiveBigIntegerField()  # UnitVersion.key
    done_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "progress"
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "unit"], name="courses_unit_done_once")
        ]

    def __str__(self):
        return f"{self.enrolment}: {self.unit}"


class CompletionQuerySet(models.QuerySet):
    def newest_first(self):
        return self.order_by("-completed_at")


class Completion(models.Model):
    """A course was completed. Append-only: the database refuses UPDATE and DELETE."""

    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="completions")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="completions")
    course = models.ForeignKey(CoursePage, models.PROTECT, related_name="completions")
    course_version = models.ForeignKey(CourseVersion, models.PROTECT, related_name="completions")
    quiz_percent = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    completed_at = models.DateTimeField(auto_now_add=True)

    objects = CompletionQuerySet.as_manager()

    class Meta:
        ordering = ["-completed_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment", "course_version"], name="courses_completed_once_in_a_version"
            )
        ]

    def __str__(self):
        return self.course_version.title

    def get_absolute_url(self):
        return self.course.url
