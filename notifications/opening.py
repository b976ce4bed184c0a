"""A mail that opens something new: opened, or held until its person says that it is theirs.

Who sent a mail cannot be known from its head. What everybody reads at once is therefore held,
and the address that the registry has gets a link; what goes to a few, such as a request, is
opened, and the receipt tells its person of it. Where the mail server doubts the sender, it is
held as well.
"""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from notifications import answering, doors, letters, tokens
from notifications.doors import Door, Letterbox
from notifications.models import IncomingFile, IncomingMail
from notifications.reading import Letter
from notifications.results import Outcome, Result, cid_key
from notifications.threads import NotTakenError
from people.files import drop
from people.models import User

LINK_HOLDS = timedelta(days=7)
MOST_FILES = 8  # of a held mail, as of a post


def take(letter: Letter, row: IncomingMail, sender: User | None, door: Door, name: str) -> Result:
    """What becomes of a mail to a door: posted, held, or answered with the reason."""
    if sender is None:
        return answering.refuse(letter, None, _unknown(letter.sender))
    title = doors.title_of(letter.subject)
    box = Letterbox(name, sender, title, letter.text.strip(), cid_key(row), letter.files)
    try:
        with transaction.atomic():
            if doors.answers_something(letter.subject, letter.references):
                raise NotTakenError(
                    _("It answers another mail. What is new begins with a new mail.")
                )
            if not box.body:
                raise NotTakenError(_("There is no text of yours in it, above what it quotes."))
            if door.proof or _is_doubted(letter):
                return _hold(letter, row, door, box)
            opened = door.open(box)
    except NotTakenError as error:
        return answering.refuse(letter, sender, str(error))
    told = " ".join(filter(None, (opened.told, left_out(letter))))
    text = _("%(told)s\n\n%(url)s\n\nIf this was not you, withdraw it there.")
    url = letters.absolute(opened.url)
    answering.send(letter, sender, text % {"told": told, "url": url}, thread=opened.thread)
    return Result(Outcome.POSTED, told, opened.url, person=sender, thread=opened.thread)


def keep_waiting(row: IncomingMail, person: User, letter: Letter) -> str:
    """Keep the files of a mail that is held; sentences about them for who decides on it."""
    full = _("A mail brings at most %(most)d files.")

    def keep(name: str, data: bytes) -> None:
        new = IncomingFile(mail=row, by=person)
        new.keep(name, data, there=row.files.all(), most=MOST_FILES, full=full)

    return " ".join(filter(None, (doors.keep_files(letter.files, keep).told, left_out(letter))))


def left_out(letter: Letter) -> str:
    """Attached mails are no files."""
    mails = letter.attachments > len(letter.files)
    return _("A mail that was attached was left out.") if mails else ""


def _is_doubted(letter: Letter) -> bool:
    """Whether our own mail server found that the sender's domain knows nothing of the mail."""
    return "dmarc=fail" in letter.headers.get("authentication-results", "").lower()


def _unknown(address: str) -> str:
    return _(
        "No account here has the address %(address)s. Write from the address that the registry "
        "has for you, or sign in and write on the page."
    ) % {"address": address}


def _hold(letter: Letter, row: IncomingMail, door: Door, box: Letterbox) -> Result:
    where = door.check(box)
    if answering.too_often(letter, box.person):
        reason = _("Too many mails of today wait for your word already. Write on the page.")
        return Result(Outcome.IGNORED, reason)
    link = reverse("notifications:confirm", args=[tokens.confirm_token(row.pk)])
    told = keep_waiting(row, box.person, letter)
    text = _(
        "“%(title)s” is not posted yet. Is it from you? Then open this address and post it "
        "to %(where)s:\n\n%(link)s\n\nThe link holds seven days. If it was not you, do nothing."
    )
    words = {"title": box.title, "where": where, "link": letters.absolute(link)}
    answering.send(letter, box.person, "\n\n".join(filter(None, (text % words, told))))
    waits = _("It waits until %(person)s opens the link that was mailed to the address on record.")
    return Result(
        Outcome.HELD,
        " ".join(filter(None, (waits % {"person": box.person.name}, told))),
        person=box.person,
        door=box.name,
        text=box.body,
    )


def waiting(token: str) -> IncomingMail | None:
    """The mail that a link was made for; None where it is not ours, or older than it holds."""
    pk = tokens.read_confirm_token(token)
    rows = IncomingMail.objects.exclude(door="").select_related("person")
    return rows.filter(pk=pk, received__gte=timezone.now() - LINK_HOLDS).first() if pk else None


@transaction.atomic
def confirm(row: IncomingMail, *, own: bool) -> IncomingMail:
    """Open what a held mail asks for, or drop it where its person says it is not theirs.

    Safe to repeat. NotTakenError where it can no longer be opened; TooManyError as on the page.
    """
    row = IncomingMail.objects.select_for_update(of=("self",)).get(pk=row.pk)
    if row.outcome != Outcome.HELD:
        return row
    row.outcome, row.reason = Outcome.REFUSED, _("Its person says: not from me.")
    if own:
        opened = _open(row)
        row.outcome, row.reason, row.url = Outcome.POSTED, opened.told, opened.url
        row.thread = opened.thread
    row.text, row.decided_by, row.decided_at = "", row.person, timezone.now()
    row.reason = row.reason[:400]
    row.save()
    drop(row.files.all())
    return row


@transaction.atomic
def drop_unopened() -> int:
    """Let go of the texts whose link nobody opened while it held; how many. Safe to repeat.

    The row stays: the same mail, sent again, is known.
    """
    late = IncomingMail.objects.filter(
        outcome=Outcome.HELD, received__lt=timezone.now() - LINK_HOLDS
    ).exclude(door="")
    if not late.exists():  # an update that changes nothing still locks the whole of SQLite
        return 0
    drop(IncomingFile.objects.filter(mail__in=late))
    reason = _("Nobody opened the link in seven days.")
    return late.update(outcome=Outcome.REFUSED, reason=reason, text="", decided_at=timezone.now())


def _open(row: IncomingMail) -> doors.Opened:
    found = doors.find([f"{row.door}@{settings.MAIL_DOMAIN.lower()}"])
    if found is None or row.person is None or not row.person.is_active:
        raise NotTakenError(_("It can no longer be posted."))
    title = doors.title_of(row.subject)
    files = row.files_with_bytes()
    return found[0].open(Letterbox(row.door, row.person, title, row.text, cid_key(row), files))
