"""Telling people."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from notifications import threads
from notifications.bounces import dead_addresses
from notifications.models import Channel, IncomingMail, Mail, Notice, Preference
from notifications.quiet import next_open
from notifications.tokens import message_id
from people.models import Holiday, User

URGENT = "urgent"
NORMAL = "normal"
AHEAD = timedelta(days=30)  # no row of holidays is longer


@transaction.atomic(savepoint=False)
def notify(
    people: Iterable,
    *,
    event: str,
    title: str,
    reason: str,
    url: str,
    urgency: str = NORMAL,
    thread: str = "",
) -> None:
    """Write the notices of `people`, one to each on each channel, in the caller's transaction.

    Safe to repeat: the same `event` reaches a person once on a channel. `reason` says why this
    person hears of it ("You are an expert of Networking"). Urgent ones do not wait for working
    hours, nor for the weekly mail. `thread` ("topic:17") lets mail programs show together what
    belongs together, and lets people reply by mail: notifications/threads.py.
    """
    told = list(people)
    texts = {"event": event, "title": title[:300], "reason": reason[:200], "url": url}
    Notice.objects.bulk_create(
        [Notice(person=person, **texts) for person in told], ignore_conflicts=True
    )
    _notify_by_mail(told, texts, urgent=urgency == URGENT, thread=thread)


def _notify_by_mail(told: Sequence[User], texts: dict, *, urgent: bool, thread: str) -> None:
    """The rows of the mail and digest channels, for those who want and can have mail."""
    reachable = [person for person in told if person.email and person.is_active]
    if not reachable:
        return
    wishes = wishes_of(reachable)
    dead = dead_addresses(person.email for person in reachable)
    reachable = [person for person in reachable if person.email.lower() not in dead]
    at_once = [person for person in reachable if _at_once(wishes[person.pk], urgent)]
    weekly = [
        person
        for person in reachable
        if wishes[person.pk].mails == Preference.Mails.WEEKLY and not urgent
    ]
    digest = [Notice(person=person, channel=Channel.DIGEST, **texts) for person in weekly]
    Notice.objects.bulk_create(digest, ignore_conflicts=True)
    if not at_once:
        return
    subject = _subject(thread, texts["title"])
    now = timezone.now()
    opens = next_open(now, holidays_from(now))
    mails = [
        Mail(
            kind=Mail.Kind.NOTICE,
            person=person,
            address=person.email,
            message_id=message_id(texts["event"], person.pk),
            event=texts["event"],
            thread=thread,
            subject=subject,
            urgent=urgent,
            due=now if urgent or not wishes[person.pk].quiet else opens,
        )
        for person in at_once
    ]
    Mail.objects.bulk_create(mails, ignore_conflicts=True)
    written = Mail.objects.filter(message_id__in=[mail.message_id for mail in mails])
    keys = dict(written.values_list("person", "pk"))
    Notice.objects.bulk_create(
        [
            Notice(person=person, channel=Channel.MAIL, mail_id=keys[person.pk], **texts)
            for person in at_once
        ],
        ignore_conflicts=True,
    )


def redact(texts: Collection[str], *, instead: str) -> int:
    """Take each of `texts` out of all notices and mails, told or not; the number changed.

    For a text that was removed everywhere: a title or subject that repeats it says `instead`.
    """
    changed = 0
    for text in texts:
        changed += Notice.objects.filter(title__contains=text).update(title=instead)
        for kind in (Mail, IncomingMail):
            changed += kind.objects.filter(subject__contains=text).update(subject=instead)
    return changed + _redact_lists(texts, instead)


def _redact_lists(texts: Collection[str], instead: str) -> int:
    """The weekly mails whose list names one of `texts`; JSON is not searched as it reads."""
    changed = 0
    for mail in Mail.objects.filter(kind=Mail.Kind.DIGEST).exclude(items=[]).iterator():
        items = [
            item | {"title": instead} if any(text in item["title"] for text in texts) else item
            for item in mail.items
        ]
        if items != mail.items:
            mail.items = items
            mail.save(update_fields=["items"])
            changed += 1
    return changed


def _at_once(wish: Preference, urgent: bool) -> bool:
    if wish.mails == Preference.Mails.NONE:
        return False
    return urgent or wish.mails == Preference.Mails.AT_ONCE


def _subject(thread: str, title: str) -> str:
    """The thread's own subject: mail programs part what has another one."""
    found = threads.find(thread)
    return ((found[0].subject(found[1]) if found else "") or title)[:300]


def holidays_from(moment: datetime) -> frozenset[date]:
    day = timezone.localdate(moment)
    return Holiday.objects.days(day - timedelta(days=7), day + AHEAD)


def wishes_of(people: Iterable[User]) -> dict[int, Preference]:
    """What each of `people` wants by mail, the defaults for those who never said."""
    wishes = {person.pk: Preference(person=person) for person in people}
    wishes |= {row.person_id: row for row in Preference.objects.filter(person__in=list(wishes))}
    return wishes


@transaction.atomic
def set_preference(person: User, *, mails: str, quiet: bool) -> Preference:
    """Change what `person` wants by mail; who begins with the weekly mail hears from now on."""
    row, _created = Preference.objects.select_for_update().get_or_create(person=person)
    if mails == Preference.Mails.WEEKLY and row.mails != mails:
        row.digest_until = timezone.now()
    row.mails, row.quiet = mails, quiet
    row.save(update_fields=["mails", "quiet", "digest_until"])
    return row


def mark_read(person, *, notice: Notice | None = None) -> int:
    """Mark one notice of `person`, or all of them, as read; the number that changed."""
    unread = person.notices.unread()
    if notice is not None:
        unread = unread.filter(pk=notice.pk)
    return unread.update(read_at=timezone.now())
