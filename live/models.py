"""The tables of a live session: the numbered log is the truth, the rest follows from it.

No row here refers to Wagtail content that Wagtail would have to index, and a question is
written hundreds of times an hour: hence `wagtail_reference_index_ignore`.
"""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from competencies.models import Competency, Level
from desk.models import Request
from forums.models import ExpertPool, Topic
from people.models import Audience, AudienceQuerySet


class SessionQuerySet(AudienceQuerySet):
    def visible_to(self, person):
        """Sessions for an audience of `person`, and those that the person runs."""
        known = Q(audience__in=Audience.objects.open_to(person))
        if person.is_authenticated:
            known |= Q(host=person) | Q(pk__in=_moderated_by(person))
        return self.filter(known)

    def run_by(self, person):
        """Sessions that `person` hosts or moderates."""
        return self.filter(Q(host=person) | Q(pk__in=_moderated_by(person)))

    def for_list(self):
        return self.select_related("pool", "host").annotate(
            asked=models.Count("questions", distinct=True)
        )


def _moderated_by(person) -> models.QuerySet:
    return Session.moderators.through.objects.filter(user=person).values("session_id")


class Session(models.Model):
    """A live session: its plan, and the head of its log."""

    class State(models.TextChoices):
        SCHEDULED = "scheduled", _("Planned")
        OPEN = "open", _("Open now")
        PAUSED = "paused", _("Paused")
        CLOSED = "closed", _("Closed")

    class Names(models.TextChoices):
        """How far an asker may hide the name; each includes the ones before it."""

        NAMED = "named", _("Every question carries its asker's name")
        TO_HOSTS = "to_hosts", _("Askers may show their name to the hosts only")
        ANONYMOUS = "anonymous", _("Askers may leave their name out")

    title = models.CharField(_("title"), max_length=200)
    slug = models.SlugField(max_length=80, blank=True, editable=False)  # of starter content
    summary = models.TextField(_("what it is about"), blank=True)
    pool = models.ForeignKey(ExpertPool, models.PROTECT, related_name="live_sessions")
    host = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="hosted_sessions"
    )
    moderators = models.ManyToManyField(
        settings.AUTH_USER_MODEL, related_name="moderated_sessions", blank=True
    )
    audience = models.ForeignKey(Audience, models.PROTECT, related_name="+")
    competencies = models.ManyToManyField(Competency, related_name="+", blank=True)
    level = models.ForeignKey(Level, models.PROTECT, related_name="+", null=True, blank=True)
    starts = models.DateTimeField(_("starts"))
    ends = models.DateTimeField(_("ends"))
    moderated = models.BooleanField(_("hosts approve questions first"), default=False)
    names = models.CharField(_("names"), max_length=10, choices=Names, default=Names.NAMED)
    about = models.CharField(_("what it follows"), max_length=300, blank=True)  # a path of the site
    requests = models.ManyToManyField(Request, related_name="+", blank=True)  # that it answers
    code = models.CharField(max_length=8, blank=True, editable=False)  # /j/CODE
    wall = models.CharField(max_length=24, blank=True, editable=False)  # of the wall's address
    revision = models.PositiveIntegerField(default=0, editable=False)  # of the plan, in calendars
    planned_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    cid = models.UUIDField(editable=False)

    epoch = models.UUIDField(default=uuid.uuid4, editable=False)
    head = models.BigIntegerField(default=0, editable=False)
    state = models.CharField(max_length=10, choices=State, default=State.SCHEDULED)
    current_question = models.ForeignKey(
        "Question", models.SET_NULL, related_name="+", null=True, editable=False
    )
    opened_at = models.DateTimeField(null=True, editable=False)
    closed_at = models.DateTimeField(null=True, editable=False)
    tallied_at = models.DateTimeField(null=True, editable=False)

    objects = SessionQuerySet.as_manager()
    wagtail_reference_index_ignore = True

    class Meta:
        ordering = ["-starts", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["planned_by", "cid"], name="live_session_planned_once"),
            models.UniqueConstraint(
                fields=["slug"], condition=~Q(slug=""), name="live_session_slug_once"
            ),
            models.UniqueConstraint(
                fields=["code"], condition=~Q(code=""), name="live_session_code_once"
            ),
            models.UniqueConstraint(
                fields=["wall"], condition=~Q(wall=""), name="live_session_wall_once"
            ),
            models.CheckConstraint(
                condition=Q(ends__gt=F("starts")), name="live_session_ends_after_it_starts"
            ),
        ]
        indexes = [models.Index(fields=["state", "starts"])]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("live:session", args=[self.pk])

    @property
    def name_modes(self) -> list[str]:
        """The name modes that an asker may choose from, most open first."""
        order = list(self.Names.values)
        return order[: order.index(self.names) + 1]


class Coming(models.Model):
    """Somebody wants to be reminded of a session."""

    session = models.ForeignKey(Session, models.CASCADE, related_name="coming")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")

    wagtail_reference_index_ignore = True

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["session", "person"], name="live_coming_once")
        ]

    def __str__(self):
        return f"{self.person_id} to {self.session_id}"


class QuestionQuerySet(models.QuerySet):
    def visible_to(self, person):
        """As the fold shows them: to hosts all, to others what is open, and their own."""
        sessions = Session.objects.visible_to(person)
        public = [self.model.State.VISIBLE, self.model.State.ANSWERED, self.model.State.MERGED]
        seen = Q(shown=True, state__in=public, hidden_at=None) | Q(asker=person)
        return self.filter(session__in=sessions).filter(
            seen | Q(session__in=Session.objects.run_by(person))
        )


class Question(models.Model):
    """What a question is now. Nothing is deleted: only the state changes."""

    class State(models.TextChoices):
        PENDING = "pending", _("Waits for a host")
        VISIBLE = "visible", _("Open")
        ANSWERED = "answered", _("Answered")
        DISMISSED = "dismissed", _("Dismissed")
        MERGED = "merged", _("Merged")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    class How(models.TextChoices):
        LIVE = "live", _("Answered live")
        WRITTEN = "written", _("Answered in writing")
        OWED = "owed", _("Answer owed")

    session = models.ForeignKey(Session, models.PROTECT, related_name="questions")
    asker = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="live_questions"
    )
    key = models.CharField(max_length=16, blank=True, editable=False)  # protocol.key_of
    body = models.TextField()
    name_mode = models.CharField(max_length=10, choices=Session.Names, default=Session.Names.NAMED)
    asked_at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=10, choices=State, default=State.VISIBLE)
    shown = models.BooleanField(default=False)  # the audience has seen it at some time
    rev = models.PositiveIntegerField(default=1)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, related_name="merged", null=True, blank=True
    )
    answered_how = models.CharField(max_length=8, choices=How, blank=True)
    answered_at = models.DateTimeField(null=True)
    answer = models.TextField(blank=True)
    timecode = models.PositiveIntegerField(null=True)  # seconds since the session opened
    reason = models.CharField(max_length=300, blank=True)
    topic = models.ForeignKey(
        Topic, models.SET_NULL, related_name="live_questions", null=True, blank=True
    )
    dirty = models.BooleanField(default=False)  # votes came in since the last tally
    seen = models.PositiveIntegerField(default=0)  # by so many people: exposing.py
    reveal_by = models.ForeignKey(  # asked that hosts see the name; naming.py
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True
    )
    reveal_reason = models.CharField(max_length=300, blank=True)
    revealed_by = models.ForeignKey(  # the second one, who agreed
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True
    )
    hidden_at = models.DateTimeField(null=True, editable=False)  # by flags; moderating.py
    redacted_at = models.DateTimeField(null=True, editable=False)

    objects = QuestionQuerySet.as_manager()
    wagtail_reference_index_ignore = True

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(revealed_by=None) | ~Q(revealed_by=F("reveal_by")),
                name="live_name_shown_by_two",
            ),
            models.CheckConstraint(
                condition=Q(state="merged", merged_into__isnull=False)
                | (~Q(state="merged") & Q(merged_into__isnull=True)),
                name="live_merged_question_says_into_which",
            ),
            models.CheckConstraint(
                condition=(Q(state="answered") & ~Q(answered_how=""))
                | (~Q(state="answered") & Q(answered_how="")),
                name="live_answered_question_says_how",
            ),
        ]
        indexes = [
            models.Index(fields=["session"], condition=Q(dirty=True), name="live_dirty_questions")
        ]

    def __str__(self):
        return self.body[:80]

    def get_absolute_url(self):
        return f"{reverse('live:session', args=[self.session_id])}#q{self.pk}"

    @property
    def named_to_judges(self) -> bool:
        """Whoever decides on a flag may be no host: a name is theirs where it is everybody's."""
        return self.name_mode == Session.Names.NAMED


class Vote(models.Model):
    """One person's voice for one question: set, never toggled, and once by its key."""

    pk = models.CompositePrimaryKey("question_id", "voter_id")
    question = models.ForeignKey(Question, models.PROTECT, related_name="votes")
    voter = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    value = models.SmallIntegerField()
    cid = models.UUIDField()
    heard = models.JSONField(default=list)  # wishes.py
    updated_at = models.DateTimeField()

    wagtail_reference_index_ignore = True

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(value__in=[0, 1]), name="live_vote_is_0_or_1")
        ]
        indexes = [models.Index(fields=["voter", "cid"])]

    def __str__(self):
        return f"{self.voter_id} {self.value}"


class Exposure(models.Model):
    """A person had a question before the eyes; written until enough people had."""

    pk = models.CompositePrimaryKey("question_id", "person_id")
    question = models.ForeignKey(Question, models.PROTECT, related_name="exposures")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    session = models.ForeignKey(Session, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    counted = models.BooleanField(default=False)  # an event has told of it

    wagtail_reference_index_ignore = True

    class Meta:
        indexes = [
            models.Index(
                fields=["session"], condition=Q(counted=False), name="live_fresh_exposures"
            )
        ]

    def __str__(self):
        return f"{self.question_id} {self.person_id}"


class Poll(models.Model):
    """Something that a host asks everybody; its counts are shown when a host shows them."""

    class Kind(models.TextChoices):
        SINGLE = "single", _("One answer")
        MULTIPLE = "multiple", _("Any number of answers")
        SCALE = "scale", _("A scale from 1 to 5")

    session = models.ForeignKey(Session, models.PROTECT, related_name="polls")
    key = models.CharField(max_length=16)  # protocol.key_of
    kind = models.CharField(max_length=8, choices=Kind)
    text = models.CharField(max_length=300)
    options = models.JSONField()  # what can be chosen, in order
    shown = models.BooleanField(default=False)
    ended_at = models.DateTimeField(null=True)
    dirty = models.BooleanField(default=False)  # answers came in since the last tally

    wagtail_reference_index_ignore = True

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["session"], condition=Q(dirty=True), name="live_dirty_polls")
        ]

    def __str__(self):
        return self.text[:80]


class PollAnswer(models.Model):
    """What one person chose: set, never added, and once by its key."""

    pk = models.CompositePrimaryKey("poll_id", "person_id")
    poll = models.ForeignKey(Poll, models.PROTECT, related_name="answers")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    choices = models.JSONField()  # places among the options, from 0
    cid = models.UUIDField()
    heard = models.JSONField(default=list)  # wishes.py
    updated_at = models.DateTimeField()

    wagtail_reference_index_ignore = True

    class Meta:
        indexes = [models.Index(fields=["person", "cid"])]

    def __str__(self):
        return f"{self.person_id} {self.choices}"


class Hand(models.Model):
    """A raised hand, until it is lowered by its owner, a host, or the close."""

    session = models.ForeignKey(Session, models.PROTECT, related_name="hands")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    raised_at = models.DateTimeField()
    called_at = models.DateTimeField(null=True)
    lowered_at = models.DateTimeField(null=True)

    wagtail_reference_index_ignore = True

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["session", "person"],
                condition=Q(lowered_at=None),
                name="live_one_hand_up",
            )
        ]

    def __str__(self):
        return f"{self.person_id} in {self.session_id}"


class Event(models.Model):
    """One numbered line of a session's log. The database refuses to change or delete it."""

    class Audience(models.TextChoices):
        ALL = "all", _("Everybody in the session")
        HOSTS = "hosts", _("Hosts, and the one who asked")

    pk = models.CompositePrimaryKey("session_id", "seq")
    session = models.ForeignKey(Session, models.PROTECT, related_name="events")
    seq = models.BigIntegerField()
    kind = models.CharField(max_length=20)
    audience = models.CharField(max_length=8, choices=Audience, default=Audience.ALL)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True)
    cid = models.UUIDField(null=True)
    digest = models.CharField(max_length=64, blank=True)  # of the command with this cid
    payload = models.JSONField(default=dict)
    at = models.DateTimeField()

    wagtail_reference_index_ignore = True

    class Meta:
        ordering = ["session", "seq"]
        constraints = [
            models.UniqueConstraint(
                fields=["session", "actor", "cid"],
                condition=Q(cid__isnull=False),
                name="live_command_once",
            ),
            models.CheckConstraint(condition=Q(seq__gt=0), name="live_seq_counts_from_1"),
        ]

    def __str__(self):
        return f"{self.session_id}#{self.seq} {self.kind}"
