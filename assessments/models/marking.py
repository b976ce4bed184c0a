from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from assessments.models.attempts import Attempt, Slot
from assessments.models.bank import QuestionVersion
from assessments.second_marking import Round


class Marking(models.Model):
    """An answer that a person has to mark, once for each round; a claim holds for a while."""

    class Rounds(models.IntegerChoices):
        FIRST = int(Round.FIRST), _("first marking")
        SECOND = int(Round.SECOND), _("second marking")
        MODERATION = int(Round.MODERATION), _("moderation")

    slot = models.ForeignKey(Slot, models.CASCADE, related_name="markings")
    round = models.PositiveSmallIntegerField(choices=Rounds, default=Rounds.FIRST)
    created = models.DateTimeField(default=timezone.now)
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="claimed_markings"
    )
    claimed_until = models.DateTimeField(null=True)
    marker = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="markings"
    )
    marked_at = models.DateTimeField(null=True)
    share = models.DecimalField(max_digits=5, decimal_places=4, null=True)
    points = models.JSONField(default=list)  # one number for each criterion of the rubric
    comment = models.TextField(_("comment"), max_length=2000, blank=True)

    class Meta:
        ordering = ["created", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["slot", "round"], name="assessments_one_marking_to_a_round"
            ),
            models.UniqueConstraint(
                fields=["slot", "marker"], name="assessments_marker_once_to_an_answer"
            ),
            models.CheckConstraint(
                condition=Q(marker__isnull=True, share__isnull=True, marked_at__isnull=True)
                | Q(marker__isnull=False, share__isnull=False, marked_at__isnull=False),
                name="assessments_a_mark_has_its_marker_and_time",
            ),
        ]

    def __str__(self):
        return f"{self.slot}, {self.get_round_display()}"

    def get_absolute_url(self):
        return reverse("assessments:marking", args=[self.pk])

    def is_held_by(self, person, now) -> bool:
        return self.claimed_by_id == person.pk and now < self.claimed_until


class KeyCorrection(models.Model):
    """From now on answers to `wrong` are marked by the key of `right`, a later version."""

    wrong = models.OneToOneField(QuestionVersion, models.PROTECT, related_name="correction")
    right = models.ForeignKey(QuestionVersion, models.PROTECT, related_name="+")
    reason = models.CharField(_("reason"), max_length=300)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return f"{self.wrong} → {self.right}"


class ScoreChange(models.Model):
    """What a corrected key does to a finished attempt. A fall below the pass mark waits until a
    second person signs it or lets the result stand."""

    class State(models.TextChoices):
        APPLIED = "applied", _("applied")
        WAITING = "waiting", _("waits for a second person")
        SIGNED = "signed", _("signed and applied")
        KEPT = "kept", _("the result stands")

    attempt = models.ForeignKey(Attempt, models.CASCADE, related_name="score_changes")
    slot = models.ForeignKey(Slot, models.CASCADE, related_name="score_changes")
    key_version = models.ForeignKey(QuestionVersion, models.PROTECT, related_name="+")
    share_before = models.DecimalField(max_digits=5, decimal_places=4)
    share_after = models.DecimalField(max_digits=5, decimal_places=4)
    percent_before = models.DecimalField(max_digits=5, decimal_places=2)
    percent_after = models.DecimalField(max_digits=5, decimal_places=2)
    state = models.CharField(max_length=8, choices=State)
    reason = models.CharField(_("reason"), max_length=300)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-at", "attempt"]
        constraints = [
            models.UniqueConstraint(
                fields=["slot", "key_version"], name="assessments_a_key_changes_a_slot_once"
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("by")),
                name="assessments_a_fall_is_decided_by_another",
            ),
        ]

    def __str__(self):
        return f"{self.attempt}: {self.percent_before} → {self.percent_after} %"
