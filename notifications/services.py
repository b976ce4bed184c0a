"""Telling people."""

from collections.abc import Iterable

from django.utils import timezone

from notifications.models import Notice


def notify(people: Iterable, *, event: str, title: str, reason: str, url: str) -> None:
    """Write one notice to each of `people`, in the caller's transaction.

    Safe to repeat: the same `event` reaches a person once. `reason` says why this
    person hears of it ("You are an expert of Networking").
    """
    Notice.objects.bulk_create(
        [
            Notice(event=event, person=person, title=title[:300], reason=reason[:200], url=url)
            for person in people
        ],
        ignore_conflicts=True,
    )


def redact(texts: Iterable[str], *, instead: str) -> int:
    """Take each of `texts` out of the titles of all notices, read or not; the number changed.

    For a text that was removed everywhere: a notice that repeats it says `instead`.
    """
    changed = 0
    for text in texts:
        changed += Notice.objects.filter(title__contains=text).update(title=instead)
    return changed


def mark_read(person, *, notice: Notice | None = None) -> int:
    """Mark one notice of `person`, or all of them, as read; the number that changed."""
    unread = person.notices.unread()
    if notice is not None:
        unread = unread.filter(pk=notice.pk)
    return unread.update(read_at=timezone.now())
