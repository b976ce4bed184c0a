"""Reads of the forum that no QuerySet owns."""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from django.utils import timezone

from forums.audiences import pool_roles, pools_served
from forums.models import ExpertPool, PoolMembership, Topic
from notifications.sections import Source
from people.holdings import Holding

NEWS = timedelta(days=60)
DIGEST = 20  # topics of a weekly mail

# Outlet: (person, text) -> what was said before about it, each with title, url, kind and state.
similar_sources: list[Callable] = []


def pool_by_slug(slug: str) -> ExpertPool | None:
    """The pool that a command names."""
    return ExpertPool.objects.filter(slug=slug).first() if "\x00" not in slug else None


def similar_to(person, text: str) -> list:
    """What `person` may read that is about the same as `text`, the nearest first."""
    return [hit for source in similar_sources for hit in source(person, text)]


def unanswered_for(person, limit: int = 8) -> list[Topic]:
    """Questions without an answer in the pools that `person` serves, the oldest first."""
    served = pools_served(person)
    if not served:
        return []
    rows = Topic.objects.visible_to(person).filter(
        pool__code__in=served, kind=Topic.Kind.QUESTION, obsolete_at=None, imported=None
    )
    return list(rows.with_counts().filter(answers=0).order_by("created")[:limit])


def new_in_pools(person, limit: int = 6) -> list[Topic]:
    """What moved last in the pools that `person` belongs to and was begun by somebody else."""
    pools = list(pool_roles(person))
    if not pools:
        return []
    since = timezone.now() - NEWS
    rows = Topic.objects.visible_to(person).filter(pool__code__in=pools, updated__gte=since)
    return list(rows.exclude(asker=person).select_related("pool").order_by("-updated")[:limit])


def digest_of(person, since: datetime, ended: Collection[str]) -> list[dict[str, str]]:
    """What others began in the own pools since a moment, for the weekly mail; not of the pools
    whose section they ended."""
    left_out = [section.partition(":")[2] for section in ended if section.startswith("pool:")]
    rows = Topic.objects.visible_to(person).filter(
        pool__code__in=list(pool_roles(person)), created__gte=since
    )
    rows = rows.exclude(asker=person).exclude(pool__in=left_out)
    newest = rows.select_related("pool").order_by("-created")[:DIGEST]
    return [
        {
            "section": f"pool:{row.pool_id}",
            "title": row.title,
            "reason": row.pool.title,
            "url": row.get_absolute_url(),
        }
        for row in newest
    ]


def _pool_of_section(section: str, person) -> str:
    """The title of a pool that the weekly mail has a section of."""
    pk = section.partition(":")[2]
    pool = ExpertPool.objects.visible_to(person).filter(pk=pk).first() if pk.isdecimal() else None
    return pool.title if pool else ""


DIGEST_OF_POOLS = Source("pool", digest_of, _pool_of_section)


def holdings_of(person) -> list[Holding]:
    """Pools that this person leads or serves."""
    rows = PoolMembership.objects.serving().filter(person=person).select_related("pool")
    return [
        Holding(f"{row.get_role_display()} of a pool", row.pool.title, row.pool.address)
        for row in rows
    ]
