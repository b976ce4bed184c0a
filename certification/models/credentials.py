from datetime import date, timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from certification.badge import SUSPENSION, WITHHELD
from certification.models.schemes import Scheme
from certification.states import Action, Standing, after
from courses.models import Completion


class CredentialQuerySet(models.QuerySet):
    def visible_to(self, person):
        """Own certificates; all of them for those who keep the registry."""
        if {"registrar", "administrator"} & person.roles:
            return self
        return self.filter(holder=person)

    def with_state(self):
        """All that a line or a page of a certificate reads."""
        return self.select_related("scheme", "holder", "withheld").prefetch_related("status_events")

    def not_revoked(self):
        return self.exclude(status_events__action=Action.REVOKE)


class Credential(models.Model):
    """A signed certificate. Append-only: the database refuses UPDATE and DELETE.

    What is printed was copied at issue, so that a later change of a name or a scheme never
    changes a certificate. What is done to it are rows of their own: StatusEvent. The one
    change that the database lets through is the erasure of the name, and only beside a row
    of Withheld.
    """

    class State(models.TextChoices):
        VALID = "valid", _("Valid")
        NOT_YET = "not_yet", _("Not valid yet")
        EXPIRED = "expired", _("Expired")
        SUSPENDED = "suspended", _("Suspended")
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
    basis = models.CharField(max_length=1000)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    claims = models.JSONField()
    jwt = models.TextField()
    slip = models.TextField(blank=True, default="")  # the short token of the printed QR code
    status_list = models.PositiveIntegerField(null=True, editable=False)
    status_index = models.PositiveIntegerField(null=True, editable=False)
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
            models.UniqueConstraint(
                fields=["status_list", "status_index"], name="certification_own_place_in_a_list"
            ),
        ]

    def __str__(self):
        return f"{self.title} {self.serial}"

    def get_absolute_url(self):
        return reverse("certification:certificate", args=[self.serial])

    @property
    def check_url(self) -> str:
        """The public page that says whether this certificate holds."""
        return settings.SITE_URL + reverse("certification:check", args=[self.serial])

    @property
    def paper_url(self) -> str:
        """What the printed QR code holds: with a slip, a phone checks it with no network."""
        if not self.slip:
            return self.check_url
        return f"{settings.SITE_URL}{reverse('certification:paper')}#{self.slip}"

    @property
    def shown_name(self) -> str:
        return str(_(WITHHELD)) if self.is_withheld else self.name

    @property
    def shown_claims(self) -> dict:
        return self.withheld.claims if self.is_withheld else self.claims

    @property
    def shown_jwt(self) -> str:
        return self.withheld.jwt if self.is_withheld else self.jwt

    @property
    def is_withheld(self) -> bool:
        return getattr(self, "withheld", None) is not None

    @cached_property
    def history(self) -> list["StatusEvent"]:
        """What was done to it, the first done first."""
        return list(self.status_events.all())

    @property
    def last_event(self) -> "StatusEvent | None":
        return self.history[-1] if self.history else None

    @property
    def standing(self) -> Standing:
        return after(event.action for event in self.history)

    @property
    def state(self) -> "Credential.State":
        return self.state_on(timezone.localdate())

    def state_on(self, day: date) -> "Credential.State":
        """Revoked and suspended go before expired; the last day of validity still counts."""
        if self.standing != Standing.GOOD:
            return self.State(str(self.standing))
        if self.valid_until and self.valid_until < day:
            return self.State.EXPIRED
        return self.State.NOT_YET if self.valid_from > day else self.State.VALID

    @property
    def fresh_from(self) -> date | None:
        """The first day whose results count for what follows this one; None for no end."""
        if self.standing == Standing.REVOKED:
            return timezone.localdate(self.history[-1].at) + timedelta(days=1)
        if self.valid_until is None:
            return None
        return self.valid_until - timedelta(days=self.scheme.renew_from_days)

    def renewable_from(self, asked: date | None) -> date | None:
        """`fresh_from`, or earlier where a material change asks for a refresher since `asked`."""
        days = [day for day in (self.fresh_from, asked) if day is not None]
        return min(days, default=None) if self.standing == Standing.GOOD else self.fresh_from

    def in_grace(self, day: date) -> bool:
        """Whether it goes on, or ended so lately that it is still renewed the short way."""
        if self.valid_until is None:
            return True
        return day <= self.valid_until + timedelta(days=self.scheme.grace_days)

    @property
    def tone(self) -> str:
        return {"valid": "good", "revoked": "bad", "suspended": "bad"}.get(self.state, "warn")

    @property
    def achievement(self) -> dict:
        return self.shown_claims["credentialSubject"]["achievement"]

    @property
    def suspension_entry(self) -> dict | None:
        return self.shown_claims.get(SUSPENSION)


class StatusEvent(models.Model):
    """Two people revoked, suspended or restored a certificate. Append-only, like it."""

    ACTIONS = [
        (Action.REVOKE, _("Revoked")),
        (Action.SUSPEND, _("Suspended")),
        (Action.RESTORE, _("Restored")),
    ]

    credential = models.ForeignKey(Credential, models.PROTECT, related_name="status_events")
    action = models.CharField(max_length=8, choices=ACTIONS)
    reason = models.CharField(max_length=300)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    confirmed_by = models.ForeignKey(  # none in rows of the time when one person could revoke
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True
    )
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["credential"],
                condition=Q(action="revoke"),
                name="certification_revoked_once",
            ),
            models.CheckConstraint(
                condition=~Q(confirmed_by=F("proposed_by")),
                name="certification_status_by_two_people",
            ),
        ]

    def __str__(self):
        return f"{self.credential.serial}: {self.reason}"


class Withheld(models.Model):
    """The holder asked for erasure: the certificate still verifies, its name is told no more.

    Append-only. `claims` and `jwt` are the certificate signed again without the name.
    """

    credential = models.OneToOneField(Credential, models.PROTECT, related_name="withheld")
    claims = models.JSONField()
    jwt = models.TextField()
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "withheld"

    def __str__(self):
        return self.credential.serial


class Reissue(models.Model):
    """A certificate that a compromised key signed, and the one that took its place. Append-only."""

    old = models.OneToOneField(Credential, models.PROTECT, related_name="reissued_as")
    new = models.OneToOneField(Credential, models.PROTECT, related_name="reissue_of")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self):
        return f"{self.old_id} → {self.new_id}"
