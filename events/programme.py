"""Writes of editions and talks by who keeps the programme."""

from datetime import timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from events import rules
from events.models import Edition, Talk
from events.schedule.applying import RESERVED_EDITIONS
from people.models import Audience, User
from people.slugs import free_slug

EDITION_FIELDS = (
    "title", "place", "starts", "ends", "time_zone", "intro", "call_text", "call_opens",
    "call_closes",
)  # fmt: skip
TALK_FIELDS = ("title", "subtitle", "abstract", "track", "starts", "minutes", "room")
LONGEST_TALK = timedelta(days=2)  # nothing that began before can still run


@transaction.atomic
def new_edition(*, by: User, **fields: Any) -> Edition:
    """A conference; sent twice, the same title on the same days is the same conference."""
    need_keeper(by)
    User.objects.lock(by.pk)  # sent twice at once, it is one conference
    known = Edition.objects.filter(
        title=fields["title"], starts=fields["starts"], ends=fields["ends"]
    ).first()
    if known:
        return known
    taken = set(Edition.objects.values_list("slug", flat=True)) | RESERVED_EDITIONS
    edition = Edition(slug=free_slug(fields["title"], "conference", taken, longest=70))
    return _write(edition, fields)


@transaction.atomic
def change_edition(edition: Edition, *, by: User, **fields: Any) -> Edition:
    need_keeper(by)
    return _write(Edition.objects.select_for_update().get(pk=edition.pk), fields)


def _write(edition: Edition, fields: dict[str, Any]) -> Edition:
    for name in EDITION_FIELDS:
        setattr(edition, name, fields[name])
    edition.year = edition.starts.year
    edition.audience = Audience.objects.of(*fields["audience"].split())
    edition.save()
    return edition


@transaction.atomic
def change_talk(talk: Talk, *, by: User, **fields: Any) -> list[str]:
    """Write the talk; what clashes with it now, in words. A clash is told, not forbidden."""
    need_keeper(by)
    talk = Talk.objects.select_for_update().select_related("edition").get(pk=talk.pk)
    moved = talk.starts != fields["starts"]
    for name in TALK_FIELDS:
        setattr(talk, name, fields[name])
    if moved:
        when = talk.starts.astimezone(talk.edition.zone).date()
        talk.day = talk.edition.days.filter(date=when).first()
    talk.save(update_fields=[*TALK_FIELDS, "day"])
    return clashes_with(talk)


def clashes_with(talk: Talk) -> list[str]:
    """Talks at the same time in the same room or of the same speaker, in words."""
    near = (
        talk.edition.talks.on()
        .exclude(pk=talk.pk)
        .filter(starts__lt=talk.ends, starts__gt=talk.starts - LONGEST_TALK)
    )
    at_once = [other for other in near.prefetch_related("speakers") if other.ends > talk.starts]
    speakers = set(talk.speakers.all())
    found = []
    for other in at_once:
        if talk.room and other.room == talk.room:
            found.append(
                _("%(room)s has “%(talk)s” at the same time.")
                % {"room": talk.room, "talk": other.title}
            )
        found += [
            _("%(who)s gives “%(talk)s” at the same time.") % {"who": who, "talk": other.title}
            for who in other.speakers.all()
            if who in speakers
        ]
    return found


def need_keeper(by: User) -> None:
    if not rules.may_keep(by):
        raise PermissionDenied(_("Only who keeps the programme can change it."))
