"""What a virus scanner says of a file that was handed in."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Scanned(models.Model):
    """A row with a file that readers get once the scanner, where there is one, let it through."""

    class Scan(models.TextChoices):
        NONE = "", _("nothing to be done")
        WAITING = "waiting", _("waits for the virus scanner")
        INFECTED = "infected", _("kept away: the virus scanner found something")

    scan = models.CharField(max_length=8, choices=Scan, default=Scan.NONE, blank=True)

    class Meta:
        abstract = True

    @property
    def is_kept_away(self) -> bool:
        """Nobody gets the file, neither readers nor who handed it in."""
        return self.scan != self.Scan.NONE
