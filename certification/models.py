from datetime import date, timedelta

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from certification import tree
from certification.badge import SUSPENSION, WITHHELD
from certification.states import OPEN, RUNNING, Action, Phase, Standing, after
from competencies.models import Competency, Level
from courses.models import Completion, MaterialChange
from people.models import CentreService


class Scheme(models.Model):
    """What is certified, by which rule, for how long, and what renews it.

    `rule` and `renewal` are trees as certification/tree.py reads them; an empty renewal means
    that the whole rule must be met anew.
    """

    code = models.SlugField(_("code"), unique=True)
    title = models.CharField(_("title"), max_length=120)
    description = models.TextField(_("what the holder can do"))
    rule = models.JSONField(_("what earns it"), default=dict)
    renewal = models.JSONField(_("what renews it"), null=True, blank=True)
    valid_months = models.PositiveSmallIntegerField(
        _("months valid"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    renew_from_days = models.PositiveSmallIntegerField(
        _("days before the end from which it can be renewed"), default=90
    )
    refresher_days = models.PositiveSmallIntegerField(
        _("days for the refresher after a course changed materially"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("What renews it must be done by then. Empty: holders are told, no more."),
    )
    grace_days = models.PositiveSmallIntegerField(
        _("days of grace after the end"),
        default=0,
        help_text=_("So long it is still renewed the short way, and a centre still counts it."),
    )

    class Meta:
        ordering = ["title"]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return f"{reverse('certification:mine')}#{self.code}"

    @property
    def earned_by(self) -> tree.Rule:
        return tree.parse(self.rule)

    @property
    def renewed_by(self) -> tree.Rule:
        return tree.parse(self.renewal or self.rule)

    def all_leaves(self) -> list[tree.Leaf]:
        """Every leaf of both trees."""
        return [*tree.leaves(self.earned_by), *tree.leaves(self.renewed_by)]


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


class ServiceRequirement(models.Model):
    """The scheme that an operator must hold for a service that the centre offers."""

    service = models.OneToOneField(
        CentreService, models.CASCADE, related_name="requirement", verbose_name=_("service")
    )
    scheme = models.ForeignKey(Scheme, models.PROTECT, related_name="services")

    class Meta:
        ordering = ["service__name"]

    def __str__(self):
        return f"{self.service}: {self.scheme}"


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


class RefresherQuerySet(models.QuerySet):
    def open(self):
        """Those whose certificate no later one of the scheme has followed."""
        later = Credential.objects.filter(
            scheme=OuterRef("credential__scheme"),
            holder=OuterRef("credential__holder"),
            pk__gt=OuterRef("credential"),
        )
        return self.filter(~Exists(later), due_on__isnull=False)

    def for_page(self):
        return self.select_related(
            "credential__scheme", "credential__holder", "credential__withheld", "change__version"
        ).defer("credential__claims", "credential__jwt", "credential__slip")


class Refresher(models.Model):
    """A course changed materially: who holds a certificate by its old version refreshes it.

    `due_on` is none where the scheme asks for nothing but that they know. It is met by the
    next certificate of the scheme.
    """

    credential = models.ForeignKey(Credential, models.PROTECT, related_name="refreshers")
    change = models.ForeignKey(MaterialChange, models.PROTECT, related_name="refreshers")
    due_on = models.DateField(null=True, db_index=True)
    escalated_on = models.DateField(null=True)  # when two people were asked to suspend it

    objects = RefresherQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["credential", "change"], name="certification_one_refresher_to_a_change"
            )
        ]

    def __str__(self):
        return f"{self.credential_id}: {self.due_on}"


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


class ProposalQuerySet(models.QuerySet):
    def waiting(self):
        return self.filter(state=Proposal.State.WAITING)

    def for_page(self):
        return self.select_related(
            "credential__scheme", "credential__withheld", "scheme", "holder", "proposed_by"
        )


class Proposal(models.Model):
    """What one keeper of certificates proposes and another confirms.

    The rule engine proposes too, where a regrade took a certificate's ground away. Then the
    first keeper who agrees becomes the proposer and another one confirms.
    """

    class Kind(models.TextChoices):
        ISSUE = "issue", _("Issue")
        REVOKE = "revoke", _("Revoke")
        SUSPEND = "suspend", _("Suspend")
        RESTORE = "restore", _("Restore")
        WITHHOLD = "withhold", _("Withhold the name")
        REISSUE = "reissue", _("Reissue under a safe key")

    class State(models.TextChoices):
        WAITING = "waiting", _("Waits for a second person")
        CONFIRMED = "confirmed", _("Confirmed")
        DECLINED = "declined", _("Declined")

    kind = models.CharField(max_length=8, choices=Kind)
    credential = models.ForeignKey(
        Credential, models.PROTECT, related_name="proposals", null=True, blank=True
    )
    scheme = models.ForeignKey(
        Scheme, models.PROTECT, related_name="proposals", null=True, blank=True
    )
    holder = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True
    )
    valid_from = models.DateField(null=True, blank=True)
    reason = models.CharField(max_length=300)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True
    )
    proposed_at = models.DateTimeField(default=timezone.now)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = ProposalQuerySet.as_manager()

    class Meta:
        ordering = ["-proposed_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["credential", "kind"],
                condition=Q(state="waiting", credential__isnull=False),
                name="certification_one_open_proposal",
            ),
            models.UniqueConstraint(
                fields=["scheme", "holder"],
                condition=Q(state="waiting", kind="issue"),
                name="certification_one_open_issue_proposal",
            ),
            models.CheckConstraint(
                condition=~Q(state="confirmed")
                | (
                    Q(proposed_by__isnull=False, decided_by__isnull=False)
                    & ~Q(decided_by=F("proposed_by"))
                ),
                name="certification_confirmed_by_another",
            ),
            models.CheckConstraint(
                condition=Q(kind="issue", scheme__isnull=False, holder__isnull=False)
                | (~Q(kind="issue") & Q(credential__isnull=False)),
                name="certification_proposal_names_its_object",
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()}: {self.reason}"


class CycleQuerySet(models.QuerySet):
    def open(self):
        return self.filter(state__in=OPEN)

    def running_until(self, day):
        """Those that the clock can still move and that are due by `day`."""
        return self.filter(state__in=RUNNING, due_on__lte=day)

    def for_notices(self):
        """What a reminder says, and not the long texts of the certificate."""
        return self.select_related("credential", "person", "scheme").only(
            "state",
            "due_on",
            "credential__title",
            "person__name",
            "person__employee_id",
            "person__is_active",
            "person__email",
            "scheme__code",
        )


class Cycle(models.Model):
    """The time from a certificate to its renewal. An old cycle is kept whole beside the new."""

    STATES = [
        (Phase.DUE, _("Runs")),
        (Phase.REMINDED_90, _("Reminded 90 days before")),
        (Phase.REMINDED_60, _("Reminded 60 days before")),
        (Phase.REMINDED_30, _("Reminded 30 days before")),
        (Phase.REMINDED_7, _("Reminded 7 days before")),
        (Phase.LAPSED, _("Lapsed")),
        (Phase.RENEWED, _("Renewed")),
        (Phase.ENDED, _("Ended by revocation")),
    ]

    credential = models.OneToOneField(Credential, models.PROTECT, related_name="cycle")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    scheme = models.ForeignKey(Scheme, models.PROTECT, related_name="cycles")
    number = models.PositiveSmallIntegerField()
    due_on = models.DateField(db_index=True)
    state = models.CharField(max_length=12, choices=STATES, default=Phase.DUE)

    objects = CycleQuerySet.as_manager()

    class Meta:
        ordering = ["scheme", "person", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["scheme", "person", "number"], name="certification_cycle_number_once"
            )
        ]

    def __str__(self):
        return f"{self.credential.serial}: {self.get_state_display()}"


class CycleStep(models.Model):
    """A cycle moved. Append-only; a cycle enters each state once."""

    cycle = models.ForeignKey(Cycle, models.PROTECT, related_name="steps")
    state = models.CharField(max_length=12, choices=Cycle.STATES)
    day = models.DateField()

    class Meta:
        ordering = ["cycle", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["cycle", "state"], name="certification_cycle_enters_a_state_once"
            )
        ]

    def __str__(self):
        return f"{self.cycle_id} {self.state} {self.day}"
