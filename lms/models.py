from django.db import models
from django.utils import timezone


class Heartbeat(models.Model):
    """When a background job last ended well; /readyz reads it."""

    name = models.CharField(max_length=60, primary_key=True)
    at = models.DateTimeField(default=timezone.now)

    def __str__(self):
        return self.name
