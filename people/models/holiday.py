from datetime import date

from django.db import models
from django.utils.translation import gettext_lazy as _


class HolidayManager(models.Manager):
    def days(self, first: date, last: date) -> frozenset[date]:
        """The days from `first` to `last`, both included, on which offices are closed."""
        kept = self.filter(kept=True, day__range=(first, last))
        return frozenset(kept.values_list("day", flat=True))


class Holiday(models.Model):
    """A day on which offices are closed. Some are announced late: registrars edit the table.

    A day that is struck out stays as a row with `kept` off, so that filling the table again
    from the calendar does not bring it back.
    """

    day = models.DateField(_("day"), unique=True)
    name = models.CharField(_("holiday"), max_length=120)
    kept = models.BooleanField(default=True, editable=False)

    objects = HolidayManager()

    class Meta:
        ordering = ["day"]

    def __str__(self):
        return f"{self.day}: {self.name}"
