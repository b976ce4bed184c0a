from decimal import Decimal

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from competencies.models import Competency, Level
from courses.models import Completion, CoursePage


class Scheme(models.Model):
    """What is certified, by passing which course with which mark, and for how long it holds."""

    code = models.SlugField(_("code"), unique=True)
    title = models.CharField(_("title"), max_length=120)
    description = models.TextField(_("what the holder can do"))
    course = models.ForeignKey(
        CoursePage, models.PROTECT, related_name="schemes", verbose_name=_("course to pass")
    )
    pass_mark = models.DecimalField(
        _("pass mark"),
        max_digits=3,
        decimal_places=2,
        default=Decimal("0.80"),
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(1))],
    )
    valid_months = models.PositiveSmallIntegerField(_("months valid"), null=True, blank=True)

    class Meta:
        ordering = ["title"]

    def __str__(self):
        return self.title


class SchemeCompetency(models.Model):
    scheme = models.ForeignKey(Scheme, models.CASCADE, related_name="competencies")
    competency = models.ForeignKey(Competency, models.PROTECT, related_name="+")
    level = models.ForeignKey(Level, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["competency__code"]
        verbose_name_plural = "scheme competencies"
        constraints = [
            models.UniqueConstraint(
                fields=["scheme", "competency"], name="certification_competency_once_in_a_scheme"
            )
        ]

    def __str__(self):
        return f"{self.competency.code} {self.level}"


class CredentialQuerySet(models.QuerySet):
    def visible_to(self, person):
        """Own certificates; all of them for those who keep the registry."""
        if {"registrar", "administrator"} & person.roles:
            return self
        return self.filter(holder=person)

    def with_state(self):
        """All that a line or a page of a certificate reads."""
        return self.select_related("scheme", "revocation", "holder")


class Credential(models.Model):
    """A signed certificate. Append-only: the database refuses UPDATE and DELETE.

    What is printed was copied at issue, so that a later change of a name or a scheme
    never changes a certificate. Taking one back is a row of its own: Revocation.
    """

    class State(models.TextChoices):
        VALID = "valid", _("Valid")
        EXPIRED = "expired", _("Expired")
        REVOKED = "revoked", _("Revoked")

    serial = models.CharField(_("number"), max_length=20, unique=True)
    scheme = models.ForeignKey(Scheme, models.PROTECT, related_name="credentials")
    holder = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="credentials")
    name = models.CharField(max_length=200)
    name_dz = models.CharField(max_length=200, blank=True)
    title = models.CharField(max_length=120)
    completion = models.ForeignKey(
        Completion, models.PROTECT, related_name="credentials", null=True, blank=True
    )
    basis = models.CharField(max_length=300)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    claims = models.JSONField()
    jwt = models.TextField()
    issued_at = models.DateTimeField()

    objects = CredentialQuerySet.as_manager()

    class Meta:
        ordering = ["-issued_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["scheme", "completion"], name="certification_once_for_a_completion"
            ),
            models.UniqueConstraint(
                fields=["scheme", "holder", "valid_from"],
                condition=models.Q(completion__isnull=True),
                name="certification_once_a_day_without_a_course",
            ),
        ]

    def __str__(self):
        return f"{self.title} {self.serial}"

    def get_absolute_url(self):
        return reverse("certification:certificate", args=[self.serial])

    @property
    def check_url(self) -> str:
        """The public page that says whether this certificate holds; printed as a QR code."""
        return settings.SITE_URL + reverse("certification:check", args=[self.serial])

    @property
    def revoked(self) -> "Revocation | None":
        return getattr(self, "revocation", None)

    @property
    def state(self) -> "Credential.State":
        """Revoked goes before expired; the last day of validity still counts."""
        if self.revoked:
            return self.State.REVOKED
        if self.valid_until and self.valid_until < timezone.localdate():
            return self.State.EXPIRED
        return self.State.VALID

    @property
    def tone(self) -> str:
        return {"valid": "good", "expired": "warn", "revoked": "bad"}[self.state]

    @property
    def achievement(self) -> dict:
        return self.claims["credentialSubject"]["achievement"]


class Revocation(models.Model):
    """A certificate was taken back. Append-only, like the certificate."""

    credential = models.OneToOneField(Credential, models.PROTECT, related_name="revocation")
    reason = models.CharField(max_length=300)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    revoked_at = models.DateTimeField(auto_now_add=True)

    def __str__(self):
        return f"{self.credential.serial}: {self.reason}"
