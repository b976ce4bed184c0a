"""The ICT Heads' meetings: minutes, decisions, actions."""

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _

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
