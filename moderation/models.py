from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class RestrictionQuerySet(models.QuerySet):
    def in_force(self, at=None):
        return self.filter(ended_at=None, until__gt=at or timezone.now())


class Restriction(models.Model):
    """What somebody may not do until a moment. A longer or shorter one is a row of its own."""

    class Kind(models.TextChoices):
        SILENCE = "silence", _("Silenced: reads, and writes nothing")
        SUSPEND = "suspend", _("Suspended: does not sign in")

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="restrictions"
    )
    kind = models.CharField(max_length=8, choices=Kind)
    begins = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField()
    reason = models.CharField(max_length=300)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True)  # lifted, or replaced by another
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True
    )

    objects = RestrictionQuerySet.as_manager()

    class Meta:
        ordering = ["-begins", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "kind"],
                condition=Q(ended_at__isnull=True),
                name="moderation_one_open_restriction_of_a_kind",
            ),
            models.CheckConstraint(
                condition=Q(until__gt=F("begins")), name="moderation_a_restriction_lasts"
            ),
        ]

    def __str__(self):
        return f"{self.person}: {self.get_kind_display()}"


class Allowance(models.Model):
    """How far ahead of their rate somebody is with one action (moderation/rates.py)."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="allowances")
    action = models.CharField(max_length=16)
    due = models.DateTimeField()

    wagtail_reference_index_ignore = True

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "action"], name="moderation_one_allowance_for_an_action"
            )
        ]

    def __str__(self):
        return f"{self.person}: {self.action}"


class Case(models.Model):
    """Something that people flagged, and what was decided. One case to a thing, for good.

    What it says is not kept here: moderation/subjects.py asks the room that it belongs to.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Waits for a decision")
        KEPT = "kept", _("Kept")
        HIDDEN = "hidden", _("Hidden")
        REDACTED = "redacted", _("Redacted")

    kind = models.CharField(max_length=12)  # a name of moderation/subjects.py
    subject = models.PositiveBigIntegerField()  # its row
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    opened_at = models.DateTimeField(default=timezone.now)
    hidden_at = models.DateTimeField(null=True)
    leased_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, related_name="+", null=True
    )
    leased_until = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True
    )
    reason = models.CharField(max_length=300, blank=True)
    before = models.JSONField(default=dict)  # the last decision: what an undo brings back
    appeal = models.TextField(blank=True)
    appealed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["opened_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject"], name="moderation_one_case_to_a_thing"
            ),
            models.CheckConstraint(
                condition=Q(leased_by__isnull=True) | Q(leased_until__isnull=False),
                name="moderation_a_lease_ends",
            ),
            models.CheckConstraint(
                condition=Q(appeal="") | Q(appealed_at__isnull=False),
                name="moderation_an_appeal_has_a_moment",
            ),
        ]
        indexes = [models.Index(fields=["state", "opened_at"], name="moderation_queue")]

    def __str__(self):
        return f"{self.kind} {self.subject}: {self.get_state_display()}"

    def get_absolute_url(self):
        return reverse("moderation:case", args=[self.pk])

    def held_by_another(self, person, at):
        """Who else is deciding this now, or None."""
        other = self.leased_by_id and self.leased_by_id != person.pk
        return self.leased_by if other and self.leased_until and self.leased_until > at else None


class Flag(models.Model):
    """One person's word against a thing, once. A decision settles it."""

    class Why(models.TextChoices):
        SPAM = "spam", _("Advertising or spam")
        ABUSE = "abuse", _("Offends or harasses somebody")
        SECRET = "secret", _("Shows a password, personal data or what is confidential")
        WRONG = "wrong", _("Dangerous or false advice")
        OTHER = "other", _("Something else")

    case = models.ForeignKey(Case, models.PROTECT, related_name="flags")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="flags")
    why = models.CharField(max_length=8, choices=Why)
    note = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField(default=timezone.now)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "person"], name="moderation_one_flag_of_a_person"
            )
        ]

    def __str__(self):
        return f"{self.person}: {self.get_why_display()}"


class Act(models.Model):
    """One act of moderation. Append-only: the database refuses UPDATE and DELETE."""

    class Verb(models.TextChoices):
        FLAG = "flag", _("flagged")
        HIDE_BY_FLAGS = "hide_by_flags", _("hidden after three flags")
        CLAIM = "claim", _("taken up")
        KEEP = "keep", _("kept")
        HIDE = "hide", _("hidden")
        REDACT = "redact", _("redacted")
        REDACT_VERSION = "redact_version", _("redacted one version")
        UNDO = "undo", _("decision undone")
        APPEAL = "appeal", _("appealed")
        SILENCE = "silence", _("silenced")
        SUSPEND = "suspend", _("suspended")
        LIFT = "lift", _("restriction lifted")

    verb = models.CharField(max_length=16, choices=Verb)
    case = models.ForeignKey(Case, models.PROTECT, related_name="acts", null=True)
    person = models.ForeignKey(  # whom it concerns
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True
    )
    by = models.ForeignKey(  # nobody: it followed from flags
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True
    )
    reason = models.CharField(max_length=500, blank=True)
    data = models.JSONField(default=dict)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self):
        return f"{self.get_verb_display()}, {self.at}"

    @property
    def about(self) -> tuple[str, int] | None:
        """What an act without a case was done to: kind and row."""
        return (self.data["kind"], self.data["subject"]) if "subject" in self.data else None
