"""Who keeps conferences and meetings: `keepers:events`, for registrars and administrators."""

from django.db.models import Q, QuerySet

from people.audiences import TokenSource
from people.models import User

KEEPERS_TOKEN = "keepers:events"  # noqa: S105 (an audience token, no secret)
ROLES = frozenset({"registrar", "administrator"})


def tokens_of(person) -> list[str]:
    return [KEEPERS_TOKEN] if person.roles & ROLES else []


def people_of(value: str) -> QuerySet:
    if value != "events":
        return User.objects.none()
    return User.objects.filter(Q(is_superuser=True) | Q(groups__name="registrar"))


KEEPERS = TokenSource("keepers", tokens_of, people_of)
