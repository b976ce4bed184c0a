from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.documents.models import Document
from wagtail.images.models import Image

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


class MaterialChange(models.Model):
    """A version says something that who learnt by an earlier one must know. Append-only.

    What follows for certificates is decided above: courses.services.changed_materially.
    """

    version = models.OneToOneField(CourseVersion, models.PROTECT, related_name="material_change")
    reason = models.CharField(_("what changed"), max_length=200)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self):
        return f"{self.version}: {self.reason}"


class UnitVersionQuerySet(models.QuerySet):
    def visible_to(self, person):
        """Units of every version of the courses that `person` may know of."""
        return self.filter(version__course__in=CoursePage.objects.visible_to(person))


class UnitVersion(models.Model):
    """A unit inside a course version. `key` is the same for a unit through all versions."""

    version = models.ForeignKey(CourseVersion, models.PROTECT, related_name="units")
    key = models.PositiveBigIntegerField()  # the id of the UnitPage
    position = models.PositiveSmallIntegerField()
    path = models.CharField(max_length=511)  # after the course's address
    module = models.CharField(max_length=255, blank=True)  # the title of the part it stands in
    title = models.CharField(max_length=255)
    summary = models.CharField(max_length=400, blank=True)
    minutes = models.PositiveSmallIntegerField()
    body = models.JSONField()
    # What the body shows: who may read the unit may fetch these (courses/rules.py).
    pictures = models.ManyToManyField(Image, related_name="+")
    documents = models.ManyToManyField(Document, related_name="+")

    objects = UnitVersionQuerySet.as_manager()

    class Meta:
        ordering = ["version", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "key"], name="courses_unit_once_in_a_version"
            ),
            models.UniqueConstraint(
                fields=["version", "position"], name="courses_position_once_in_a_version"
            ),
            models.UniqueConstraint(
                fields=["version", "path"], name="courses_path_once_in_a_version"
            ),
        ]

    def __str__(self):
        return self.title

    def keep_files(self) -> None:
        """Note the pictures and documents of the body."""
        shown: dict[type, set[str]] = {Image: set(), Document: set()}
        for model, pk, _path, _place in BODY.extract_references(self.stream()):
            if model in shown:
                shown[model].add(pk)
        # Asked for: rich text may still link to a document that was deleted.
        for model, kept in ((Image, self.pictures), (Document, self.documents)):
            if shown[model]:
                kept.set(model.objects.filter(pk__in=shown[model]))

    def stream(self):
        """The body as blocks that render themselves."""
        return BODY.to_python(self.body)
