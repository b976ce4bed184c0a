"""The weekly mail: what a person who chose it was not told otherwise, and has not read."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from notifications.bounces import dead_addresses
from notifications.models import Channel, Mail, Notice, Preference
from notifications.quiet import week_begins
from notifications.sections import of_notice, sources
from notifications.services import holidays_from
from notifications.tokens import message_id
from people.calendar import office_hours
from people.models import User


def run_digests() -> int:
    """Write the weekly mails that are due; how many. The outbox sends them.

    Due is one on the first working day of the week at nine o'clock, once a week.
    """
    now = timezone.now()
    starts = _this_week(now)
    if now < starts:
        return 0
    due = Preference.objects.filter(
        mails=Preference.Mails.WEEKLY, digest_until__lt=starts, person__is_active=True
    ).exclude(person__email="")
    return sum(_write(pk, now=now, starts=starts) for pk in due.values_list("pk", flat=True))


def _this_week(now: datetime) -> datetime:
    day = week_begins(timezone.localdate(now), holidays_from(now))
    return office_hours(day)[0]


@transaction.atomic
def _write(pk: int, *, now: datetime, starts: datetime) -> bool:
    """One person's mail; none where there is nothing to tell."""
    wish = Preference.objects.select_for_update(of=("self",)).select_related("person").get(pk=pk)
    if wish.mails != Preference.Mails.WEEKLY or wish.digest_until >= starts:
        return False  # changed, or written by another worker, since the list was made
    person, since = wish.person, wish.digest_until
    wish.digest_until = now
    wish.save(update_fields=["digest_until"])
    ended = set(person.ended_sections.values_list("section", flat=True))
    _let_go(person, ended)
    notices = _unread(person)
    with override(person.language):
        told = set(notices.values_list("url", flat=True))
        items = [item for source in sources for item in source.new(person, since, ended)]
        items = [item for item in items if item["url"] not in told]
        subject = _("Your week in the pools")
    if not (notices.exists() or items) or dead_addresses([person.email]):
        return False
    mail = Mail.objects.create(
        kind=Mail.Kind.DIGEST,
        person=person,
        address=person.email,
        message_id=message_id(f"digest:{starts.date()}", person.pk),
        subject=subject,
        items=items,
    )
    notices.update(mail=mail)
    return True


def _waiting(person: User):
    return Notice.objects.filter(person=person, channel=Channel.DIGEST, mail__isnull=True)


def _let_go(person: User, ended: set[str]) -> None:
    """Of a section that the person ended nothing waits: set again, it brings what is new then."""
    waiting = _waiting(person).values_list("pk", "event") if ended else []
    gone = [pk for pk, event in waiting if of_notice(event) in ended]
    if gone:
        Notice.objects.filter(pk__in=gone).delete()


def _unread(person: User):
    """The rows of the digest that no mail brought yet and that were not read in the app."""
    read = person.notices.in_app().filter(read_at__isnull=False).values("event")
    return _waiting(person).exclude(event__in=read)
