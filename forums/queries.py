"""Reads of the forum that no QuerySet owns."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.utils import timezone

from forums.audiences import pool_roles, pools_served
from forums.models import ExpertPool, PoolMembership, Topic
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


def digest_of(person, since: datetime) -> list[dict[str, str]]:
    """What others began in the own pools since a moment, for the weekly mail."""
    rows = Topic.objects.visible_to(person).filter(
        pool__code__in=list(pool_roles(person)), created__gte=since
    )
    newest = rows.exclude(asker=person).select_related("pool").order_by("-created")[:DIGEST]
    return [
        {"title": row.title, "reason": row.pool.title, "url": row.get_absolute_url()}
        for row in newest
    ]


def holdings_of(person) -> list[Holding]:
    """Pools that this person leads or serves."""
    rows = PoolMembership.objects.serving().filter(person=person).select_related("pool")
    return [
        Holding(f"{row.get_role_display()} of a pool", row.pool.title, row.pool.address)
        for row in rows
    ]
