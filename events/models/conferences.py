"""A conference: its edition, its talks, and what was made of a talk."""

import uuid
from datetime import timedelta, tzinfo

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from events.models.materials import Kind, Material
from events.models.programme import Credit
from events.zones import zone_of
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
    acronym = models.CharField(max_length=60, blank=True)
    time_zone = models.CharField(max_length=64, default="Asia/Thimphu")  # a name, or "+02:00"
    timeslot_minutes = models.PositiveSmallIntegerField(null=True, blank=True)
    base_url = models.URLField(max_length=500, blank=True)
    version = models.CharField(_("version of the programme"), max_length=100, blank=True)
    # What only programs that exchange schedules ask for: events/schedule/values.py.
    marks = models.JSONField(default=dict, blank=True, editable=False)
    call_text = models.TextField(_("what talks are wanted"), blank=True)
    call_opens = models.DateTimeField(_("call opens"), null=True, blank=True)
    call_closes = models.DateTimeField(_("call closes"), null=True, blank=True)
    reviewers = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+", blank=True)
    participants = models.ManyToManyField(
        settings.AUTH_USER_MODEL, related_name="conferences", blank=True
    )
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

    @property
    def call_html(self) -> str:
        return render_markdown(self.call_text)

    @property
    def call_is_open(self) -> bool:
        if not self.call_opens or not self.call_closes:
            return False
        return self.call_opens <= timezone.now() < self.call_closes

    @property
    def zone(self) -> tzinfo:
        """The zone in which the programme's hours are meant."""
        return zone_of(self.time_zone)


class TalkQuerySet(AudienceQuerySet):
    def on(self):
        """Talks of the programme, without those that were taken out of it."""
        return self.filter(cancelled_at=None)

    def without_slides(self):
        """Talks of the programme that somebody gives and whose slides nobody has handed in.

        Slides that are being prepared are there; those that could not be prepared are not.
        """
        slides = Material.objects.filter(resource__kind=Kind.SLIDES, resource__talk=OuterRef("pk"))
        there = slides.exclude(state=Material.State.REFUSED)
        speakers = Talk.speakers.through.objects.filter(talk=OuterRef("pk"))
        guests = Credit.objects.filter(talk=OuterRef("pk"))
        return self.on().filter(Exists(speakers) | Exists(guests), ~Exists(there))


class Talk(models.Model):
    edition = models.ForeignKey(Edition, models.PROTECT, related_name="talks")
    guid = models.UUIDField(default=uuid.uuid4, editable=False)
    number = models.PositiveBigIntegerField(null=True, blank=True)  # `id` of a schedule
    title = models.CharField(max_length=300)
    subtitle = models.CharField(max_length=300, blank=True)
    slug = models.SlugField(max_length=80, unique=True)
    speaker_names = models.CharField(_("speakers as printed"), max_length=300, blank=True)
    speakers = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="talks", blank=True)
    abstract = models.TextField(blank=True)
    description = models.TextField(blank=True)
    kind = models.CharField(max_length=100, blank=True)
    language = models.CharField(max_length=40, blank=True)
    track = models.ForeignKey(
        "events.Track", models.SET_NULL, null=True, blank=True, related_name="talks"
    )
    day = models.ForeignKey(
        "events.Day", models.SET_NULL, null=True, blank=True, related_name="talks"
    )
    links = models.JSONField(default=list, blank=True)  # [{"text": …, "href": …}]
    attachments = models.JSONField(default=list, blank=True)
    marks = models.JSONField(default=dict, blank=True, editable=False)
    starts = models.DateTimeField()
    minutes = models.PositiveSmallIntegerField(default=25)
    room = models.CharField(max_length=200, blank=True)
    competencies = models.ManyToManyField(
        "competencies.Competency", related_name="talks", blank=True
    )
    pool = models.ForeignKey(
        "forums.ExpertPool", models.SET_NULL, null=True, blank=True, related_name="talks"
    )
    audience = models.ForeignKey(Audience, models.PROTECT, related_name="+")
    held_at = models.DateTimeField(null=True, editable=False)
    imported = models.BooleanField(default=False, editable=False)
    cancelled_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = TalkQuerySet.as_manager()

    class Meta:
        verbose_name = _("talk")
        ordering = ["starts", "pk"]
        indexes = [models.Index(fields=["edition", "starts"])]
        constraints = [
            models.UniqueConstraint(fields=["edition", "guid"], name="events_guid_once_an_edition"),
            models.UniqueConstraint(
                fields=["edition", "number"], name="events_number_once_an_edition"
            ),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("events:talk", args=[self.edition.slug, self.slug])

    @property
    def was_asked_today(self) -> bool:
        """Somebody pressed "Ask now" for its slides today."""
        today = timezone.localdate()
        return any(row.day == today for row in self.slides_requests.all())

    @property
    def language_name(self) -> str:
        """What a schedule says as a code, as people call it; what is no code of ours as it is."""
        return dict(settings.LANGUAGES).get(self.language, self.language)

    @property
    def abstract_html(self) -> str:
        return render_markdown(self.abstract)

    @property
    def ends(self):
        return self.starts + timedelta(minutes=self.minutes)

    @property
    def description_html(self) -> str:
        return render_markdown(self.description)

    @property
    def web_links(self) -> list[dict]:
        """Links and attachments that a browser may follow, each with a text."""
        return [
            {"href": row["href"], "text": row.get("text") or row["href"]}
            for row in [*self.links, *self.attachments]
            if row.get("href", "").startswith(("https://", "http://"))
        ]

    def shown_material(self, person) -> Material | None:
        """The newest slides that are ready, if `person` may read the talk's slides today."""
        visible = self.resources.visible_to(person).filter(kind=Kind.SLIDES)
        ready = Material.objects.filter(resource__in=visible, state=Material.State.READY)
        return ready.select_related("resource").first()

    @property
    def slides(self):
        """All versions of its slides, the newest first."""
        return Material.objects.filter(resource__talk=self, resource__kind=Kind.SLIDES)


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
