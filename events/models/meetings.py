"""The ICT Heads' meetings: papers, minutes, decisions, actions."""

from datetime import datetime, time

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _

from events.models.scanning import Scanned
from events.storage import private_files
from people.markup import render_markdown
from people.models import Audience, AudienceQuerySet


class Meeting(models.Model):
    """A meeting of the ICT Heads. Its audience is made by `services.meeting_audience`."""

    title = models.CharField(max_length=200)
    slug = models.SlugField(max_length=80, unique=True)
    date = models.DateField()
    starts = models.TimeField(null=True, blank=True)
    minutes_planned = models.PositiveSmallIntegerField(default=120)
    place = models.CharField(max_length=200, blank=True)
    agenda = models.JSONField(default=list, blank=True)  # [{"item": …, "paper": …}]
    minutes = models.TextField(blank=True)
    attendees = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+", blank=True)
    papers_until = models.DateTimeField(_("papers until"), null=True, blank=True)
    writers = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+", blank=True)
    cid = models.UUIDField(null=True, unique=True, editable=False)
    apologies = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+", blank=True)
    audience = models.ForeignKey(Audience, models.PROTECT, related_name="+")

    objects = AudienceQuerySet.as_manager()

    class Meta:
        verbose_name = _("meeting")
        ordering = ["-date", "-pk"]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("events:meeting", args=[self.slug])

    @property
    def minutes_html(self) -> str:
        """The minutes; their headings follow on "Minutes" (level 2) whether typed with # or ##."""
        html = render_markdown(self.minutes)
        if "<h3>" not in html:
            for level in (4, 5, 6):
                html = html.replace(f"<h{level}>", f"<h{level - 1}>")
                html = html.replace(f"</h{level}>", f"</h{level - 1}>")
        return mark_safe(html)  # noqa: S308 (cleaned by render_markdown; only levels moved)

    @property
    def began(self):
        """When it begins, as a moment; the start of its day where no hour is set."""
        return timezone.make_aware(datetime.combine(self.date, self.starts or time()))


class MinutesRevision(models.Model):
    """The minutes as one saved text left them; number 0 is what stood there before the first."""

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="revisions")
    number = models.PositiveSmallIntegerField()
    text = models.TextField(blank=True)
    typed = models.TextField(blank=True)  # what was sent: before it was merged
    conflicts = models.JSONField(default=list)  # events/merging.py: Conflict
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    cid = models.UUIDField(null=True)
    created = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("version of minutes")
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "number"], name="events_minutes_number"),
            models.UniqueConstraint(fields=["by", "cid"], name="events_minutes_once_per_cid"),
        ]

    def __str__(self):
        return f"{self.meeting} {self.number}"


def paper_path(paper: "Paper", name: str) -> str:
    """By content and not by the name that it came with: nothing typed becomes a path."""
    return f"papers/{paper.sha256[:2]}/{paper.sha256}.pdf"


class Paper(Scanned):
    """What is read before a meeting: a text, a PDF, or both."""

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="papers")
    item = models.CharField(_("agenda item"), max_length=300, blank=True)
    title = models.CharField(max_length=200)
    text = models.TextField(blank=True)
    file = models.FileField(upload_to=paper_path, storage=private_files, max_length=200, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.PositiveBigIntegerField(default=0)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    cid = models.UUIDField()
    created = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("paper")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["by", "cid"], name="events_paper_once_per_cid"),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return f"{self.meeting.get_absolute_url()}#paper-{self.pk}"

    @property
    def text_html(self) -> str:
        return render_markdown(self.text)

    @property
    def late(self) -> bool:
        return bool(self.meeting.papers_until and self.created > self.meeting.papers_until)


class Decision(models.Model):
    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="decisions")
    number = models.PositiveSmallIntegerField()
    text = models.TextField()

    class Meta:
        verbose_name = _("decision")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "number"], name="events_decision_number")
        ]

    def __str__(self):
        return self.text[:80]

    def get_absolute_url(self):
        return f"{self.meeting.get_absolute_url()}#decision-{self.number}"


class ActionQuerySet(models.QuerySet):
    def visible_to(self, person):
        """An action is seen by whoever may know of its meeting."""
        return self.filter(meeting__audience__in=Audience.objects.open_to(person))

    def open(self):
        return self.filter(state=Action.State.OPEN)

    def overdue(self):
        return self.open().filter(due__lt=timezone.localdate())

    def carried_to(self, meeting: Meeting):
        """What earlier meetings left: not done when this one began (or, before that, now)."""
        then = min(meeting.began, timezone.now())
        earlier = models.Q(meeting__date__lt=meeting.date) | models.Q(
            meeting__date=meeting.date, meeting__lt=meeting.pk
        )
        undone = models.Q(closed_at=None) | models.Q(closed_at__gte=then)
        return self.filter(earlier & undone)


class Action(models.Model):
    """What somebody took on in a meeting; it stays in the register until it is done."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        DONE = "done", _("done")

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="actions")
    number = models.PositiveSmallIntegerField()
    text = models.TextField()
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="meeting_actions"
    )
    due = models.DateField()
    state = models.CharField(max_length=4, choices=State, default=State.OPEN)
    closed_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=500, blank=True)

    objects = ActionQuerySet.as_manager()

    class Meta:
        verbose_name = _("action")
        ordering = ["due", "pk"]
        indexes = [models.Index(fields=["state", "due"])]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "number"], name="events_action_number"),
            models.CheckConstraint(
                condition=models.Q(state="done", closed_at__isnull=False)
                | models.Q(state="open", closed_at__isnull=True),
                name="events_action_done_has_a_time",
            ),
        ]

    def __str__(self):
        return self.text[:80]

    def get_absolute_url(self):
        return f"{self.meeting.get_absolute_url()}#action-{self.number}"

    @property
    def overdue(self) -> bool:
        return self.state == self.State.OPEN and self.due < timezone.localdate()
