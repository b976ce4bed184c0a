"""Which agencies a session reaches, for its hosts: who asked, who was there, who said to come."""

from collections import Counter
from typing import NamedTuple

from live.models import Coming, Exposure, Hand, PollAnswer, Question, Session, Vote
from people.models import Posting


class Agency(NamedTuple):
    name: str  # empty: nobody's name may be told
    asked: int  # questions
    present: int  # people who asked, voted, answered a poll, raised a hand or read questions
    coming: int  # people who want to be reminded


def by_agency(session: Session) -> list[Agency]:
    """Most questions first. A question whose name the hosts may not see counts for no agency."""
    questions = Question.objects.filter(session=session)
    unnamed = questions.filter(name_mode=Session.Names.ANONYMOUS, revealed_by=None)
    hidden = unnamed.count()
    asked = Counter(questions.exclude(pk__in=unnamed).values_list("asker", flat=True))
    present = set(asked)
    for rows in (
        Vote.objects.filter(question__session=session).values_list("voter", flat=True),
        PollAnswer.objects.filter(poll__session=session).values_list("person", flat=True),
        Hand.objects.filter(session=session).values_list("person", flat=True),
        Exposure.objects.filter(session=session).values_list("person", flat=True),
    ):
        present.update(rows)
    coming = set(Coming.objects.filter(session=session).values_list("person", flat=True))
    agency = dict(
        Posting.objects.open()
        .filter(person__in=present | coming)
        .values_list("person", "organisation__name")
    )
    totals: dict[str, list[int]] = {}
    for person in present | coming:
        row = totals.setdefault(agency.get(person, ""), [0, 0, 0])
        row[0] += asked[person]
        row[1] += person in present
        row[2] += person in coming
    if hidden:
        totals.setdefault("", [0, 0, 0])[0] += hidden
    found = [Agency(name, *counts) for name, counts in totals.items()]
    return sorted(found, key=lambda row: (not row.name, -row.asked, -row.present, row.name))
