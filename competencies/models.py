from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from people.models import TrackLevel


class Framework(models.Model):
    """A competency framework with its own ordered proficiency levels."""

    code = models.SlugField(unique=True)
    name = models.CharField(max_length=200)
    licence = models.CharField(max_length=200, blank=True)
    may_certify = models.BooleanField(
        _("certificates may name it"), default=True, help_text=_("Off for licensed frameworks.")
    )

    def __str__(self):
        return self.name


class Level(models.Model):
    """A proficiency level of a framework: Entry, Experienced, Advanced by default."""

    framework = models.ForeignKey(Framework, models.CASCADE, related_name="levels")
    order = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=40)

    class Meta:
        ordering = ["framework", "order"]
        constraints = [
            models.UniqueConstraint(
                fields=["framework", "order"], name="competencies_order_once_in_a_framework"
            ),
            models.UniqueConstraint(
                fields=["framework", "name"], name="competencies_level_once_in_a_framework"
            ),
        ]

    def __str__(self):
        return self.name


class Competency(models.Model):
    framework = models.ForeignKey(Framework, models.PROTECT, related_name="competencies")
    code = models.CharField(max_length=16, unique=True)
    name = models.CharField(max_length=120)
    definition = models.TextField()
    area = models.CharField(_("competency area"), max_length=80)
    pool_code = models.CharField(_("pool or group"), max_length=8, db_index=True)
    pool_name = models.CharField(max_length=80)

    class Meta:
        ordering = ["code"]
        verbose_name_plural = "competencies"

    def __str__(self):
        return f"{self.code} {self.name}"

    def get_absolute_url(self):
        return reverse("competencies:competency", args=[self.code])

    def level_of_help(self) -> Level | None:
        """What somebody shows who helped others with it: the framework's second level.

        That is Experienced by default: the work was done alone and for somebody else. A
        framework of one level gives that one.
        """
        lowest = list(self.framework.levels.order_by("order")[:2])
        return lowest[-1] if lowest else None


class Descriptor(models.Model):
    """What a competency looks like at a level, and how long evidence of it holds."""

    competency = models.ForeignKey(Competency, models.CASCADE, related_name="descriptors")
    level = models.ForeignKey(Level, models.PROTECT, related_name="descriptors")
    behavioural_indicator = models.TextField()
    renew_every_months = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["competency", "level__order"]
        constraints = [
            models.UniqueConstraint(
                fields=["competency", "level"], name="competencies_descriptor_once"
            )
        ]

    def __str__(self):
        return f"{self.competency.code} {self.level}"


class RoleProfile(models.Model):
    """What a role needs: competencies with target levels."""

    code = models.CharField(max_length=16, unique=True)
    name = models.CharField(max_length=120)
    pool_code = models.CharField(max_length=8)
    track_level = models.ForeignKey(TrackLevel, models.PROTECT, related_name="role_profiles")

    class Meta:
        ordering = ["code"]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("competencies:profile", args=[self.code])


class Target(models.Model):
    profile = models.ForeignKey(RoleProfile, models.CASCADE, related_name="targets")
    competency = models.ForeignKey(Competency, models.PROTECT, related_name="targets")
    level = models.ForeignKey(Level, models.PROTECT, related_name="+")
    critical = models.BooleanField(default=False)

    class Meta:
        ordering = ["competency__code"]
        constraints = [
            models.UniqueConstraint(
                fields=["profile", "competency"], name="competencies_target_once_in_a_profile"
            )
        ]

    def __str__(self):
        return f"{self.competency.code} {self.level}"


class Evidence(models.Model):
    """One dated reason to believe that a person holds a competency at a level.

    Append-only: the database refuses UPDATE and DELETE. A correction is a new row
    that names the one it supersedes; `withdrawn` makes that new row count for nothing.
    """

    class Kind(models.TextChoices):
        ASSESSMENT = "assessment", _("Assessment passed")
        COURSE = "course", _("Course completed")
        OBSERVATION = "observation", _("Observed practice")
        ENDORSEMENT = "endorsement", _("Endorsement")
        PRIOR_LEARNING = "prior_learning", _("Prior learning")
        DELIVERED_REQUEST = "delivered_request", _("Request delivered")
        ACCEPTED_ANSWER = "accepted_answer", _("Accepted answer")
        HOSTED_SESSION = "hosted_session", _("Live session hosted")
        TALK = "talk", _("Talk given")
        SELF = "self", _("Self-assessment")

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="evidence")
    competency = models.ForeignKey(Competency, models.PROTECT, related_name="evidence")
    level = models.ForeignKey(Level, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20, choices=Kind)
    source_app = models.CharField(max_length=40)
    source_id = models.CharField(max_length=64)
    source_title = models.CharField(max_length=300)
    source_url = models.CharField(max_length=300, blank=True)
    assessor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True
    )
    observed_on = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    note = models.TextField(blank=True)
    supersedes = models.OneToOneField(
        "self", models.PROTECT, related_name="superseded_by", null=True, blank=True
    )
    withdrawn = models.BooleanField(default=False)
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-observed_on", "-pk"]
        verbose_name_plural = "evidence"
        constraints = [
            models.UniqueConstraint(
                fields=["person", "competency", "kind", "source_app", "source_id"],
                condition=models.Q(supersedes__isnull=True),
                name="competencies_evidence_once_from_a_source",
            )
        ]

    def __str__(self):
        return f"{self.get_kind_display()}: {self.source_title}"
