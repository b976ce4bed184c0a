"""Which audience tokens and roles follow from pool membership."""

from contextlib import suppress

from django.db.models import Q, QuerySet

from moderation.rules import is_moderator
from people.audiences import TokenSource
from people.models import User

_KEPT = "_pool_roles"


def pool_roles(person) -> dict[str, str]:
    """Pool code -> what `person` is there now: one query for each loaded person."""
    if not person.is_authenticated:
        return {}
    roles = getattr(person, _KEPT, None)
    if roles is None:
        rows = person.pool_memberships.filter(ends__isnull=True)
        roles = dict(rows.values_list("pool__code", "role"))
        setattr(person, _KEPT, roles)  # not in __dict__: `person` may stand for request.user
    return roles


def forget_roles(person) -> None:
    """After a change of membership: the person in memory asks again."""
    for name in (_KEPT, "roles", "audience_tokens"):
        with suppress(AttributeError):
            delattr(person, name)


def tokens_of(person) -> list[str]:
    return [f"pool:{code}" for code in pool_roles(person)]


def people_of(value: str) -> QuerySet:
    return User.objects.filter(
        pool_memberships__ends__isnull=True, pool_memberships__pool__code=value
    )


def roles_of(person) -> set[str]:
    """`expert` and `lead`, for those who are it in some pool."""
    return set(pool_roles(person).values()) - {"member"}


def pools_served(person) -> list[str]:
    """Codes of the pools whose expert or lead `person` is."""
    return [code for code, role in pool_roles(person).items() if role in ("expert", "lead")]


def unless_hidden(person, *, author: str, pool: str) -> Q:
    """Rows that moderation has not hidden, and to `person` what they wrote or look after.

    `author` and `pool` are the ways from the row to the two.
    """
    if is_moderator(person):
        return Q()
    shown = Q(hidden_at=None)
    if not person.is_authenticated:
        return shown
    return shown | Q(**{author: person.pk}) | Q(**{f"{pool}__code__in": pools_served(person)})


def served_by(person) -> list[str]:
    return [f"serving:{code}" for code in pools_served(person)]


def people_serving(value: str) -> QuerySet:
    return User.objects.filter(
        pool_memberships__ends__isnull=True,
        pool_memberships__pool__code=value,
        pool_memberships__role__in=["expert", "lead"],
    )


POOLS = TokenSource("pool", tokens_of, people_of)
SERVING = TokenSource("serving", served_by, people_serving)  # nobody joins these by themselves
