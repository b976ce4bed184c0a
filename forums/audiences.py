"""Which audience tokens and roles follow from pool membership."""

from django.db.models import QuerySet

from people.audiences import TokenSource
from people.models import User


def tokens_of(person) -> list[str]:
    rows = person.pool_memberships.filter(ends__isnull=True)
    return [f"pool:{code}" for code in rows.values_list("pool__code", flat=True)]


def people_of(value: str) -> QuerySet:
    return User.objects.filter(
        pool_memberships__ends__isnull=True, pool_memberships__pool__code=value
    )


def roles_of(person) -> set[str]:
    """`expert` and `lead`, for those who are it in some pool."""
    rows = person.pool_memberships.filter(ends__isnull=True, role__in=["expert", "lead"])
    return set(rows.values_list("role", flat=True))


POOLS = TokenSource("pool", tokens_of, people_of)
