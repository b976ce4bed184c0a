"""What is handed in for a talk, in versions, and the pages that slides are cut into."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from events.audiences import KEEPERS_TOKEN, ROLES
from events.models.scanning import Scanned
from events.storage import private_files
from people.audiences import EVERYONE, PUBLIC
from people.models import Audience

SLIDES_ON_A_PAGE = 100
WIDTHS = (480, 1200)


class Kind(models.TextChoices):
    SLIDES = "slides", _("Slides")
    PAPER = "paper", _("Paper")
    OTHER = "other", _("Other file")
    RECORDING = "recording", _("Recording")
    TRANSCRIPT = "transcript", _("Transcript")


ONE_OF_A_TALK = (Kind.SLIDES, Kind.RECORDING, Kind.TRANSCRIPT)


class Access(models.TextChoices):
    PUBLIC = "public", _("Whoever sees the talk")
    PARTICIPANTS = "participants", _("Participants of the conference")
    STAFF = "staff", _("Speakers of the talk, and who keeps the programme")


class Licence(models.TextChoices):
    """What others may do with it, by the names of the SPDX licence list."""

    CC_BY = "CC-BY-4.0", "CC BY 4.0"
    CC_BY_SA = "CC-BY-SA-4.0", "CC BY-SA 4.0"
    CC_BY_NC = "CC-BY-NC-4.0", "CC BY-NC 4.0"
    CC0 = "CC0-1.0", "CC0 1.0"
    ASK = "ask", _("ask its author before using it elsewhere")


def _begun() -> Q:
    return Q(from_day=None) | Q(from_day__lte=timezone.localdate())


class ResourceQuerySet(models.QuerySet):
    def begun(self):
        """Without those that wait for their day."""
        return self.filter(_begun())

    def open(self):
        """What whoever may know of the talk may read today."""
        return self.begun().filter(access=Access.PUBLIC)

    def visible_to(self, person):
        """What `person` (or a visitor) may read today, of talks that they may know of."""
        known = self.filter(talk__audience__in=Audience.objects.open_to(person))
        if not person.is_authenticated:
            return known.open()
        if person.roles & ROLES:
            return known
        own = Q(talk__in=person.talks.values("pk"))
        among = Q(talk__edition__in=person.conferences.values("pk")) | Q(
            talk__edition__in=person.talks.values("edition")
        )
        public, taking_part = Q(access=Access.PUBLIC), Q(access=Access.PARTICIPANTS) & among
        return known.filter(own | (_begun() & (public | taking_part)))


class Resource(models.Model):
    """Something of a talk that lasts while its versions come and go, such as its slides."""

    talk = models.ForeignKey("events.Talk", models.CASCADE, related_name="resources")
    kind = models.CharField(max_length=10, choices=Kind)
    title = models.CharField(max_length=200)
    created = models.DateTimeField(default=timezone.now)
    access = models.CharField(
        _("who reads it"), max_length=12, choices=Access, default=Access.PUBLIC
    )
    from_day = models.DateField(_("from this day on"), null=True, blank=True)
    licence = models.CharField(_("licence"), max_length=12, choices=Licence, blank=True)
    review_by = models.DateField(null=True, editable=False)  # of slides: events/reviewing.py
    obsolete_at = models.DateTimeField(null=True, editable=False)
    waits = models.BooleanField(default=False, editable=False)  # for its day, in search too

    objects = ResourceQuerySet.as_manager()

    class Meta:
        verbose_name = _("material of a talk")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["talk", "kind", "title"], name="events_resource_title_once_a_talk"
            ),
            models.UniqueConstraint(
                fields=["talk", "kind"],
                condition=Q(kind__in=ONE_OF_A_TALK),
                name="events_one_of_these_kinds_a_talk",
            ),
        ]

    def __str__(self):
        return self.title

    def save(self, *args, **kwargs):
        self.waits = not self.has_begun
        super().save(*args, **kwargs)

    @property
    def is_one_of_several(self) -> bool:
        """A talk may have several of this kind: then only the title tells which."""
        return self.kind not in ONE_OF_A_TALK

    @property
    def has_begun(self) -> bool:
        return self.from_day is None or self.from_day <= timezone.localdate()

    @property
    def is_overdue(self) -> bool:
        """Somebody should say whether it is still true."""
        due = self.review_by is not None and self.review_by <= timezone.localdate()
        return due and self.obsolete_at is None

    @property
    def is_open(self) -> bool:
        """Whoever may know of the talk may read it."""
        return self.has_begun and self.access == Access.PUBLIC

    @property
    def found_by(self) -> Audience | None:
        """Who finds it by search: never somebody who may not read it."""
        if self.is_open:
            return self.talk.audience
        seen = {PUBLIC, EVERYONE, KEEPERS_TOKEN} & set(self.talk.audience.key.split())
        return Audience.objects.of(KEEPERS_TOKEN) if seen else None

    def shown(self) -> "Material | None":
        """The newest version that is ready: what readers get while a newer one is prepared."""
        return self.versions.filter(state=Material.State.READY).first()


def pdf_path(material: "Material", name: str) -> str:
    """By content and not by the name that it came with: nothing typed becomes a path."""
    return f"slides/{material.sha256[:2]}/{material.sha256}.{material.ending}"


class Material(Scanned):
    """A version of a resource as it was handed in. PDF slides are cut into pages by the worker."""

    class State(models.TextChoices):
        PENDING = "pending", _("being prepared")
        READY = "ready", _("ready")
        REFUSED = "refused", _("could not be prepared")

    resource = models.ForeignKey(Resource, models.CASCADE, related_name="versions")
    number = models.PositiveSmallIntegerField(_("version"))
    title = models.CharField(max_length=200)
    file = models.FileField(upload_to=pdf_path, storage=private_files, max_length=200)
    ending = models.CharField(max_length=8, default="pdf")
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    pages_expected = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(max_length=8, choices=State, default=State.PENDING)
    reason = models.CharField(max_length=300, blank=True)
    failures = models.PositiveSmallIntegerField(default=0, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    link = models.ForeignKey("events.UploadLink", models.PROTECT, null=True, related_name="+")
    cid = models.UUIDField()
    created = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("material")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["by", "cid"], name="events_material_once_per_cid"),
            models.UniqueConstraint(
                fields=["link", "cid"], name="events_material_once_per_cid_of_a_link"
            ),
            models.UniqueConstraint(
                fields=["resource", "number"], name="events_version_number_once"
            ),
            models.CheckConstraint(
                condition=Q(by=None, link__isnull=False) | Q(by__isnull=False, link=None),
                name="events_somebody_brought_it",
            ),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("events:material", args=[self.pk])

    @property
    def talk(self):
        return self.resource.talk

    @property
    def file_name(self) -> str:
        """What it is called when it is fetched: of the talk, and of the title where one says it."""
        parts = [self.talk.slug]
        if self.resource.kind in ONE_OF_A_TALK[1:]:
            parts.append(self.resource.kind)
        elif self.resource.kind != Kind.SLIDES:
            parts.append(slugify(self.resource.title)[:60] or self.resource.kind)
        return f"{'-'.join(parts)}.{self.ending}"

    @property
    def brought_by(self) -> str:
        """Who handed it in, by name."""
        return self.by.name if self.by else self.link.name


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
