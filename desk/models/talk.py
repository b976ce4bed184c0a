"""What is said about a request, and when people meet over it."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from desk.models.request import Request
from forums.audiences import pools_served


class MessageQuerySet(models.QuerySet):
    def visible_to(self, person):
        """Messages of requests that `person` may know of; notes only where they serve the pool."""
        rows = self.filter(request__in=Request.objects.visible_to(person))
        if person.is_superuser:
            return rows
        return rows.filter(Q(internal=False) | Q(request__pool__code__in=pools_served(person)))


class Message(models.Model):
    """A word between requester and pool; `internal` ones are for those who serve the pool."""

    request = models.ForeignKey(Request, models.CASCADE, related_name="messages")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    body = models.TextField()
    html = models.TextField(editable=False)
    internal = models.BooleanField(default=False)
    cid = models.UUIDField()
    created = models.DateTimeField(default=timezone.now)
    hidden_at = models.DateTimeField(null=True, editable=False)  # by moderation
    redacted_at = models.DateTimeField(null=True, editable=False)
    redacted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, editable=False
    )

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ["request", "created", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["author", "cid"], name="desk_message_once_by_cid")
        ]

    def __str__(self):
        return f"{self.request_id}: {self.body[:40]}"

    def get_absolute_url(self):
        return f"{self.request.get_absolute_url()}#message-{self.pk}"


class Slot(models.Model):
    """A time for a visit or a remote session: the pool proposes it, the requester agrees."""

    class Kind(models.TextChoices):
        VISIT = "visit", _("Visit")
        REMOTE = "remote", _("Remote session")

    class State(models.TextChoices):
        PROPOSED = "proposed", _("Proposed")
        AGREED = "agreed", _("Agreed")
        DECLINED = "declined", _("Does not suit")
        CANCELLED = "cancelled", _("Cancelled")

    request = models.ForeignKey(Request, models.CASCADE, related_name="slots")
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.VISIT)
    state = models.CharField(max_length=10, choices=State, default=State.PROPOSED)
    starts = models.DateTimeField()
    minutes = models.PositiveSmallIntegerField()
    place = models.CharField(max_length=200)  # or the link of a remote session
    travel = models.CharField(max_length=300, blank=True)  # of a visit: who approved it, and how
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    cid = models.UUIDField()
    revision = models.PositiveIntegerField(default=0)  # SEQUENCE of RFC 5545
    changed = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["request", "starts", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["proposed_by", "cid"], name="desk_slot_once_by_cid"),
            models.CheckConstraint(
                condition=Q(minutes__range=(5, 600)), name="desk_slot_takes_minutes_to_ten_hours"
            ),
            models.CheckConstraint(
                condition=Q(travel="") | Q(kind="visit"), name="desk_travel_is_of_a_visit"
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()}: {self.starts}"

    @property
    def ends(self):
        return self.starts + timedelta(minutes=self.minutes)
