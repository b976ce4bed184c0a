"""The call for talks: what people propose, what reviewers say, and what became of it."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Avg, Count
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from people.markup import render_markdown


class ProposalQuerySet(models.QuerySet):
    def of(self, person):
        """What this person proposed, or is named in as a speaker."""
        mine = models.Q(by=person) | models.Q(co_speakers=person)
        return self.filter(pk__in=self.filter(mine).values("pk"))

    def with_scores(self):
        return self.annotate(score=Avg("reviews__score"), review_count=Count("reviews"))


class Proposal(models.Model):
    """A talk that somebody offers; events/proposal_states.py says how its state moves."""

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        SUBMITTED = "submitted", _("submitted")
        WAITLISTED = "waitlisted", _("on the waiting list")
        ACCEPTED = "accepted", _("accepted")
        REJECTED = "rejected", _("not accepted")
        WITHDRAWN = "withdrawn", _("withdrawn")

    edition = models.ForeignKey("events.Edition", models.PROTECT, related_name="proposals")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="proposals")
    co_speakers = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+", blank=True)
    title = models.CharField(max_length=200)
    abstract = models.TextField(blank=True)
    notes = models.TextField(blank=True)
    minutes = models.PositiveSmallIntegerField(default=25)
    track = models.ForeignKey(
        "events.Track", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    talk = models.OneToOneField(
        "events.Talk", models.SET_NULL, null=True, blank=True, related_name="proposal"
    )
    cid = models.UUIDField()
    created = models.DateTimeField(default=timezone.now)
    updated = models.DateTimeField(default=timezone.now)

    objects = ProposalQuerySet.as_manager()

    class Meta:
        verbose_name = _("proposal")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["by", "cid"], name="events_proposal_once_per_cid"),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("events:proposal", args=[self.pk])

    @property
    def abstract_html(self) -> str:
        return render_markdown(self.abstract)


class ProposalStep(models.Model):
    """One change of a proposal's state: the log of its life."""

    proposal = models.ForeignKey(Proposal, models.CASCADE, related_name="steps")
    state = models.CharField(max_length=10, choices=Proposal.State)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    message = models.TextField(blank=True)

    class Meta:
        verbose_name = _("step of a proposal")
        ordering = ["pk"]

    def __str__(self):
        return f"{self.proposal}: {self.state}"


class Review(models.Model):
    """What a reviewer thinks of a proposal; one word each, which can be changed."""

    proposal = models.ForeignKey(Proposal, models.CASCADE, related_name="reviews")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    score = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    comment = models.TextField(blank=True)
    updated = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("review")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["proposal", "reviewer"], name="events_one_review_of_a_reviewer"
            ),
            models.CheckConstraint(
                condition=models.Q(score__range=(1, 5)), name="events_score_from_one_to_five"
            ),
        ]

    def __str__(self):
        return f"{self.proposal}: {self.score}"
