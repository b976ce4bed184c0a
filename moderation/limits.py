"""Whether somebody may write now: nobody who is silenced, and nobody faster than the rates.

Services of all rooms ask `admit` in the transaction of the write: an act that fails costs
nothing, and of many at once exactly as many pass as the rate allows.
"""

from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from moderation.models import Allowance, Restriction
from moderation.rates import Rate, spend
from people.models import User

RATES = {
    "topic": Rate(timedelta(minutes=2), 6),
    "post": Rate(timedelta(seconds=15), 12),
    "message": Rate(timedelta(seconds=15), 12),  # at a request
    "request": Rate(timedelta(minutes=2), 6),
    "edit": Rate(timedelta(seconds=10), 20),
    "flag": Rate(timedelta(minutes=72), 20),  # twenty a day
    "question": Rate(timedelta(seconds=10), 3),  # in live sessions
}


class SilencedError(PermissionDenied):
    """The person is silenced or suspended; the message says until when and why."""


class TooManyError(Exception):
    """Faster than the rate of the action: `wait` says how long until the next."""

    def __init__(self, wait: timedelta):
        super().__init__(f"{wait.total_seconds():.1f} s")
        self.wait = wait


def admit(person: User, action: str) -> None:
    """Let one `action` (a key of RATES) pass, or raise SilencedError or TooManyError."""
    check_not_silenced(person)
    Allowance.objects.bulk_create(
        [Allowance(person=person, action=action, due=timezone.now())], ignore_conflicts=True
    )
    row = Allowance.objects.select_for_update().get(person=person, action=action)
    # Under the lock: of many at once none has a clock behind the one before.
    due, wait = spend(row.due, timezone.now(), RATES[action])
    if wait > timedelta(0):
        raise TooManyError(wait)
    row.due = due
    row.save(update_fields=["due"])


def check_not_silenced(person: User) -> None:
    """SilencedError for one who may write nothing now. Asked at every write, not at sign-in."""
    row = Restriction.objects.in_force().filter(person=person).order_by("-until").first()
    if row:
        raise SilencedError(
            _("You cannot write here until %(until)s. Reason: %(reason)s")
            % {
                "until": date_format(timezone.localtime(row.until), "j F Y, H:i"),
                "reason": row.reason,
            }
        )
