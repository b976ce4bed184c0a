"""Conferences (editions, talks, slides) and the ICT Heads' meetings (minutes, actions)."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _

from events.storage import private_files
from people.markup import render_markdown
from people.models import Audience, AudienceQuerySet

SLIDES_ON_A_PAGE = 100
WIDTHS = (480, 1200)


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

    def shown_material(self) -> "Material | None":
        """The newest slides that are ready: what readers see while newer ones are cut."""
        return self.materials.filter(state=Material.State.READY).order_by("-pk").first()


def pdf_path(material: "Material", name: str) -> str:
    """By content and not by the name that it came with: nothing typed becomes a path."""
    return f"slides/{material.sha256[:2]}/{material.sha256}.pdf"


class Material(models.Model):
    """Slides of a talk as they were handed in: a PDF, cut into pages in the background."""

    class State(models.TextChoices):
        PENDING = "pending", _("being prepared")
        READY = "ready", _("ready")
        REFUSED = "refused", _("could not be prepared")

    talk = models.ForeignKey(Talk, models.CASCADE, related_name="materials")
    title = models.CharField(max_length=200)
    file = models.FileField(upload_to=pdf_path, storage=private_files, max_length=200)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    pages_expected = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=8, choices=State, default=State.PENDING)
    reason = models.CharField(max_length=300, blank=True)
    failures = models.PositiveSmallIntegerField(default=0, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    cid = models.UUIDField()
    created = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("material")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["by", "cid"], name="events_material_once_per_cid")
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("events:material", args=[self.pk])


def picture_path(page: "SlidePage", name: str) -> str:
    return f"slides/pages/{page.material_id}/{name}"


class SlidePage(models.Model):
    """One page of the slides: its text for search and reading aloud, its picture in two widths."""

    material = models.ForeignKey(Material, models.CASCADE, related_name="pages")
    number = models.PositiveSmallIntegerField()
    text = models.TextField(blank=True)
    small = models.FileField(upload_to=picture_path, storage=private_files, max_length=200)
    large = models.FileField(upload_to=picture_path, storage=private_files, max_length=200)
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()

    class Meta:
        verbose_name = _("slide")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["material", "number"], name="events_one_page_a_number")
        ]

    def __str__(self):
        return f"{self.material} {self.number}"

    def get_absolute_url(self):
        listing = (self.number - 1) // SLIDES_ON_A_PAGE + 1
        query = f"?page={listing}" if listing > 1 else ""
        return f"{self.material.talk.get_absolute_url()}{query}#page-{self.number}"

    @property
    def small_width(self) -> int:
        return round(self.width * WIDTHS[0] / WIDTHS[1])

    @property
    def first_line(self) -> str:
        return next((line.strip() for line in self.text.splitlines() if line.strip()), "")[:150]

    def alt_text(self, total: int) -> str:
        """The slide in a line, for those who do not see it."""
        return _("Slide %(number)d of %(total)d: %(line)s") % {
            "number": self.number,
            "total": total,
            "line": self.first_line,
        }


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


class Meeting(models.Model):
    """A meeting of the ICT Heads. Its audience is made by `services.meeting_audience`."""

    title = models.CharField(max_length=200)
    slug = models.SlugField(max_length=80, unique=True)
    date = models.DateField()
    starts = models.TimeField(null=True, blank=True)
    minutes_planned = models.PositiveSmallIntegerField(default=120)
    place = models.CharField(max_length=200, blank=True)
    agenda = models.JSONField(default=list, blank=True)  # [{"item": …, "paper": …}]
    minutes = models.TextField(blank=True)
    attendees = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+", blank=True)
    apologies = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+", blank=True)
    audience = models.ForeignKey(Audience, models.PROTECT, related_name="+")

    objects = AudienceQuerySet.as_manager()

    class Meta:
        verbose_name = _("meeting")
        ordering = ["-date", "-pk"]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("events:meeting", args=[self.slug])

    @property
    def minutes_html(self) -> str:
        """The minutes; their headings follow on "Minutes" (level 2) whether typed with # or ##."""
        html = render_markdown(self.minutes)
        if "<h3>" not in html:
            for level in (4, 5, 6):
                html = html.replace(f"<h{level}>", f"<h{level - 1}>")
                html = html.replace(f"</h{level}>", f"</h{level - 1}>")
        return mark_safe(html)  # noqa: S308 (cleaned by render_markdown; only levels moved)


class Decision(models.Model):
    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="decisions")
    number = models.PositiveSmallIntegerField()
    text = models.TextField()

    class Meta:
        verbose_name = _("decision")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "number"], name="events_decision_number")
        ]

    def __str__(self):
        return self.text[:80]

    def get_absolute_url(self):
        return f"{self.meeting.get_absolute_url()}#decision-{self.number}"


class ActionQuerySet(models.QuerySet):
    def visible_to(self, person):
        """An action is seen by whoever may know of its meeting."""
        return self.filter(meeting__audience__in=Audience.objects.open_to(person))

    def open(self):
        return self.filter(state=Action.State.OPEN)

    def overdue(self):
        return self.open().filter(due__lt=timezone.localdate())


class Action(models.Model):
    """What somebody took on in a meeting; it stays in the register until it is done."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        DONE = "done", _("done")

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="actions")
    number = models.PositiveSmallIntegerField()
    text = models.TextField()
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="meeting_actions"
    )
    due = models.DateField()
    state = models.CharField(max_length=4, choices=State, default=State.OPEN)
    closed_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=500, blank=True)

    objects = ActionQuerySet.as_manager()

    class Meta:
        verbose_name = _("action")
        ordering = ["due", "pk"]
        indexes = [models.Index(fields=["state", "due"])]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "number"], name="events_action_number"),
            models.CheckConstraint(
                condition=models.Q(state="done", closed_at__isnull=False)
                | models.Q(state="open", closed_at__isnull=True),
                name="events_action_done_has_a_time",
            ),
        ]

    def __str__(self):
        return self.text[:80]

    def get_absolute_url(self):
        return f"{self.meeting.get_absolute_url()}#action-{self.number}"

    @property
    def overdue(self) -> bool:
        return self.state == self.State.OPEN and self.due < timezone.localdate()
