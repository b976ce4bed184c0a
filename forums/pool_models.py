"""Who could help, and when: models of pools beside membership, read through models.py."""

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from certification.models import Scheme
from competencies.models import Competency, Level
from people.models import Dzongkhag


class PoolEntry(models.Model):
    """What lets somebody join a pool as expert: a certificate, or a competency at a level."""

    pool = models.ForeignKey("forums.ExpertPool", models.CASCADE, related_name="entries")
    scheme = models.ForeignKey(Scheme, models.PROTECT, related_name="+", null=True, blank=True)
    competency = models.ForeignKey(
        Competency, models.PROTECT, related_name="+", null=True, blank=True
    )
    level = models.ForeignKey(Level, models.PROTECT, related_name="+", null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(scheme__isnull=False, competency__isnull=True, level__isnull=True)
                | Q(scheme__isnull=True, competency__isnull=False, level__isnull=False),
                name="forums_an_entry_is_a_certificate_or_a_level",
            ),
            models.UniqueConstraint(
                fields=["pool", "scheme"],
                condition=Q(scheme__isnull=False),
                name="forums_entry_by_a_certificate_once",
            ),
            models.UniqueConstraint(
                fields=["pool", "competency"],
                condition=Q(competency__isnull=False),
                name="forums_entry_by_a_competency_once",
            ),
        ]

    def __str__(self):
        if self.scheme:
            return str(_("Certificate: %(scheme)s") % {"scheme": self.scheme})
        return f"{self.competency}, {self.level}"


class ServingProfile(models.Model):
    """How much somebody can take on beside their own work, and where."""

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="serving_profile"
    )
    claims_at_once = models.PositiveSmallIntegerField(default=3, validators=[MaxValueValidator(50)])
    hours_a_week = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MaxValueValidator(60)]
    )
    dzongkhags = models.ManyToManyField(Dzongkhag, related_name="+", blank=True)
    # What the directory leaves out of what it would say of this person.
    hides_held = models.BooleanField(default=False)
    hides_delivered = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(claims_at_once__lte=50), name="forums_at_most_fifty_claims_at_once"
            ),
            models.CheckConstraint(
                condition=Q(hours_a_week__isnull=True) | Q(hours_a_week__lte=60),
                name="forums_at_most_sixty_hours_a_week",
            ),
        ]

    def __str__(self):
        return f"{self.person}"


class SpokenLanguage(models.Model):
    """A language in which somebody can be asked."""

    class Code(models.TextChoices):
        DZONGKHA = "dzo", _("Dzongkha")
        ENGLISH = "eng", _("English")
        TSHANGLA = "tsj", _("Tshangla (Sharchop)")
        NEPALI = "nep", _("Nepali (Lhotshamkha)")
        BUMTHANG = "kjz", _("Bumthangkha")
        KHENG = "xkf", _("Khengkha")
        KURTOP = "xkz", _("Kurtoep")
        HINDI = "hin", _("Hindi")

    profile = models.ForeignKey(ServingProfile, models.CASCADE, related_name="languages")
    code = models.CharField(max_length=3, choices=Code)

    class Meta:
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["profile", "code"], name="forums_language_once")
        ]

    def __str__(self):
        return self.get_code_display()


class AbsenceQuerySet(models.QuerySet):
    def on(self, day):
        return self.filter(starts__lte=day, ends__gte=day)


class Absence(models.Model):
    """Days, both included, on which somebody cannot help.

    Absences of one person never overlap: the database refuses it.
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="absences")
    starts = models.DateField()
    ends = models.DateField()
    reason = models.CharField(max_length=100, blank=True)

    objects = AbsenceQuerySet.as_manager()

    class Meta:
        ordering = ["starts"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends__gte=F("starts")), name="forums_an_absence_ends_after_it_starts"
            )
        ]

    def __str__(self):
        return f"{self.person}: {self.starts} – {self.ends}"
