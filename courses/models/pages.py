from django.conf import settings
from django.db import models
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from wagtail.admin.panels import FieldPanel, InlinePanel, MultiFieldPanel
from wagtail.fields import StreamField
from wagtail.models import Orderable, Page, PageManager
from wagtail.query import PageQuerySet

from courses.blocks import UnitBody
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
    """A course as its author edits it; learners read a published version of it."""

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
    subpage_types = ["courses.UnitPage"]
    template = "courses/course.html"
    content_panels = [
        *Page.content_panels,
        FieldPanel("summary"),
        MultiFieldPanel(
            [FieldPanel("minutes"), FieldPanel("language"), FieldPanel("audience")],
            heading=_("For whom"),
        ),
        MultiFieldPanel([FieldPanel("owner_person"), FieldPanel("review_by")], heading=_("Care")),
        FieldPanel("quiz"),
        InlinePanel("competencies", label=_("Competency that passing is evidence for")),
    ]

    objects = CourseManager()

    def units(self):
        """The published units in their order."""
        return UnitPage.objects.child_of(self).live().order_by("path")

    def serve(self, request, *args, **kwargs):
        from courses.views import course_detail  # noqa: PLC0415 (views read these models)

        return course_detail(request, self)


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


class UnitPage(Page):
    summary = models.CharField(_("summary"), max_length=400, blank=True)
    minutes = models.PositiveSmallIntegerField(_("minutes"), default=10)
    body = StreamField(UnitBody())

    parent_page_types = ["courses.CoursePage"]
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
        return self.get_parent().specific

    def serve(self, request, *args, **kwargs):
        from courses.views import unit_detail  # noqa: PLC0415 (views read these models)

        return unit_detail(request, self)
