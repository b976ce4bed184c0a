"""Writes of who could help: entry by certificate, capacity, languages, absences."""

from collections.abc import Iterable
from datetime import date, timedelta

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from certification.models import Credential
from competencies.models import Competency, Level
from competencies.queries import held_by
from competencies.standing import State
from forums import membership, rules
from forums.models import (
    Absence,
    ExpertPool,
    PoolEntry,
    PoolMembership,
    ServingProfile,
    SpokenLanguage,
)
from people.models import Dzongkhag, User


class OverlapError(Exception):
    """Some of these days are in another absence already."""


# --- Entry by certificate ---------------------------------------------------------------------


def entry_met(pool: ExpertPool, person: User) -> PoolEntry | None:
    """The first of the pool's entries that `person` meets today, by what they hold.

    A certificate must be valid, a competency current or lapsing, at the level or above.
    """
    entries = list(pool.entries.select_related("scheme", "competency", "level"))
    if not entries:
        return None
    schemes = {
        row.scheme_id
        for row in Credential.objects.filter(holder=person).with_state()
        if row.state == Credential.State.VALID
    }
    held = held_by(person)
    for entry in entries:
        standing = held.get(entry.competency_id) if entry.competency_id else None
        by_level = (
            standing is not None
            and entry.level is not None
            and standing.state != State.LAPSED
            and standing.level >= entry.level.order
        )
        if by_level or entry.scheme_id in schemes:
            return entry
    return None


@transaction.atomic
def join_as_expert(pool: ExpertPool, *, person: User) -> PoolMembership:
    """Serve in `pool` by what one holds; whoever serves already stays what they are.

    PermissionDenied for one who meets none of its entries.
    """
    if entry_met(pool, person) is None:
        raise PermissionDenied(
            _("You hold nothing that is valid now and that this pool asks of an expert.")
        )
    return membership.serve(pool, person=person)


@transaction.atomic
def add_entry(
    pool: ExpertPool,
    *,
    by: User,
    scheme=None,
    competency: Competency | None = None,
    level: Level | None = None,
) -> PoolEntry:
    """Let the holders of a certificate, or of a competency at a level, join as experts.

    The same again changes nothing; another level of the same competency replaces it.
    """
    _need_lead(by, pool)
    if scheme:
        return PoolEntry.objects.get_or_create(pool=pool, scheme=scheme)[0]
    return PoolEntry.objects.update_or_create(
        pool=pool, competency=competency, defaults={"level": level}
    )[0]


@transaction.atomic
def remove_entry(entry: PoolEntry, *, by: User) -> None:
    """From now on nobody joins by it; who joined stays. Safe to repeat."""
    _need_lead(by, entry.pool)
    PoolEntry.objects.filter(pk=entry.pk).delete()


def _need_lead(by: User, pool: ExpertPool) -> None:
    if not rules.may_manage(by, pool):
        raise PermissionDenied(_("Only the lead of the pool says who may join as expert."))


# --- Capacity and absence ---------------------------------------------------------------------


@transaction.atomic
def keep_profile(
    person: User,
    *,
    claims_at_once: int,
    hours_a_week: int | None,
    languages: Iterable[str],
    dzongkhags: Iterable[Dzongkhag],
    hides_held: bool = False,
    hides_delivered: bool = False,
) -> ServingProfile:
    """How much `person` can take on, in which languages and where, and what the directory leaves
    out. Safe to repeat."""
    profile, _new = ServingProfile.objects.update_or_create(
        person=person,
        defaults={
            "claims_at_once": claims_at_once,
            "hours_a_week": hours_a_week,
            "hides_held": hides_held,
            "hides_delivered": hides_delivered,
        },
    )
    wanted = set(languages)
    profile.languages.exclude(code__in=wanted).delete()
    SpokenLanguage.objects.bulk_create(
        [SpokenLanguage(profile=profile, code=code) for code in sorted(wanted)],
        ignore_conflicts=True,
    )
    profile.dzongkhags.set(dzongkhags)
    return profile


def add_absence(person: User, *, starts: date, ends: date, reason: str = "") -> Absence:
    """Be away from `starts` to `ends`, both included. The same days again give the first row.

    OverlapError where some of the days are taken; the database refuses that also of two at once.
    """
    known = person.absences.filter(starts=starts, ends=ends).first()
    if known:
        return known
    try:
        with transaction.atomic():
            return Absence.objects.create(person=person, starts=starts, ends=ends, reason=reason)
    except IntegrityError as error:
        if "no_overlap" not in str(error):
            raise
        raise OverlapError from error


def end_absence(absence: Absence) -> None:
    """Take back an absence that has not begun; one that goes on ended yesterday. Safe to repeat."""
    today = timezone.localdate()
    if absence.starts >= today:
        Absence.objects.filter(pk=absence.pk).delete()
    elif absence.ends >= today:
        absence.ends = today - timedelta(days=1)
        absence.save(update_fields=["ends"])
