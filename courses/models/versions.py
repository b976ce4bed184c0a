from django.db import models

from courses.blocks import UnitBody
from courses.models.pages import CoursePage

BODY = UnitBody()
BODY.set_name("body")


class CourseVersion(models.Model):
    """A course as it was published. Rows are never changed: a database trigger refuses it."""

    course = models.ForeignKey(CoursePage, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=255)
    quiz = models.ForeignKey(
        "assessments.Quiz", models.PROTECT, null=True, blank=True, related_name="+"
    )
    competencies = models.JSONField(default=list)  # [[competency id, level id], ...]
    digest = models.CharField(max_length=64)  # SHA-256 of all that a learner sees
    published_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["course", "number"], name="courses_version_number_once_in_a_course"
            )
        ]

    def __str__(self):
        return f"{self.title}, version {self.number}"


class UnitVersion(models.Model):
    """A unit inside a course version. `key` is the same for a unit through all versions."""

    version = models.ForeignKey(CourseVersion, models.PROTECT, related_name="units")
    key = models.PositiveBigIntegerField()  # the id of the UnitPage
    position = models.PositiveSmallIntegerField()
    slug = models.SlugField(max_length=255)
    title = models.CharField(max_length=255)
    summary = models.CharField(max_length=400, blank=True)
    minutes = models.PositiveSmallIntegerField()
    body = models.JSONField()

    class Meta:
        ordering = ["version", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "key"], name="courses_unit_once_in_a_version"
            ),
            models.UniqueConstraint(
                fields=["version", "position"], name="courses_position_once_in_a_version"
            ),
        ]

    def __str__(self):
        return self.title

    def stream(self):
        """The body as blocks that render themselves."""
        return BODY.to_python(self.body)
