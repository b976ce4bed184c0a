"""How each model becomes documents: the one place that says what can be found, and by whom.

A source names a model, how its documents are made, and which models' changes touch it.
`search/listeners.py` keeps the documents in the transaction of the change.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Model, QuerySet
from django.utils import timezone

from competencies.models import Competency
from people.models import Audience, Centre, User


@dataclass(frozen=True)
class Document:
    key: str
    kind: str
    title: str
    body: str
    url: str
    audience: Audience
    when: datetime
    group: str = ""
    pool: str = ""
    agency: str = ""
    author: str = ""
    tags: tuple[str, ...] = ()
    state: str = "current"


@dataclass(frozen=True)
class Source:
    """One kind of thing that can be found."""

    model: type[Model]
    prefix: str  # every key of an object begins with "<prefix>:<pk>"
    rows: Callable[[], QuerySet]  # everything that has documents, with what they need
    documents: Callable[[Any], Iterable[Document]]
    # Other models whose change touches an object of `model`: how to get from one to the other.
    touched_by: dict[type[Model], Callable[[Model], Model | None]] = field(default_factory=dict)

    def stem(self, pk: object) -> str:
        return f"{self.prefix}:{pk}"


def _everyone() -> Audience:
    return Audience.objects.of("everyone")


def _person(person: User) -> list[Document]:
    posting = person.open_posting
    if not person.is_active or posting is None:
        return []
    place = f"{posting.post_title}, {posting.organisation}, {posting.dzongkhag}"
    return [
        Document(
            key=f"person:{person.pk}",
            kind="person",
            title=" ".join(filter(None, [person.name, person.name_dz])),
            body=f"{place} {person.employee_id}",
            url=person.get_absolute_url(),
            audience=_everyone(),
            agency=posting.organisation.name,
            when=person.date_joined,
        )
    ]


def _centre(centre: Centre) -> list[Document]:
    services = ", ".join(service.name for service in centre.services.all())
    return [
        Document(
            key=f"centre:{centre.pk}",
            kind="centre",
            title=" ".join(filter(None, [centre.name, centre.name_dz])),
            body=f"{centre.code} {centre.gewog} {services}",
            url=centre.get_absolute_url(),
            audience=_everyone(),
            when=timezone.now(),
        )
    ]


def _competency(competency: Competency) -> list[Document]:
    indicators = " ".join(row.behavioural_indicator for row in competency.descriptors.all())
    return [
        Document(
            key=f"competency:{competency.pk}",
            kind="competency",
            title=f"{competency.code} {competency.name}",
            body=f"{competency.definition} {indicators}",
            url=competency.get_absolute_url(),
            audience=_everyone(),
            pool=competency.pool_code,
            when=timezone.now(),
        )
    ]


SOURCES: list[Source] = [
    Source(User, "person", lambda: User.objects.all(), _person),
    Source(
        Centre,
        "centre",
        lambda: Centre.objects.select_related("gewog__dzongkhag").prefetch_related("services"),
        _centre,
    ),
    Source(
        Competency,
        "competency",
        lambda: Competency.objects.prefetch_related("descriptors"),
        _competency,
    ),
]
