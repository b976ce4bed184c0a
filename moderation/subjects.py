"""What can be flagged. A room above says of each kind what it is and what to do with it.

`sources` is an outlet (lms/wiring.py): a Subject for each kind.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from moderation.models import Case
from people.models import User


@dataclass(frozen=True)
class Item:
    """A thing as the queue shows it."""

    author: User | None
    author_name: str
    title: str
    html: str  # cleaned when it was written
    url: str
    place: str  # where it stands, such as the pool
    editable: bool = True  # whether its author can still change it
    named: bool = True  # whether those who decide may know its author


@dataclass(frozen=True)
class Subject:
    """One kind of thing: who sees it, who decides on it, and what hiding and redacting are.

    `visible` and `judged` give the ids of rows as a subquery; `hide` takes the moment, or None to
    show again; both writes run in the caller's transaction.
    """

    kind: str
    visible: Callable[[Any], QuerySet]
    judged: Callable[[Any], QuerySet]
    judges: Callable[[int], QuerySet[User]]
    items: Callable[[Collection[int]], dict[int, Item]]
    hide: Callable[[int, datetime | None], None]
    redact: Callable[[int, User, datetime], None]
    nameless: Callable[[Collection[int]], set[int]] = lambda ids: set()  # whose author is not told


sources: list[Subject] = []


def subject_of(kind: str) -> Subject | None:
    return next((source for source in sources if source.kind == kind), None)


def item_of(case: Case) -> Item | None:
    """The thing itself; None where it is gone."""
    source = subject_of(case.kind)
    return source.items([case.subject]).get(case.subject) if source else None


def cases_for(person) -> QuerySet[Case]:
    """The cases that `person` may decide on: what they may read and look after."""
    allowed = Q(pk__in=[])
    for source in sources:
        allowed |= Q(kind=source.kind, subject__in=source.judged(person))
    return Case.objects.filter(allowed)
