"""Writes of people's accounts."""

import secrets
from collections.abc import Iterable
from datetime import date, timedelta

from django.contrib.auth.hashers import check_password, make_password
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from people import rules
from people.models import Holiday, SignInCode, User

ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # nothing that is read as something else
CODE_LENGTH = 10
CODE_LASTS = timedelta(days=14)


@transaction.atomic
def hand_out_code(person: User, *, by: User) -> str:
    """A new one-time code for a first sign-in; it is shown once and an older one dies."""
    if not rules.may_keep_registry(by):
        raise PermissionDenied(_("Codes are handed out by the registrar."))
    code = "".join(secrets.choice(ALPHABET) for _position in range(CODE_LENGTH))
    SignInCode.objects.update_or_create(
        person=person,
        defaults={
            "code_hash": make_password(code),
            "expires_at": timezone.now() + CODE_LASTS,
            "tries_left": 10,
            "made_by": by,
        },
    )
    return code


@transaction.atomic
def redeem_code(employee_id: str, code: str, *, password: str) -> User | None:
    """The person whose code this is, with the new password set; None for any other code.

    A code works once, for 14 days, and dies after ten wrong tries.
    """
    row = (
        SignInCode.objects.select_for_update()
        .select_related("person")
        .filter(person__employee_id__iexact=employee_id.strip(), person__is_active=True)
        .first()
    )
    if row is None:
        make_password(code)  # an unknown ID takes as long as a known one
        return None
    if row.expires_at < timezone.now() or not row.tries_left:
        return None
    if not check_password(code.strip().upper(), row.code_hash):
        row.tries_left -= 1
        row.save(update_fields=["tries_left"])
        return None
    person = row.person
    person.set_password(password)
    person.save(update_fields=["password"])
    row.delete()
    return person


def fill_holidays(years: Iterable[int]) -> int:
    """Bring the public holidays of `years` into the table; how many were new.

    Safe to repeat: a day that somebody named or struck out stays as it is.
    """
    import holidays  # noqa: PLC0415 (all countries: half a second that no start waits for)

    before = Holiday.objects.count()
    known = holidays.country_holidays("BT", years=list(years), language="en_US")
    Holiday.objects.bulk_create(
        [Holiday(day=day, name=name[:120]) for day, name in known.items()], ignore_conflicts=True
    )
    return Holiday.objects.count() - before


def keep_holidays_filled() -> int:
    """The holidays of this year and the next two, for the worker."""
    year = timezone.localdate().year
    return fill_holidays(range(year, year + 3))


@transaction.atomic
def set_holiday(day: date, *, name: str, by: User) -> Holiday:
    """Name a day on which offices are closed. PermissionDenied for all but registrars."""
    _need_registry(by)
    row, _made = Holiday.objects.update_or_create(day=day, defaults={"name": name, "kept": True})
    return row


@transaction.atomic
def strike_holiday(holiday: Holiday, *, by: User) -> None:
    """Offices are open on this day after all. Safe to repeat."""
    _need_registry(by)
    Holiday.objects.filter(pk=holiday.pk).update(kept=False)


def _need_registry(person: User) -> None:
    if not rules.may_keep_registry(person):
        raise PermissionDenied(_("Holidays are kept by the registrar."))
