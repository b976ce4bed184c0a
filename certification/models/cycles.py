from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from certification.models.credentials import Credential
from certification.models.schemes import Scheme
from certification.states import OPEN, RUNNING, Phase
from courses.models import MaterialChange


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
