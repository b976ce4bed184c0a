"""Recordings: their small copies, chapters, and what is said in them."""

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from events.models.materials import Material
from events.storage import private_files

CUES_ON_A_PAGE = 200


def tier_path(tier: "Tier", name: str) -> str:
    return f"tiers/{tier.material_id}/{name}"


class Tier(models.Model):
    """A smaller copy of a recording; without a file where none could be made."""

    class Name(models.TextChoices):
        AUDIO = "audio", _("Sound only")
        SMALL = "240p", _("240p, for thin lines")
        MEDIUM = "480p", _("480p")

    material = models.ForeignKey(Material, models.CASCADE, related_name="tiers")
    name = models.CharField(max_length=5, choices=Name)
    file = models.FileField(upload_to=tier_path, storage=private_files, max_length=200, blank=True)
    size = models.PositiveBigIntegerField()

    class Meta:
        verbose_name = _("copy of a recording")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["material", "name"], name="events_one_tier_of_a_name")
        ]

    def __str__(self):
        return f"{self.material} {self.name}"


class Chapter(models.Model):
    """What begins at a second of the recording of a talk."""

    talk = models.ForeignKey("events.Talk", models.CASCADE, related_name="chapters")
    second = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    slide = models.PositiveSmallIntegerField(null=True, blank=True)  # number of the page

    class Meta:
        verbose_name = _("chapter")
        ordering = ["second"]
        constraints = [
            models.UniqueConstraint(fields=["talk", "second"], name="events_one_chapter_a_second")
        ]

    def __str__(self):
        return self.title


class Cue(models.Model):
    """What is said from one moment to another, in milliseconds of the recording."""

    material = models.ForeignKey(Material, models.CASCADE, related_name="cues")
    number = models.PositiveIntegerField()
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    text = models.TextField()

    class Meta:
        verbose_name = _("cue")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["material", "number"], name="events_cue_number_once"),
            models.CheckConstraint(
                condition=models.Q(end__gt=models.F("start")), name="events_cue_ends_after_start"
            ),
        ]

    def __str__(self):
        return self.text[:80]

    @property
    def second(self) -> int:
        return self.start // 1000

    def get_absolute_url(self):
        return cue_address(self.material.talk, self.number, self.second)


def cue_address(talk, number: int, second: int) -> str:
    """Opens the recording of `talk` at this second, and its transcript at this cue."""
    page = reverse("events:recording", args=[talk.edition.slug, talk.slug])
    listing = (number - 1) // CUES_ON_A_PAGE + 1
    query = f"t={second}&page={listing}" if listing > 1 else f"t={second}"
    return f"{page}?{query}#cue-{number}"


class Correction(models.Model):
    """What a reader says is really said in a cue; a speaker or keeper decides."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waits for review")
        TAKEN = "taken", _("taken")
        LEFT = "left", _("not taken")

    cue = models.ForeignKey(Cue, models.CASCADE, related_name="corrections")
    before = models.TextField()
    text = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    cid = models.UUIDField()
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    created = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("correction of a transcript")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["by", "cid"], name="events_correction_once_per_cid")
        ]

    def __str__(self):
        return self.text[:80]


class ListeningPlace(models.Model):
    """The second at which somebody stopped a recording, for any other computer of theirs."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    talk = models.ForeignKey("events.Talk", models.CASCADE, related_name="+")
    second = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("place in a recording")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "talk"], name="events_one_place_in_a_recording"
            )
        ]

    def __str__(self):
        return f"{self.person_id} at {self.second} s of {self.talk_id}"
