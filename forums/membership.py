"""Writes of pool membership: joining, leaving, and who serves."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from forums import rules
from forums.audiences import forget_roles
from forums.models import ExpertPool, PoolMembership
from people.models import User

Role = PoolMembership.Role


class LastLeadError(Exception):
    """A pool is never without a lead: somebody else becomes it first."""


@transaction.atomic
def join(pool: ExpertPool, *, person: User) -> PoolMembership:
    """Become a member by oneself; whoever is in the pool already stays what they are."""
    return _begin(pool, person, Role.MEMBER)


@transaction.atomic
def serve(pool: ExpertPool, *, person: User) -> PoolMembership:
    """Become an expert, out of a member or out of nothing; who serves already stays what they are.

    forums/serving.py says who may.
    """
    ExpertPool.objects.select_for_update(of=("self",)).get(pk=pool.pk)
    now = _open(pool, person)
    if now and now.role != Role.MEMBER:
        return now
    if now:
        now.ends = timezone.localdate()
        now.save(update_fields=["ends"])
    return _begin(pool, person, Role.EXPERT)


@transaction.atomic
def leave(pool: ExpertPool, *, person: User) -> None:
    """End one's own membership, whatever it is; repeating changes nothing."""
    _set(pool, person, None)


@transaction.atomic
def set_role(pool: ExpertPool, *, person: User, role: str | None, by: User) -> None:
    """Make `person` member, expert or lead of `pool`, or none of it (`role` None).

    The former membership ends and stays on record. PermissionDenied unless `by` leads the pool
    or is an administrator; LastLeadError where the pool would be left without a lead.
    """
    if not rules.may_manage(by, pool):
        raise PermissionDenied(
            _("Only the lead of the pool or an administrator can say who serves.")
        )
    _set(pool, person, role)


def _set(pool: ExpertPool, person: User, role: str | None) -> None:
    ExpertPool.objects.select_for_update(of=("self",)).get(pk=pool.pk)
    now = _open(pool, person)
    if (now.role if now else None) == role:
        return
    if now:
        others = pool.memberships.open().filter(role=Role.LEAD).exclude(pk=now.pk)
        if now.role == Role.LEAD and not others.exists():
            raise LastLeadError
        now.ends = timezone.localdate()
        now.save(update_fields=["ends"])
    if role:
        _begin(pool, person, role)
    forget_roles(person)


def _open(pool: ExpertPool, person: User) -> PoolMembership | None:
    return pool.memberships.open().filter(person=person).first()


def _begin(pool: ExpertPool, person: User, role: str) -> PoolMembership:
    row, _new = PoolMembership.objects.get_or_create(
        pool=pool, person=person, ends=None, defaults={"role": role}
    )
    forget_roles(person)
    return row
