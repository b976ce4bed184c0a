"""What the worker does for mail: hand each waiting mail to the mail server, at most once.

Each try is claimed by a lease and written down before it begins. The last thing before the
text leaves is a commit that says so. A worker that is killed before that leaves a mail that is
tried again; one that is killed after it leaves a mail of which nobody can know whether the
server took it: that one is not sent again, for it stands in the app too, and is counted on the
registrar's page. docs/guides/mail.md says why.
"""

import logging
import smtplib
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from notifications import letters
from notifications.bounces import dead_addresses, note_bounce
from notifications.models import Mail, MailAttempt, Preference
from notifications.services import wishes_of

logger = logging.getLogger(__name__)
BATCH = 50  # mails of one round, so that the worker's other jobs have their turn
LEASE = timedelta(minutes=5)
PAUSES = [timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 480, 1440, 1440, 1440)]
LONGEST_REST = 2  # which of PAUSES: no mail is given up because the server is away
State = Mail.State


class TakenError(Exception):
    """The lease was over and somebody else has the mail: ours must not go out."""


class SmtpBackend(EmailBackend):
    """Django's SMTP, which calls `before_text` when all is agreed and only the text is left."""

    before_text: Callable[[], None]

    @property
    def connection_class(self):
        backend = self

        class Telling(super().connection_class):  # type: ignore[misc]
            def data(self, msg):
                backend.before_text()
                return super().data(msg)

        return Telling


def deliver() -> int:
    """Hand over the mails that are due; how many the server took."""
    mails = Mail.objects.due(timezone.now()).values_list("pk", flat=True)
    waiting = list(mails[:BATCH])
    settle_cut_off()
    if not waiting:
        return 0
    connection = get_connection(_backend())
    try:
        connection.open()
    except OSError as error:  # smtplib's errors are of this kind
        _rest(error)
        return 0
    try:
        return sum(_hand_over(pk, connection) for pk in waiting)
    finally:
        connection.close()


def _backend() -> str:
    ours = f"{SmtpBackend.__module__}.{SmtpBackend.__qualname__}"
    smtp = f"{EmailBackend.__module__}.{EmailBackend.__qualname__}"
    return ours if smtp == settings.EMAIL_BACKEND else settings.EMAIL_BACKEND


def settle_cut_off() -> int:
    """Mails that a killed worker had begun to hand over: nobody knows, nobody sends them again."""
    cut_off = Mail.objects.filter(state=State.HANDED_OVER, claimed_until__lt=timezone.now())
    if not cut_off.exists():  # an update that changes nothing still locks the whole of SQLite
        return 0
    return cut_off.update(state=State.UNKNOWN, claim=None, claimed_until=None)


def _hand_over(pk: int, connection: BaseEmailBackend) -> bool:
    claimed = _claim(pk)
    if claimed is None:
        return False
    mail, attempt = claimed
    unwanted = why_unwanted(mail)
    if unwanted:
        _end(mail, attempt, State.DROPPED, unwanted)
        return False
    letter = letters.write(mail)
    before = _before_text(mail, attempt)
    if isinstance(connection, SmtpBackend):
        connection.before_text = before
    else:
        before()
    try:
        connection.open()  # again, after a failure: else Django opens and closes it for each mail
        connection.send_messages([letter])
    except TakenError:
        connection.close()
        attempt.ended, attempt.reply = timezone.now(), "another worker has it"
        attempt.save(update_fields=["ended", "reply"])
        return False
    except ValueError as error:  # an address or a header that no mail can have
        _end(mail, attempt, State.REFUSED, str(error))
        return False
    except (smtplib.SMTPException, OSError) as error:
        connection.close()  # what the server still expects is not known: the next one begins anew
        _fail(mail, attempt, error)
        return False
    _end(mail, attempt, State.SENT, "taken")
    return True


def _claim(pk: int) -> tuple[Mail, MailAttempt] | None:
    """The mail, ours for the length of a lease, and the try written down; None if not free."""
    now, claim = timezone.now(), uuid.uuid4()
    with transaction.atomic():
        if (
            not Mail.objects.due(now)
            .order_by()
            .filter(pk=pk)
            .update(claim=claim, claimed_until=now + LEASE)
        ):
            return None
        mail = Mail.objects.select_related("person").get(pk=pk)
        return mail, mail.journal.create(begun=now)


def _before_text(mail: Mail, attempt: MailAttempt) -> Callable[[], None]:
    """What is committed before the text leaves: only who still holds the claim may go on."""

    def commit() -> None:
        now = timezone.now()
        with transaction.atomic():
            mine = Mail.objects.filter(pk=mail.pk, claim=mail.claim, state=State.WAITING)
            if not mine.update(state=State.HANDED_OVER, claimed_until=now + LEASE):
                raise TakenError
            mail.state = State.HANDED_OVER
            attempt.handed_over = now
            attempt.save(update_fields=["handed_over"])

    return commit


def why_unwanted(mail: Mail) -> str:
    """Why a waiting mail is no longer to go out; empty when it is. Asked when it goes."""
    if mail.address.lower() in dead_addresses([mail.address]):
        return "mails to this address come back"
    person = mail.person
    if person is None or mail.kind == Mail.Kind.ANSWER:
        return ""
    if not person.is_active or person.email.lower() != mail.address.lower():
        return "the person left or has another address"
    wish = wishes_of([person])[person.pk]
    if wish.mails == Preference.Mails.NONE:
        return "the person wants no mail"
    if not letters.may_read(mail, person):
        return "the person may no longer read it"
    return ""


def _fail(mail: Mail, attempt: MailAttempt, error: Exception) -> None:
    code, words = _said(error)
    answered = code is not None
    if mail.state == State.HANDED_OVER and not answered:
        _end(mail, attempt, State.UNKNOWN, words)
    elif answered and 500 <= code < 600:
        _end(mail, attempt, State.REFUSED, words)
        if isinstance(error, smtplib.SMTPRecipientsRefused):
            note_bounce(mail, hard=True, reason=words)
    elif mail.attempts >= len(PAUSES):
        _end(mail, attempt, State.GIVEN_UP, words)
        if isinstance(error, smtplib.SMTPRecipientsRefused):
            note_bounce(mail, hard=False, reason=words)
    else:
        due = timezone.now() + PAUSES[mail.attempts]
        _end(mail, attempt, State.WAITING, words, due=due, attempts=mail.attempts + 1)
    logger.warning("Mail %d: %s", mail.pk, words)


def _said(error: Exception) -> tuple[Any, str]:
    """The code that the server answered with, None if the line went away, and its words."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return _reply(*next(iter(error.recipients.values())))
    if isinstance(error, smtplib.SMTPResponseException):
        return _reply(error.smtp_code, error.smtp_error)
    return None, f"{type(error).__name__}: {error}"


def _reply(code: int, words: bytes | str) -> tuple[int | None, str]:
    """smtplib gives -1 as code where the server said nothing that it understands."""
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return (code if code > 0 else None), f"{code} {text}"


def _end(mail: Mail, attempt: MailAttempt, state: str, reply: str, **changes: Any) -> None:
    """How the try ended. Only who holds the claim writes: a lease that was over is not ours."""
    now = timezone.now()
    changes |= {"state": state, "claim": None, "claimed_until": None}
    if state == State.SENT:
        changes["sent_at"] = now
    else:
        changes["error"] = reply[:300]
    with transaction.atomic():
        Mail.objects.filter(pk=mail.pk, claim=mail.claim).update(**changes)
        attempt.ended, attempt.reply = now, reply[:300]
        attempt.save(update_fields=["ended", "reply"])


def _rest(error: Exception) -> None:
    """The server does not answer: all that waits has a pause, the longer the longer it lasts."""
    now = timezone.now()
    mails = Mail.objects.due(now)
    oldest = mails.order_by("pk").first()
    if oldest is None:
        return
    oldest.journal.create(begun=now, ended=now, reply=f"{error}"[:300])
    pause = PAUSES[min(oldest.attempts, LONGEST_REST)]
    mails.order_by().update(due=now + pause)
    Mail.objects.filter(pk=oldest.pk, attempts__lt=LONGEST_REST).update(attempts=F("attempts") + 1)
    logger.warning("The mail server does not answer, mail waits %s: %s", pause, error)
