"""What is handed in for a talk, and the pages that slides are cut into."""

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from events.storage import private_files

SLIDES_ON_A_PAGE = 100
WIDTHS = (480, 1200)


def pdf_path(material: "Material", name: str) -> str:
    """By content and not by the name that it came with: nothing typed becomes a path."""
    return f"slides/{material.sha256[:2]}/{material.sha256}.pdf"


class Material(models.Model):
    """Slides of a talk as they were handed in: a PDF, cut into pages in the background."""

    class State(models.TextChoices):
        PENDING = "pending", _("being prepared")
        READY = "ready", _("ready")
        REFUSED = "refused", _("could not be prepared")

    talk = models.ForeignKey("events.Talk", models.CASCADE, related_name="materials")
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
