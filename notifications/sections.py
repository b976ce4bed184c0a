"""The parts of the weekly mail, each of which its reader can end by itself."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from notifications.models import EndedSection
from people.models import User

NOTICES = "notices"
# Of what a notice tells, by the first word of its event.
_KINDS = {"topic": "topics", "post": "topics", "request": "requests", "live": "live"}
_LABELS = {
    "topics": _("Topics and replies that you follow"),
    "requests": _("Requests"),
    "live": _("Live sessions"),
    "other": _("Other notices"),
}


@dataclass(frozen=True)
class Source:
    """What a room puts into the weekly mail.

    `new` gives what is new for a person since a moment, without the sections that they ended:
    {section, title, reason, url} each. `label` names a section, "" where the person cannot know
    of it any more.
    """

    kind: str  # what its sections begin with, such as "pool" of "pool:17"
    new: Callable[[User, datetime, Collection[str]], list[dict[str, str]]]
    label: Callable[[str, User], str]


sources: list[Source] = []


def of_notice(event: str) -> str:
    """The section of the notices of this event."""
    return f"{NOTICES}:{_KINDS.get(event.partition(':')[0], 'other')}"


def label_of(section: str, person: User) -> str:
    """What a section is called; "" for none that `person` can have."""
    kind, _colon, rest = section.partition(":")
    if kind == NOTICES:
        return str(_LABELS.get(rest, ""))
    return next((source.label(section, person) for source in sources if source.kind == kind), "")


def ended_by(person: User) -> dict[str, str]:
    """The sections that `person` ended, with their names."""
    rows = person.ended_sections.order_by("section").values_list("section", flat=True)
    return {section: label for section in rows if (label := label_of(section, person))}


@transaction.atomic
def end(person: User, section: str) -> None:
    """Leave a section out of the weekly mail of `person` from now on. Safe to repeat."""
    EndedSection.objects.get_or_create(person=person, section=section)


def bring_again(person: User, section: str) -> None:
    """What comes from now on is in the weekly mail again. Safe to repeat."""
    EndedSection.objects.filter(person=person, section=section).delete()


def grouped(items: list[dict[str, Any]], person: User) -> list[dict[str, Any]]:
    """The items of a mail by section, in the order of their first ones."""
    found: dict[str, list[dict[str, Any]]] = {}
    for item in items:
        found.setdefault(item.get("section", ""), []).append(item)
    return [
        {"section": section, "label": label_of(section, person), "items": rows}
        for section, rows in found.items()
    ]
