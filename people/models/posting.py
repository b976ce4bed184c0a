from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from people.models.place import Centre, Dzongkhag, Organisation


class CareerTrack(models.Model):
    """A civil service track with ordered levels. It lies here because a posting names one."""

    code = models.CharField(max_length=16, unique=True)
    name = models.CharField(max_length=80)
    description = models.TextField(blank=True)

    class Meta:
        ordering = ["code"]

    def __str__(self):
        return self.name


class TrackLevel(models.Model):
    track = models.ForeignKey(CareerTrack, models.CASCADE, related_name="levels")
    order = models.PositiveSmallIntegerField()
    code = models.CharField(max_length=16)
    post_title = models.CharField(max_length=120)
    years_in_level_below = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["track", "order"]
        constraints = [
            models.UniqueConstraint(fields=["track", "code"], name="people_level_once_in_a_track"),
            models.UniqueConstraint(fields=["track", "order"], name="people_order_once_in_a_track"),
        ]

    def __str__(self):
        return f"{self.code} {self.post_title}"


class PostingQuerySet(models.QuerySet):
    def open(self):
        """Postings that go on."""
        return self.filter(ends__isnull=True)

    def on(self, day):
        """Postings that cover `day`."""
        return self.filter(Q(ends__isnull=True) | Q(ends__gte=day), starts__lte=day)


class Posting(models.Model):
    """Where a person works, from a day to a day, both included.

    Postings of one person never overlap: triggers refuse it on both databases.
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="postings")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="postings")
    dzongkhag = models.ForeignKey(Dzongkhag, models.PROTECT, related_name="postings")
    centre = models.ForeignKey(
        Centre, models.PROTECT, related_name="postings", null=True, blank=True
    )
    post_title = models.CharField(_("post title"), max_length=200)
    track_level = models.ForeignKey(
        TrackLevel, models.PROTECT, related_name="postings", null=True, blank=True
    )
    supervisor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        related_name="supervised_postings",
        null=True,
        blank=True,
    )
    starts = models.DateField(_("from"))
    ends = models.DateField(_("until"), null=True, blank=True)
    contract_until = models.DateField(_("contract until"), null=True, blank=True)

    objects = PostingQuerySet.as_manager()

    class Meta:
        ordering = ["-starts"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends__isnull=True) | Q(ends__gte=F("starts")),
                name="people_posting_ends_after_it_starts",
            ),
            models.UniqueConstraint(fields=["person", "starts"], name="people_posting_once_a_day"),
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(ends__isnull=True),
                name="people_one_open_posting_to_a_person",
            ),
            models.UniqueConstraint(
                fields=["centre"],
                condition=Q(ends__isnull=True, centre__isnull=False),
                name="people_one_open_operator_to_a_centre",
            ),
        ]

    def __str__(self):
        return f"{self.post_title}, {self.organisation}"
