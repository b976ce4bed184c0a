"""Silence and suspension. Both hold from the commit on: every request and command looks."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from moderation import rules
from moderation.models import Act, Restriction
from notifications.services import notify
from people.models import User

Kind = Restriction.Kind


@transaction.atomic
def restrict(person: User, *, kind: str, until: datetime, reason: str, by: User) -> Restriction:
    """Silence or suspend `person` until a moment; one that holds already is replaced.

    The same again changes nothing. PermissionDenied unless `by` may; ValueError where `until`
    is over.
    """
    (person,) = User.objects.lock(person.pk)
    if not rules.may_restrict(by, person):
        raise PermissionDenied(_("Only moderators and administrators silence or suspend others."))
    now = timezone.now()
    if until <= now:
        raise ValueError("a restriction ends in the future")
    open_row = person.restrictions.filter(kind=kind, ended_at=None).first()
    if open_row and (open_row.until, open_row.reason) == (until, reason):
        return open_row
    if open_row:
        _end(open_row, by, now)
    row = Restriction.objects.create(
        person=person, kind=kind, begins=now, until=until, reason=reason, by=by
    )
    Act.objects.create(
        verb=Act.Verb(kind), person=person, by=by, reason=reason, data={"until": until.isoformat()}
    )
    notify(
        [person],
        event=f"restriction:{row.pk}",
        title=_("%(what)s until %(until)s")
        % {
            "what": row.get_kind_display(),
            "until": date_format(timezone.localtime(until), "j F Y, H:i"),
        },
        reason=reason,
        url=reverse("moderation:mine"),
    )
    return row


@transaction.atomic
def lift(restriction: Restriction, *, by: User) -> Restriction:
    """End a restriction early. Safe to repeat."""
    row = Restriction.objects.select_for_update(of=("self",)).get(pk=restriction.pk)
    if not rules.may_restrict(by, row.person):
        raise PermissionDenied(_("Only moderators and administrators lift a restriction."))
    if row.ended_at is None:
        _end(row, by, timezone.now())
        Act.objects.create(verb=Act.Verb.LIFT, person=row.person, by=by, data={"kind": row.kind})
    return row


def _end(row: Restriction, by: User, at: datetime) -> None:
    row.ended_at, row.ended_by = at, by
    row.save(update_fields=["ended_at", "ended_by"])


def suspension_of(person: User) -> Restriction | None:
    """What keeps `person` from signing in now."""
    return person.restrictions.in_force().filter(kind=Kind.SUSPEND).first()
