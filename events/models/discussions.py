"""What is said about a talk: in its live sessions, and in the pool afterwards."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class SessionStart(models.Model):
    """At which second the recording of a talk shows how a live session was opened."""

    talk = models.ForeignKey("events.Talk", models.CASCADE, related_name="session_starts")
    session = models.ForeignKey("live.Session", models.CASCADE, related_name="+")
    second = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("live session in a recording")
        constraints = [
            models.UniqueConstraint(
                fields=["talk", "session"], name="events_one_start_of_a_session"
            )
        ]

    def __str__(self):
        return f"{self.session_id} at {self.second} s of {self.talk_id}"


class TalkTopic(models.Model):
    """The topic in which a talk is discussed."""

    talk = models.OneToOneField("events.Talk", models.CASCADE, related_name="discussion")
    topic = models.ForeignKey("forums.Topic", models.CASCADE, related_name="+")

    class Meta:
        verbose_name = _("discussion of a talk")

    def __str__(self):
        return f"{self.talk_id}: {self.topic_id}"
