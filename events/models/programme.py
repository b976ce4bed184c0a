"""What a programme is made of: days, rooms, tracks, speakers; its releases and its files."""

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from people.models import BroughtFile


class Track(models.Model):
    """A subject that runs through a programme."""

    edition = models.ForeignKey("events.Edition", models.CASCADE, related_name="tracks")
    name = models.CharField(max_length=200)
    slug = models.SlugField(max_length=100)
    position = models.PositiveSmallIntegerField(default=0)
    marks = models.JSONField(default=dict, editable=False)  # as a schedule lists it by itself

    class Meta:
        verbose_name = _("track")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["edition", "slug"], name="events_track_slug"),
            models.UniqueConstraint(fields=["edition", "name"], name="events_track_name"),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("events:track", args=[self.edition.slug, self.slug])


class Room(models.Model):
    """A room of the venue; talks name it (`Talk.room`)."""

    edition = models.ForeignKey("events.Edition", models.CASCADE, related_name="rooms")
    name = models.CharField(max_length=200)
    guid = models.UUIDField(null=True, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("room")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["edition", "name"], name="events_room_name"),
        ]

    def __str__(self):
        return self.name


class Day(models.Model):
    """A day of the programme; it may end after midnight."""

    edition = models.ForeignKey("events.Edition", models.CASCADE, related_name="days")
    number = models.PositiveSmallIntegerField()
    date = models.DateField()
    starts = models.DateTimeField(null=True, blank=True)
    ends = models.DateTimeField(null=True, blank=True)
    rooms = models.JSONField(default=list, blank=True)  # their names, in the order of the file

    class Meta:
        verbose_name = _("day")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["edition", "number"], name="events_day_number"),
        ]

    def __str__(self):
        return f"{self.number}: {self.date}"


class Speaker(models.Model):
    """Who speaks at an edition: a person of the registry, or a guest."""

    edition = models.ForeignKey("events.Edition", models.CASCADE, related_name="speakers")
    key = models.CharField(max_length=300)  # what tells them apart: events/crediting.py
    name = models.CharField(max_length=200)
    slug = models.SlugField(max_length=100)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("speaker")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["edition", "key"], name="events_speaker_key"),
            models.UniqueConstraint(fields=["edition", "slug"], name="events_speaker_slug"),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("events:speaker", args=[self.edition.slug, self.slug])


class Credit(models.Model):
    """A speaker of a talk, by the name that the programme prints."""

    talk = models.ForeignKey("events.Talk", models.CASCADE, related_name="credits")
    speaker = models.ForeignKey(Speaker, models.CASCADE, related_name="credits")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=200)
    marks = models.JSONField(default=dict, blank=True)  # id, guid, code … of a schedule

    class Meta:
        verbose_name = _("credit")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["talk", "position"], name="events_credit_position"),
        ]

    def __str__(self):
        return self.name


class Pick(models.Model):
    """A talk that somebody wants to hear: their own programme."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    talk = models.ForeignKey("events.Talk", models.CASCADE, related_name="picks")

    class Meta:
        verbose_name = _("pick")
        constraints = [
            models.UniqueConstraint(fields=["person", "talk"], name="events_picked_once"),
        ]

    def __str__(self):
        return f"{self.person}: {self.talk}"


class Release(models.Model):
    """The programme as it was made known: what stood in it, and what changed since the last."""

    edition = models.ForeignKey("events.Edition", models.CASCADE, related_name="releases")
    number = models.PositiveSmallIntegerField()
    name = models.CharField(_("version"), max_length=100)
    created = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    talks = models.JSONField(default=dict)  # guid -> events/schedule/changes.py: Place
    changes = models.JSONField(default=list)  # events/schedule/changes.py: Change

    class Meta:
        verbose_name = _("release of a programme")
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["edition", "number"], name="events_release_number"),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("events:release", args=[self.edition.slug, self.number])


class ScheduleImport(BroughtFile):
    """A schedule that somebody brought to an edition."""

    edition = models.ForeignKey("events.Edition", models.CASCADE, related_name="imports")
    brought_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )

    class Meta(BroughtFile.Meta):
        verbose_name = _("schedule file")

    def get_absolute_url(self):
        return reverse("events:schedule_import", args=[self.edition.slug, self.pk])
