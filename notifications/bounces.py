"""Mails that came back: counted by address; an address that fails is left alone.

A mail that came back for good counts two points, one that came back for now (a full mailbox)
one. With four points in thirty days nothing more is sent there, until the person or a
registrar says that it works again, or the registry has another address.
"""

import hashlib
from collections.abc import Iterable
from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Case, Count, Max, QuerySet, Sum, Value, When
from django.utils import timezone
from django.utils.translation import gettext as _

from notifications.models import Bounce, Channel, Mail, Notice
from people.models import User
from people.rules import may_keep_registry

HARD, SOFT = 2, 1  # points
DEAD_AT = 4  # points
WITHIN = timedelta(days=30)


def counted() -> QuerySet:
    """One row to an address that mails came back from: points, number, the last time."""
    recent = Bounce.objects.filter(forgiven_at__isnull=True, at__gte=timezone.now() - WITHIN)
    points = Sum(Case(When(hard=True, then=Value(HARD)), default=Value(SOFT)))
    return (
        recent.order_by()
        .values("address")
        .annotate(points=points, number=Count("pk"), last=Max("at"))
        .order_by("-last")
    )


def dead_addresses(addresses: Iterable[str]) -> set[str]:
    """Those of `addresses`, in small letters, to which nothing is sent for now."""
    asked = {address.lower() for address in addresses}
    rows = counted().filter(address__in=asked, points__gte=DEAD_AT)
    return {row["address"] for row in rows}


@transaction.atomic
def note_bounce(mail: Mail, *, hard: bool, reason: str) -> bool:
    """Note that `mail` came back; False where that was noted before.

    When its address is given up, its owner reads so in the app, as mail no longer reaches them.
    """
    address = mail.address.lower()
    _bounce, new = Bounce.objects.get_or_create(
        mail=mail, defaults={"address": address, "hard": hard, "reason": reason[:300]}
    )
    if not new:
        return False
    if mail.person and address in dead_addresses([address]):
        tell_of_dead_address(mail.person, address)
    return True


def tell_of_dead_address(person: User, address: str) -> None:
    """In the app only, and once for each series of bounces."""
    before = Bounce.objects.filter(address=address, forgiven_at__isnull=False).count()
    name = hashlib.sha256(address.encode()).hexdigest()[:12]
    Notice.objects.bulk_create(
        [
            Notice(
                event=f"mail:{name}:dead:{before}",
                person=person,
                channel=Channel.APP,
                title=_("Mails to you come back: nothing more is sent to your address"),
                reason=_("Your address is %(address)s.") % {"address": address},
                url="/notices/preferences/",
            )
        ],
        ignore_conflicts=True,
    )


def try_again(address: str, *, by: User) -> int:
    """Forgive what came back from `address`: mails go there again. How many were forgiven.

    Its owner and the registrars may; PermissionDenied for others.
    """
    if by.email.lower() != address.lower() and not may_keep_registry(by):
        raise PermissionDenied(_("Only the owner of the address and registrars can do this."))
    open_ones = Bounce.objects.filter(address=address.lower(), forgiven_at__isnull=True)
    return open_ones.update(forgiven_at=timezone.now())
