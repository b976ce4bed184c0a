"""Reads of advisories."""

from collections.abc import Collection

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from desk.advisories.rules import answered_by
from desk.models import Addressee, AddresseeQuerySet, Advisory
from people.country import Map, map_of
from people.models import Centre, Organisation
from people.roles import officials


def mine(person) -> AddresseeQuerySet:
    """What the own agency or centre was asked, with what it said: what is due first comes first.

    What is settled or withdrawn is not there.
    """
    rows = answered_by(person).unsettled().filter(advisory__withdrawn_at=None).with_answer()
    rows = rows.select_related("organisation", "centre", "advisory__pool")
    return rows.order_by("advisory__due", "pk")


def due_for(person, limit: int = 5) -> list[Addressee]:
    """The first of them, for "my page"."""
    return list(mine(person)[:limit])


def answers_of(person, advisories: Collection[Advisory]) -> dict[int, str]:
    """Advisory id -> what the own agency or centre said, in words; of several the first."""
    rows = answered_by(person).filter(advisory__in=advisories).with_answer().order_by("-pk")
    return {row.advisory_id: row.state_in_words for row in rows}


def agencies() -> QuerySet[Organisation]:
    """The agencies that can answer: those with an official."""
    posted = officials().values("pk")
    rows = Organisation.objects.filter(postings__ends__isnull=True, postings__person__in=posted)
    return rows.distinct()


def centres() -> QuerySet[Centre]:
    return Centre.objects.select_related("gewog__dzongkhag")


def map_of_addressees(rows: Collection[Addressee]) -> Map:
    """The dzongkhags with how many of their agencies and centres have settled it."""
    return map_of(
        ((row.dzongkhag, row.tone) for row in rows),
        words=(_("Done or not applicable"), _("Acknowledged"), _("No word yet")),
    )
