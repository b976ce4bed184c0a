"""The request in the other direction: one tells all agencies, each says what became of it."""

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from forums.models import ExpertPool
from people.country import Tone
from people.models import Audience, AudienceQuerySet, Centre, Dzongkhag, Organisation


class AdvisoryQuerySet(AudienceQuerySet):
    def visible_to(self, person):
        """Whom its audience names; administrators see all."""
        if person.is_authenticated and person.is_active and person.is_superuser:
            return self
        return super().visible_to(person)

    def running(self):
        """What has not been withdrawn."""
        return self.filter(withdrawn_at=None)

    def for_list(self):
        return self.select_related("pool", "issued_by")


class Advisory(models.Model):
    """What a pool or the parent agency asks of agencies and centres until a day."""

    class Kind(models.TextChoices):
        PATCH = "patch", _("A patch to apply")
        STANDARD = "standard", _("A standard to follow")
        INITIATIVE = "initiative", _("A whole-of-government initiative")
        WARNING = "warning", _("A warning")

    title = models.CharField(_("title"), max_length=200)
    body = models.TextField(_("text"))
    body_html = models.TextField(editable=False)
    kind = models.CharField(max_length=10, choices=Kind)
    urgent = models.BooleanField(default=False)  # told at once, outside office hours too
    due = models.DateField()  # the last day on which an answer is in time
    pool = models.ForeignKey(  # none: the parent agency
        ExpertPool, models.PROTECT, related_name="advisories", null=True
    )
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="issued_advisories"
    )
    restricted = models.BooleanField(default=False)  # then only for those it is addressed to
    audience = models.ForeignKey(Audience, models.PROTECT, related_name="+")
    created = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_why = models.TextField(blank=True)
    cid = models.UUIDField()

    objects = AdvisoryQuerySet.as_manager()

    class Meta:
        ordering = ["-created", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["issued_by", "cid"], name="desk_advisory_once_by_cid")
        ]
        indexes = [models.Index(fields=["due"], name="desk_advisory_due")]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("desk:advisory", args=[self.pk])

    @property
    def number(self) -> str:
        """How people name it: "A-0042"."""
        return f"A-{self.pk:04}"

    @property
    def label(self) -> str:
        """How notices and mails name it, which others may see over a shoulder."""
        return self.number if self.restricted else self.title

    @property
    def issuer(self) -> str:
        return self.pool.title if self.pool else str(_("The parent agency (DITT)"))


class AddresseeQuerySet(models.QuerySet):
    def with_answer(self):
        """Addressees with what they last said: `said`, `said_at`, `said_by` and `reason`."""
        newest = AdvisoryAnswer.objects.filter(addressee=OuterRef("pk")).order_by("-pk")
        return self.annotate(
            said=Subquery(newest.values("state")[:1]),
            said_at=Subquery(newest.values("at")[:1]),
            said_by=Subquery(newest.values("by__name")[:1]),
            reason=Subquery(newest.values("reason")[:1]),
        )

    def unsettled(self):
        """Those whose newest answer is neither "done" nor "not applicable", or who gave none."""
        newest = AdvisoryAnswer.objects.filter(addressee=OuterRef("pk")).order_by("-pk")
        rows = self.alias(last=Subquery(newest.values("state")[:1]))
        return rows.filter(Q(last=None) | Q(last=AdvisoryAnswer.State.SEEN))

    def for_list(self):
        rows = self.with_answer().select_related("organisation", "centre", "dzongkhag")
        return rows.order_by("dzongkhag__name", "organisation__name", "centre__name", "pk")


class Addressee(models.Model):
    """An agency or a centre that an advisory asks, and where it lay then."""

    advisory = models.ForeignKey(Advisory, models.CASCADE, related_name="addressees")
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="advised", null=True
    )
    centre = models.ForeignKey(Centre, models.PROTECT, related_name="advised", null=True)
    dzongkhag = models.ForeignKey(Dzongkhag, models.PROTECT, related_name="+")

    objects = AddresseeQuerySet.as_manager()

    class Meta:
        ordering = ["advisory", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(organisation__isnull=False, centre__isnull=True)
                | Q(organisation__isnull=True, centre__isnull=False),
                name="desk_addressee_is_an_agency_or_a_centre",
            ),
            models.UniqueConstraint(
                fields=["advisory", "organisation"],
                condition=Q(organisation__isnull=False),
                name="desk_agency_once_in_an_advisory",
            ),
            models.UniqueConstraint(
                fields=["advisory", "centre"],
                condition=Q(centre__isnull=False),
                name="desk_centre_once_in_an_advisory",
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def name(self) -> str:
        return str(self.organisation or self.centre)

    @property
    def tone(self) -> Tone:
        """How it stands, of one of `with_answer`."""
        said = self.said  # type: ignore[attr-defined]
        if said in SETTLED:
            return Tone.GOOD
        return Tone.WARN if said else Tone.BAD

    @property
    def state_in_words(self) -> str:
        """The same in words."""
        said = self.said  # type: ignore[attr-defined]
        return str(AdvisoryAnswer.State(said).label if said else _("No word yet"))

    def late(self, day: date, due: date) -> bool:
        return day > due and self.tone != Tone.GOOD


class AdvisoryAnswer(models.Model):
    """What an agency or centre says of an advisory; the newest counts. Append-only."""

    class State(models.TextChoices):
        SEEN = "seen", _("Acknowledged")
        DONE = "done", _("Done")
        NOT_APPLICABLE = "n_a", _("Not applicable")

    addressee = models.ForeignKey(Addressee, models.PROTECT, related_name="answers")
    state = models.CharField(max_length=4, choices=State)
    reason = models.TextField(blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    cid = models.UUIDField()

    class Meta:
        ordering = ["addressee", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["by", "cid"], name="desk_advisory_answer_once_by_cid"),
            models.CheckConstraint(
                condition=~Q(state="n_a") | ~Q(reason=""),
                name="desk_not_applicable_says_why",
            ),
        ]

    def __str__(self):
        return f"{self.addressee_id}: {self.state}"


SETTLED = (AdvisoryAnswer.State.DONE, AdvisoryAnswer.State.NOT_APPLICABLE)


class AdvisoryReminder(models.Model):
    """One step of reminding an addressee: each happens once."""

    class Step(models.TextChoices):
        REMIND = "remind", _("Reminded before the day")
        HEAD = "head", _("Late: told to the head")
        DITT = "ditt", _("Late: told to the parent agency")

    addressee = models.ForeignKey(Addressee, models.CASCADE, related_name="reminders")
    step = models.CharField(max_length=6, choices=Step)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["addressee", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["addressee", "step"], name="desk_reminded_once")
        ]

    def __str__(self):
        return f"{self.addressee_id}: {self.step}"
