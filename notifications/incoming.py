"""What becomes of a mail that comes in: posted, held, ignored, answered, or counted as a bounce.

A mail is taken once: its Message-ID and its content are kept, and all that follows from it is
written in the same transaction. A reply finds its place by the signed address that it was sent
to, then by the mail of ours that it answers, then by the signed token in its subject; it never
becomes something new. What is no reply and goes to an address that opens something is taken in
notifications/opening.py. Only mail that its person sent is posted without a look: what comes from
another address is held for a registrar.
"""

import hashlib
from collections.abc import Iterable

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from notifications import answering, doors, letters, opening, threads, tokens
from notifications.answering import refuse
from notifications.automatic import looks_like_bounce, why_automatic
from notifications.bounces import note_bounce
from notifications.models import IncomingMail, Mail
from notifications.reading import Letter, UnreadableMailError, headers_only, read
from notifications.results import Outcome, Result, cid_key
from notifications.rules import need_mail_keeper
from notifications.services import notify
from notifications.threads import NotTakenError, Replied
from people.files import drop
from people.models import User


def receive(raw: bytes) -> Result:
    """Take one mail in. Safe to repeat: the second time it is ignored."""
    try:
        letter, too_big = read(raw), ""
    except UnreadableMailError as error:
        letter, too_big = headers_only(raw), str(error)
    digest = hashlib.sha256(raw).hexdigest() if too_big else letter.digest
    try:
        with transaction.atomic():
            row = IncomingMail.objects.create(
                message_id=letter.message_id or None,
                digest=digest,
                sender=letter.sender,
                subject=tokens.without_token(letter.subject),  # others read it: it is a secret
            )
            result = _refuse_unread(letter, too_big) if too_big else _decide(letter, row)
            _keep(row, result)
    except IntegrityError:
        known = _known(letter, digest)
        if known is None:  # not a repeat: something else is wrong, and is not ours to hide
            raise
        return Result(Outcome.IGNORED, _("This mail was received before."), known.url)
    return result


def _known(letter: Letter, digest: str) -> IncomingMail | None:
    by_id = IncomingMail.objects.filter(message_id=letter.message_id or None)
    same = IncomingMail.objects.filter(digest=digest)
    return (by_id.first() if letter.message_id else None) or same.first()


def _keep(row: IncomingMail, result: Result) -> None:
    row.outcome, row.reason, row.url = result.outcome, result.reason[:400], result.url
    row.person, row.thread, row.door = result.person, result.thread, result.door
    row.text = result.text
    row.save(update_fields=["outcome", "reason", "url", "person", "thread", "door", "text"])
    if result.outcome == Outcome.HELD and not row.door:  # what opens a door waits for its person
        _tell_of_held(row)


# --- The way of a mail -------------------------------------------------------------------------


def _decide(letter: Letter, row: IncomingMail) -> Result:
    bounce = _bounce(letter)
    if bounce:
        return bounce
    automatic = why_automatic(letter)
    if automatic:
        return Result(Outcome.IGNORED, _("No person wrote this mail: %s.") % automatic)
    if not _is_address(letter.sender) or letter.senders > 1:
        return Result(Outcome.IGNORED, _("It does not say who sent it."))
    if letter.sender.endswith(f"@{tokens.host()}"):
        return Result(Outcome.IGNORED, _("It was sent from here."))
    sender = _writer_of(letter)
    place = _place(letter)
    with translation.override(sender.language if sender else settings.LANGUAGE_CODE):
        if place:
            return _reply(letter, row, sender, place)
        door = doors.find(letter.recipients)
        if door is None or _names_token(letter):
            return refuse(letter, sender, _without_place(letter))
        return opening.take(letter, row, sender, *door)


def _writer_of(letter: Letter) -> User | None:
    return User.objects.filter(email__iexact=letter.sender, is_active=True).first()


def _is_address(sender: str) -> bool:
    try:
        validate_email(sender)
    except ValidationError:
        return False
    return True


def _bounce(letter: Letter) -> Result | None:
    """A mail of ours that came back, or a report that one is late."""
    report = letter.report
    addressed = [tokens.read_bounce_token(address) for address in letter.recipients]
    numbers = [number for number in addressed if number is not None]
    # An out-of-office note comes to the return address as well, and is no bounce.
    if report is None and not looks_like_bounce(letter):
        return None
    if report is not None and not report.failed:
        return Result(Outcome.IGNORED, _("A mail server reports that a mail is on its way."))
    found = Mail.objects.filter(pk__in=numbers) | Mail.objects.filter(
        message_id__in=report.message_ids if report else letter.references
    )
    mail = found.select_related("person").first()
    if mail is None:
        return Result(Outcome.BOUNCED, _("A mail came back that is not known here."))
    hard = report.hard if report else True
    reason = report.reason if report else letter.subject
    note_bounce(mail, hard=hard, reason=reason)
    return Result(
        Outcome.BOUNCED,
        _("A mail to %(address)s came back: %(reason)s")
        % {"address": mail.address, "reason": reason},
        person=mail.person,
    )


def _place(letter: Letter) -> tokens.Place | None:
    for address in letter.recipients:
        place = tokens.read_reply_token(address)
        if place:
            return place
    ours = {
        mail.message_id: tokens.Place(mail.thread, mail.person_id)
        for mail in Mail.objects.filter(message_id__in=letter.references)
        if mail.person_id
    }
    for reference in letter.references:  # the nearest first
        if reference in ours:
            return ours[reference]
    return tokens.read_reply_token(letter.subject)


def _names_token(letter: Letter) -> bool:
    return any(tokens.names_token(text) for text in (*letter.recipients, letter.subject))


def _without_place(letter: Letter) -> str:
    if _names_token(letter):
        return _("The address that you replied to was changed on the way and is not valid.")
    if letter.references:
        return _("Your mail answers one that was not sent from here.")
    return _("Your mail does not say what it answers. Ask on the page of a pool.")


def _reply(letter: Letter, row: IncomingMail, sender: User | None, place: tokens.Place) -> Result:
    person = User.objects.filter(pk=place.person_id, is_active=True).first()
    if person is None:
        return refuse(letter, sender, _("The account that was written to is closed."))
    if person != sender:
        held = _("It was sent from %(sender)s, which is not the address of %(person)s.")
        held %= {"sender": letter.sender, "person": person.name}
        return Result(
            Outcome.HELD,
            f"{held} {opening.keep_waiting(row, person, letter)}".strip(),
            person=person,
            thread=place.thread,
            text=letter.text,
        )
    try:
        with transaction.atomic():
            replied = post(
                place.thread,
                person=person,
                text=letter.text,
                key=cid_key(row),
                files=letter.files,
            )
    except NotTakenError as error:
        return refuse(letter, sender, str(error), thread=place.thread)
    without = opening.left_out(letter)
    reason = " ".join(filter(None, (_("Posted as your reply."), replied.told, without)))
    if without or not replied.whole:  # nobody else would tell its writer
        text = f"{reason}\n\n{letters.absolute(replied.url)}"
        answering.send(letter, person, text, thread=place.thread)
    return Result(Outcome.POSTED, reason, replied.url, person=person, thread=place.thread)


def post(
    thread: str, *, person: User, text: str, key: str, files: Iterable[tuple[str, bytes]]
) -> Replied:
    """Give a reply and its files to the room that its thread belongs to. NotTakenError says why
    it is not taken."""
    if not text.strip():
        raise NotTakenError(_("There is no text of yours in it, above what it quotes."))
    found = threads.find(thread)
    if found is None or not found[0].visible_to(found[1], person):
        raise NotTakenError(_("What you replied to is not there any more, or not for you."))
    return found[0].reply(found[1], person=person, body=text, key=key, files=files)


def _refuse_unread(letter: Letter, why: str) -> Result:
    reason = _("Your mail could not be read: %s. Write on the page instead.") % why
    if not _is_address(letter.sender) or why_automatic(letter):
        return Result(Outcome.IGNORED, reason)
    sender = _writer_of(letter)
    return refuse(letter, sender, reason)


# --- Held mails --------------------------------------------------------------------------------


def _tell_of_held(row: IncomingMail) -> None:
    notify(
        User.objects.filter(groups__name="registrar", is_active=True),
        event=f"mail:{row.pk}:held",
        title=_("A mail is held: %(subject)s") % {"subject": row.subject},
        reason=_("You keep the registry."),
        url="/notices/mails/",
    )


def decide_held(row: IncomingMail, *, by: User, accept: bool) -> IncomingMail:
    """Post a held mail in the name of its person, or refuse it. Safe to repeat.

    PermissionDenied for all but registrars; NotTakenError where it can no longer be posted.
    """
    need_mail_keeper(by)
    with transaction.atomic():
        row = IncomingMail.objects.select_for_update(of=("self",)).get(pk=row.pk)
        if row.outcome != Outcome.HELD:
            return row
        row.outcome, row.reason = Outcome.REFUSED, _("Refused after a look.")
        if accept:
            if row.person is None:
                raise NotTakenError(_("The account that was written to is closed."))
            replied = post(
                row.thread,
                person=row.person,
                text=row.text,
                key=cid_key(row),
                files=row.files_with_bytes(),
            )
            row.url, row.outcome = replied.url, Outcome.POSTED
            row.reason = f"{_('Posted after a look.')} {replied.told}".strip()[:400]
        row.text, row.decided_by, row.decided_at = "", by, timezone.now()
        row.save()
        drop(row.files.all())
    return row
