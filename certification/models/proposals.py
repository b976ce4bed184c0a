from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from certification.models.credentials import Credential
from certification.models.schemes import Scheme


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
