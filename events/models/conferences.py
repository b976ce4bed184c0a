"""A conference: its edition, its talks, and what was made of a talk."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from events.models.materials import Material
from people.markup import render_markdown
from people.models import Audience, AudienceQuerySet


class Edition(models.Model):
    """One conference, with its days and its programme."""

    year = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=200)
    slug = models.SlugField(max_length=80, unique=True)
    place = models.CharField(max_length=200, blank=True)
    starts = models.DateField()
    ends = models.DateField()
    intro = models.TextField(_("introduction"), blank=True)
    audience = models.ForeignKey(Audience, models.PROTECT, related_name="+")

    objects = AudienceQuerySet.as_manager()

    class Meta:
        verbose_name = _("edition")
        ordering = ["-starts", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends__gte=models.F("starts")),
                name="events_edition_ends_after_it_starts",
            )
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("events:edition", args=[self.slug])

    @property
    def intro_html(self) -> str:
        return render_markdown(self.intro)


class Talk(models.Model):
    edition = models.ForeignKey(Edition, models.PROTECT, related_name="talks")
    title = models.CharField(max_length=200)
    slug = models.SlugField(max_length=80, unique=True)
    speaker_names = models.CharField(_("speakers as printed"), max_length=300)
    speakers = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="talks", blank=True)
    abstract = models.TextField(blank=True)
    starts = models.DateTimeField()
    minutes = models.PositiveSmallIntegerField(default=25)
    room = models.CharField(max_length=100, blank=True)
    competencies = models.ManyToManyField(
        "competencies.Competency", related_name="talks", blank=True
    )
    pool = models.ForeignKey(
        "forums.ExpertPool", models.SET_NULL, null=True, blank=True, related_name="talks"
    )
    audience = models.ForeignKey(Audience, models.PROTECT, related_name="+")
    held_at = models.DateTimeField(null=True, editable=False)

    objects = AudienceQuerySet.as_manager()

    class Meta:
        verbose_name = _("talk")
        ordering = ["starts", "pk"]
        indexes = [models.Index(fields=["edition", "starts"])]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("events:talk", args=[self.edition.slug, self.slug])

    @property
    def abstract_html(self) -> str:
        return render_markdown(self.abstract)

    @property
    def ends(self):
        return self.starts + timedelta(minutes=self.minutes)

    def shown_material(self) -> Material | None:
        """The newest slides that are ready: what readers see while newer ones are cut."""
        return self.materials.filter(state=Material.State.READY).order_by("-pk").first()


class TalkUnit(models.Model):
    """A unit that was made of a talk: the link between both (`units.make_unit`)."""

    talk = models.ForeignKey(Talk, models.CASCADE, related_name="made_units")
    course = models.ForeignKey("courses.CoursePage", models.CASCADE, related_name="+")
    unit = models.OneToOneField("courses.UnitPage", models.CASCADE, related_name="+")

    class Meta:
        verbose_name = _("unit made of a talk")
        constraints = [
            models.UniqueConstraint(
                fields=["talk", "course"], name="events_one_unit_of_a_talk_in_a_course"
            )
        ]

    def __str__(self):
        return f"{self.talk} in {self.course}"
