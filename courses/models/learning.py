from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from courses import states
from courses.models.pages import CoursePage
from courses.models.versions import CourseVersion


class EnrolmentQuerySet(models.QuerySet):
    def begun(self):
        """Those who learn or have learnt: not merely asked, and not gone."""
        return self.filter(state__in=states.RUNNING | {states.State.COMPLETED})


class Enrolment(models.Model):
    """A person in a course, in the version that was current when they began or accepted."""

    class State(models.TextChoices):
        INVITED = states.State.INVITED, _("Invited")
        REQUESTED = states.State.REQUESTED, _("Asked for a place")
        ACTIVE = states.State.ACTIVE, _("In progress")
        PAUSED = states.State.PAUSED, _("Paused")
        COMPLETED = states.State.COMPLETED, _("Completed")
        WITHDRAWN = states.State.WITHDRAWN, _("Withdrawn")

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="enrolments")
    course = models.ForeignKey(CoursePage, models.PROTECT, related_name="enrolments")
    version = models.ForeignKey(CourseVersion, models.PROTECT, related_name="enrolments")
    state = models.CharField(max_length=12, choices=State, default=State.ACTIVE)
    due_on = models.DateField(_("due on"), null=True, blank=True)
    enrolled_at = models.DateTimeField(auto_now_add=True)
    # Where to go on: the unit last opened, and the block of it that was last in view.
    last_unit = models.PositiveBigIntegerField(null=True, editable=False)
    last_block = models.PositiveSmallIntegerField(default=0, editable=False)

    objects = EnrolmentQuerySet.as_manager()

    class Meta:
        ordering = ["-enrolled_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "course"], name="courses_one_enrolment_to_a_course"
            )
        ]

    def __str__(self):
        return f"{self.person}: {self.course}"

    @property
    def is_overdue(self) -> bool:
        return bool(
            self.due_on
            and self.due_on < timezone.localdate()
            and self.state not in (self.State.COMPLETED, self.State.WITHDRAWN)
        )


class EnrolmentEvent(models.Model):
    """One change of an enrolment's state. Append-only: the database refuses UPDATE and DELETE."""

    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="events")
    verb = models.CharField(max_length=12)
    state = models.CharField(max_length=12, choices=Enrolment.State)  # after it
    actor = models.ForeignKey(  # nobody where the course itself moved on
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    note = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["enrolment", "pk"]

    def __str__(self):
        return f"{self.enrolment}: {self.verb}"


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


class MediaPlace(models.Model):
    """The second at which a learner stopped an audio or a video, for any other computer."""

    enrolment = models.ForeignKey(Enrolment, models.CASCADE, related_name="media_places")
    document = models.PositiveBigIntegerField()  # the id of the smallest file that is offered
    second = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment", "document"], name="courses_one_place_in_a_recording"
            )
        ]

    def __str__(self):
        return f"{self.enrolment}: {self.document} at {self.second} s"


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
