from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.http import Http404
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from wagtail.admin.panels import FieldPanel, InlinePanel, MultiFieldPanel
from wagtail.fields import StreamField
from wagtail.models import Orderable, Page, PageManager
from wagtail.query import PageQuerySet
from wagtail.url_routing import RouteResult

from courses import certificates
from courses.blocks import UnitBody
from courses.panels import ChecklistPanel
from people.models import Audience


class CourseIndexPage(Page):
    """The folder of all courses; people see the list at `courses:list`."""

    parent_page_types = ["wagtailcore.Page"]
    subpage_types = ["courses.CoursePage"]
    max_count = 1

    def serve(self, request, *args, **kwargs):
        return redirect("courses:list")


class CourseQuerySet(PageQuerySet):
    def visible_to(self, person):
        """Published courses that `person` may know of."""
        return self.live().filter(audience__in=Audience.objects.open_to(person))


CourseManager = PageManager.from_queryset(CourseQuerySet)


class CoursePage(Page):
    """A course as its author edits it; learners read a published version of it.

    The course answers the addresses of its units, so that a unit which the author moved or
    took out stays there for those who learn in a version that has it.
    """

    class Joining(models.TextChoices):
        OPEN = "open", _("Anybody of the audience may start")
        REQUEST = "request", _("A place is asked for and given")

    summary = models.TextField(_("summary"), max_length=600)
    minutes = models.PositiveSmallIntegerField(_("minutes in all"), default=60)
    language = models.CharField(
        max_length=8, choices=settings.LANGUAGES, default=settings.LANGUAGE_CODE
    )
    audience = models.ForeignKey(Audience, models.PROTECT, related_name="+")
    owner_person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="owned_courses",
        verbose_name=_("owner"),
    )
    review_by = models.DateField(_("review by"), null=True, blank=True)
    joining = models.CharField(
        _("who may start"), max_length=8, choices=Joining, default=Joining.OPEN
    )
    quiz = models.ForeignKey(
        "assessments.Quiz",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="courses",
        verbose_name=_("final quiz"),
        help_text=_("Without one, the course is complete when every unit was worked through."),
    )

    parent_page_types = ["courses.CourseIndexPage"]
    subpage_types = ["courses.ModulePage", "courses.UnitPage"]
    template = "courses/course.html"
    content_panels = [
        *Page.content_panels,
        FieldPanel("summary"),
        MultiFieldPanel(
            [
                FieldPanel("minutes"),
                FieldPanel("language"),
                FieldPanel("audience"),
                FieldPanel("joining"),
            ],
            heading=_("For whom"),
        ),
        MultiFieldPanel([FieldPanel("owner_person"), FieldPanel("review_by")], heading=_("Care")),
        FieldPanel("quiz"),
        InlinePanel("competencies", label=_("Competency that passing is evidence for")),
        InlinePanel("prerequisites", label=_("What is needed before")),
        ChecklistPanel(heading=_("Checklist")),
    ]

    objects = CourseManager()

    def units(self):
        """The published units in their order, those of a published module among them."""
        hidden = [module.path for module in ModulePage.objects.child_of(self).not_live()]
        units = UnitPage.objects.descendant_of(self).live()
        for path in hidden:
            units = units.exclude(path__startswith=path)
        return units.order_by("path")

    def route(self, request, path_components):
        if not path_components:
            return super().route(request, path_components)
        if not self.live:
            raise Http404
        return RouteResult(self, kwargs={"unit_path": "/".join(path_components)})

    def serve(self, request, *args, unit_path="", **kwargs):
        from courses import views  # noqa: PLC0415 (views read these models)

        if unit_path:
            return views.unit_detail(request, self, unit_path)
        return views.course_detail(request, self)


class CourseCompetency(Orderable):
    course = ParentalKey(CoursePage, on_delete=models.CASCADE, related_name="competencies")
    competency = models.ForeignKey("competencies.Competency", models.PROTECT, related_name="+")
    level = models.ForeignKey("competencies.Level", models.PROTECT, related_name="+")

    class Meta(Orderable.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["course", "competency"], name="courses_competency_once_in_a_course"
            )
        ]

    def __str__(self):
        return f"{self.competency} ({self.level})"


class Prerequisite(Orderable):
    """What somebody needs before starting: another course completed, a competency held, or a
    certificate that is valid."""

    course = ParentalKey(CoursePage, on_delete=models.CASCADE, related_name="prerequisites")
    completed = models.ForeignKey(
        CoursePage,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("course that was completed"),
    )
    competency = models.ForeignKey(
        "competencies.Competency", models.PROTECT, null=True, blank=True, related_name="+"
    )
    level = models.ForeignKey(
        "competencies.Level",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("at this level or above"),
    )
    certificate = models.SlugField(
        _("code of a certificate"),
        blank=True,
        default="",
        help_text=_("It must be valid on the day of the start."),
    )

    class Meta(Orderable.Meta):
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    completed__isnull=False,
                    competency__isnull=True,
                    level__isnull=True,
                    certificate="",
                )
                | models.Q(
                    completed__isnull=True,
                    competency__isnull=False,
                    level__isnull=False,
                    certificate="",
                )
                | (
                    models.Q(completed__isnull=True, competency__isnull=True, level__isnull=True)
                    & ~models.Q(certificate="")
                ),
                name="courses_prerequisite_is_one_thing",
                violation_error_message=_(
                    "Choose a course, or a competency with its level, or a certificate."
                ),
            )
        ]

    def __str__(self):
        return str(self.completed or self.certificate or f"{self.competency} ({self.level})")

    def clean(self):
        super().clean()
        if self.certificate and self.certificate not in certificates.titles():
            raise ValidationError({"certificate": _("There is no certificate of this code.")})


class ModulePage(Page):
    """A part of a long course. It has no page of its own: the course shows it as a heading."""

    parent_page_types = ["courses.CoursePage"]
    subpage_types = ["courses.UnitPage"]


class UnitPage(Page):
    summary = models.CharField(_("summary"), max_length=400, blank=True)
    minutes = models.PositiveSmallIntegerField(_("minutes"), default=10)
    body = StreamField(UnitBody())

    parent_page_types = ["courses.CoursePage", "courses.ModulePage"]
    subpage_types: list[str] = []
    template = "courses/unit.html"
    content_panels = [
        *Page.content_panels,
        FieldPanel("summary"),
        FieldPanel("minutes"),
        FieldPanel("body"),
    ]

    @property
    def course(self) -> CoursePage:
        return CoursePage.objects.ancestor_of(self).get()

    @property
    def module(self) -> ModulePage | None:
        return ModulePage.objects.ancestor_of(self).first()

    @property
    def path_in_course(self) -> str:
        """The rest of the address after the course's: "unit", or "module/unit"."""
        module = self.module
        return f"{module.slug}/{self.slug}" if module else self.slug

    def serve_preview(self, request, mode_name):
        from courses import views  # noqa: PLC0415 (views read these models)

        return views.preview_unit(request, self)


class UnitSource(models.Model):
    """The file that a unit was made of, so that bringing it again changes that unit."""

    module = models.ForeignKey(ModulePage, models.CASCADE, related_name="sources")
    name = models.CharField(max_length=400)  # with its folders
    sha256 = models.CharField(max_length=64)  # of what it became, its pictures among it
    unit = models.OneToOneField(UnitPage, models.CASCADE, related_name="source")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["module", "name"], name="courses_file_once_in_a_module")
        ]

    def __str__(self):
        return self.name


class UnitImport(models.Model):
    """Files that somebody brought for a module, what was said of each, until it is confirmed."""

    course = models.ForeignKey(CoursePage, models.CASCADE, related_name="+")
    module = models.CharField(max_length=255)
    publish = models.BooleanField(default=False)
    content = models.BinaryField()  # a zip
    report = models.JSONField(default=list)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    def __str__(self):
        return f"{self.course}: {self.module}"
