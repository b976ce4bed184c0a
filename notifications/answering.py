"""What goes back to the writer of a mail."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from notifications import letters, tokens
from notifications.models import Mail
from notifications.reading import Letter
from notifications.results import Outcome, Result
from people.models import User

# To one address: two programs never answer each other for long, and a stranger whose address
# somebody else put on many mails hears of one.
ANSWERS_A_DAY = 5
ANSWERS_A_DAY_TO_STRANGERS = 1


def refuse(letter: Letter, sender: User | None, reason: str, *, thread: str = "") -> Result:
    """Say to the writer why the mail was not taken, a few times a day at the most."""
    if too_often(letter, sender):
        return Result(
            Outcome.IGNORED,
            _("%(reason)s It was answered often enough today.") % {"reason": reason},
        )
    text = _("Your mail was not taken in. %(reason)s\n\n%(site)s")
    send(letter, sender, text % {"reason": reason, "site": settings.SITE_URL})
    return Result(Outcome.ANSWERED, reason, person=sender, thread=thread)


def too_often(letter: Letter, sender: User | None) -> bool:
    """Whether the address of `letter` had its answers of today. Receipts are not counted."""
    day = timezone.now() - timedelta(days=1)
    before = Mail.objects.filter(
        kind=Mail.Kind.ANSWER, thread="", address__iexact=letter.sender, created__gte=day
    )
    return before.count() >= (ANSWERS_A_DAY if sender else ANSWERS_A_DAY_TO_STRANGERS)


def send(letter: Letter, sender: User | None, text: str, *, thread: str = "") -> None:
    """Answer `letter` at once: to the address on record, or to a stranger's own.

    With a `thread` the mail is a receipt, and a reply to it lands there.
    """
    Mail.objects.create(
        kind=Mail.Kind.ANSWER,
        person=sender,
        address=sender.email if sender else letter.sender,
        message_id=tokens.message_id(f"answer:{letter.digest}", "0"),
        subject=letters.answer_subject(letter.subject)[:300],
        thread=thread,
        text=text,
        answers=letter.message_id,
        urgent=True,  # whoever just wrote is at work
    )
