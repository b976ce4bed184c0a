from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from competencies.models import Competency
from desk.clocks import STANDARD, Clock, Targets
from desk.models.service import Service
from desk.states import HELD, OPEN, QUEUED
from desk.states import State as StateName
from forums.models import ExpertPool
from people.models import Audience, AudienceQuerySet, Dzongkhag, Organisation

LONGEST_TITLE = 200
LONGEST_BODY = 20_000


class State(models.TextChoices):
    """The words for the states of desk/states.py."""

    NEW = StateName.NEW, _("New")
    TRIAGED = StateName.TRIAGED, _("In the queue")
    CLAIMED = StateName.CLAIMED, _("Claimed")
    IN_WORK = StateName.IN_WORK, _("In work")
    WAITING = StateName.WAITING, _("Waiting for the requester")
    DELIVERED = StateName.DELIVERED, _("Delivered")
    ACCEPTED = StateName.ACCEPTED, _("Accepted")
    REOPENED = StateName.REOPENED, _("Reopened")
    CLOSED = StateName.CLOSED, _("Closed")
    DECLINED = StateName.DECLINED, _("Declined")
    WITHDRAWN = StateName.WITHDRAWN, _("Withdrawn")
    MERGED = StateName.MERGED, _("Merged")


class ClockName(models.TextChoices):
    """The words for the clocks of desk/clocks.py."""

    RESPONSE = Clock.RESPONSE, _("First response")
    UPDATE = Clock.UPDATE, _("Next news")
    DELIVERY = Clock.DELIVERY, _("Delivery")


class RequestQuerySet(AudienceQuerySet):
    def visible_to(self, person):
        """Requester, the requester's agency, those who serve the pool; administrators see all.

        Of confidential requests the agency knows nothing.
        """
        if person.is_authenticated and person.is_active and person.is_superuser:
            return self
        return super().visible_to(person)

    def open(self):
        return self.filter(state__in=OPEN)

    def queued(self):
        """Waiting for somebody to claim them."""
        return self.filter(state__in=QUEUED)

    def for_list(self):
        return self.select_related(
            "pool", "requester", "organisation", "claimed_by", "service", "second_pool"
        )

    def for_page(self):
        """Requests with their history, for a page that shows one."""
        steps = Transition.objects.select_related("actor")
        rows = self.for_list().select_related("merged_into").prefetch_related("slots")
        return rows.prefetch_related(
            models.Prefetch("transitions", steps),
            "messages__author",
            "messages__redacted_by",
            "files__by",
        )

    def due_first(self):
        """What is due first comes first; then what has no clock running, the oldest first."""
        return self.order_by(models.F("due_at").asc(nulls_last=True), "created", "pk")


class Request(models.Model):
    """Work that somebody asks a pool to do. Its history is its transitions."""

    class Urgency(models.TextChoices):
        LOW = "low", _("When there is time")
        NORMAL = "normal", _("Normal")
        HIGH = "high", _("A service is hampered")
        CRITICAL = "critical", _("A service stands still")

    title = models.CharField(_("title"), max_length=LONGEST_TITLE)
    body = models.TextField(_("text"))
    body_html = models.TextField(editable=False)
    requester = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="filed_requests"
    )
    organisation = models.ForeignKey(  # the requester's when it was filed
        Organisation, models.PROTECT, related_name="requests", null=True
    )
    dzongkhag = models.ForeignKey(  # of that posting
        Dzongkhag, models.PROTECT, related_name="requests", null=True
    )
    pool = models.ForeignKey(ExpertPool, models.PROTECT, related_name="requests")
    service = models.ForeignKey(Service, models.PROTECT, related_name="requests", null=True)
    answers = models.JSONField(default=list)  # [label, text] of what the service asked
    second_pool = models.ForeignKey(  # asked too since the ladder reached it
        ExpertPool, models.PROTECT, related_name="+", null=True, editable=False
    )
    urgency = models.CharField(max_length=8, choices=Urgency, default=Urgency.NORMAL)
    on_site = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=State, default=State.NEW, db_index=True)
    confidential = models.BooleanField(default=False)  # then not for the requester's agency
    merged_into = models.ForeignKey(
        "self", models.PROTECT, related_name="merged", null=True, editable=False
    )
    audience = models.ForeignKey(Audience, models.PROTECT, related_name="+")
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="claimed_requests", null=True
    )
    claimed_until = models.DateTimeField(null=True)  # of a claim on which no work has begun
    competencies = models.ManyToManyField(Competency, related_name="requests", blank=True)
    deliverable = models.TextField(blank=True)
    deliverable_html = models.TextField(blank=True, editable=False)
    hours = models.DecimalField(max_digits=5, decimal_places=1, null=True)
    rating = models.PositiveSmallIntegerField(
        null=True, validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    # What the clocks say next, kept to sort lists by; desk/dues.py makes it from the history.
    due_at = models.DateTimeField(null=True, editable=False)
    due_clock = models.CharField(max_length=8, choices=ClockName, blank=True, editable=False)
    created = models.DateTimeField(default=timezone.now)
    updated = models.DateTimeField(default=timezone.now)
    cid = models.UUIDField()

    objects = RequestQuerySet.as_manager()

    class Meta:
        ordering = ["-updated", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["requester", "cid"], name="desk_request_once_by_cid"),
            models.CheckConstraint(
                condition=~Q(state__in=sorted(HELD | {State.DELIVERED, State.ACCEPTED}))
                | Q(claimed_by__isnull=False),
                name="desk_work_has_somebody_who_does_it",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=sorted(QUEUED)) | Q(claimed_by__isnull=True),
                name="desk_queue_holds_nothing_claimed",
            ),
            models.CheckConstraint(
                condition=Q(rating__isnull=True) | Q(rating__range=(1, 5)),
                name="desk_rating_from_one_to_five",
            ),
            models.CheckConstraint(
                condition=(Q(state=State.MERGED) & Q(merged_into__isnull=False))
                | (~Q(state=State.MERGED) & Q(merged_into__isnull=True)),
                name="desk_merged_says_into_which",
            ),
            models.CheckConstraint(
                condition=Q(hours__isnull=True) | Q(hours__gte=0),
                name="desk_hours_are_not_negative",
            ),
        ]
        indexes = [
            models.Index(fields=["pool", "state", "created"], name="desk_queue_of_a_pool"),
            models.Index(fields=["due_at"], name="desk_what_is_due_first"),
        ]

    def __str__(self):
        return f"{self.receipt} {self.title}"

    def get_absolute_url(self):
        return f"/desk/{self.pk}/"

    @property
    def receipt(self) -> str:
        """What the requester keeps: "R-00042"."""
        return f"R-{self.pk:05}"

    @property
    def label(self) -> str:
        """How notices, mails and calendars name it, which others may see over a shoulder."""
        return self.receipt if self.confidential else str(self)

    @property
    def targets(self) -> Targets:
        """How much working time the clocks give: the service's, or the desk's own."""
        return self.service.targets if self.service else STANDARD

    @property
    def late(self) -> bool:
        """Whether a clock has run out and its work is not done."""
        return self.due_at is not None and self.due_at < timezone.now()

    @property
    def paused(self) -> bool:
        """Whether the clocks stand still until the requester answers."""
        return bool(self.state == State.WAITING and self.due_at is None)

    @property
    def tone(self) -> str:
        """How the state is coloured beside its word."""
        if self.state in (State.ACCEPTED, State.CLOSED, State.DELIVERED):
            return "good"
        if self.state in (State.WAITING, State.REOPENED, State.NEW):
            return "warn"
        return ""

    def claim_lapsed(self, now) -> bool:
        """A claim on which no work began in time: somebody else may take it."""
        return bool(self.state == State.CLAIMED and self.claimed_until and self.claimed_until < now)


class Transition(models.Model):
    """One step of a request. Append-only: the database refuses UPDATE and DELETE."""

    request = models.ForeignKey(Request, models.PROTECT, related_name="transitions")
    verb = models.CharField(max_length=12)  # "file", or one of desk/states.py
    from_state = models.CharField(max_length=10, choices=State, blank=True)
    to_state = models.CharField(max_length=10, choices=State)
    actor = models.ForeignKey(  # nobody: the desk itself
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True
    )
    subject = models.CharField(max_length=200, blank=True)  # to whom, to which pool
    note = models.TextField(blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["request", "pk"]

    def __str__(self):
        return f"{self.request_id}: {self.from_state} → {self.to_state}"
