from django.db import models
from django.utils import timezone

from desk.models.request import ClockName, Request


class Escalation(models.Model):
    """One rung of the ladder that was climbed: it fires once for each run of a clock."""

    request = models.ForeignKey(Request, models.CASCADE, related_name="escalations")
    clock = models.CharField(max_length=8, choices=ClockName)
    cycle = models.PositiveIntegerField()  # which run of the clock
    step = models.CharField(max_length=12)  # a rung of desk/clocks.py
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["request", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["request", "clock", "cycle", "step"], name="desk_rung_fires_once"
            )
        ]

    def __str__(self):
        return f"{self.request_id}: {self.clock} {self.cycle}, {self.step}"
