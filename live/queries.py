"""Reads that no QuerySet owns."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from desk.models import Request
from live.alike import alike
from live.models import PollAnswer, Question, Session, Vote
from moderation.models import Restriction
from people.audiences import people_in
from people.holdings import Holding

MOST_COMPARED = 300  # open requests of one pool


class Rights(NamedTuple):
    epoch: str
    hosts: set[int]
    members: set[int]


def rights_now(session_id: int, people: set[int]) -> Rights:
    """Which of `people` may still be in a session, who runs it, and its epoch."""
    session = Session.objects.select_related("audience").get(pk=session_id)
    hosts = {session.host_id, *session.moderators.values_list("pk", flat=True)}
    members = people_in(session.audience).filter(pk__in=people).values_list("pk", flat=True)
    suspended = Restriction.objects.in_force().filter(
        person__in=people, kind=Restriction.Kind.SUSPEND
    )
    gone = set(suspended.values_list("person_id", flat=True))
    return Rights(str(session.epoch), hosts - gone, (set(members) | (hosts & people)) - gone)


def voted_by_each(session: Session, people: set[int]) -> dict[int, set[int]]:
    """The questions of a session for which each of `people` has voted."""
    voted: dict[int, set[int]] = {person: set() for person in people}
    votes = Vote.objects.filter(voter__in=people, question__session=session, value=1)
    for person, question in votes.values_list("voter_id", "question_id"):
        voted[person].add(question)
    return voted


def chosen_by_each(session: Session, people: set[int]) -> dict[int, dict[int, list[int]]]:
    """What each of `people` answered in the polls of a session."""
    chosen: dict[int, dict[int, list[int]]] = {person: {} for person in people}
    answers = PollAnswer.objects.filter(person__in=people, poll__session=session)
    for person, poll, choices in answers.values_list("person_id", "poll_id", "choices"):
        chosen[person][poll] = choices
    return chosen


def voted_by(person: Any, session: Session) -> set[int]:
    return voted_by_each(session, {person.pk})[person.pk]


def chosen_by(person: Any, session: Session) -> dict[int, list[int]]:
    return chosen_by_each(session, {person.pk})[person.pk]


def sessions_for_list(person: Any, which: str) -> Any:
    """Sessions that `person` may know of: `past`, or what is open now and then what comes."""
    rows = Session.objects.visible_to(person).for_list()
    if which == "past":
        return rows.filter(state=Session.State.CLOSED).order_by("-starts", "-pk")
    return rows.exclude(state=Session.State.CLOSED).order_by(
        F("opened_at").asc(nulls_last=True), "starts", "pk"
    )


def open_or_upcoming_for(person: Any, limit: int = 5) -> list[Session]:
    """For "my page": what is open now, then what comes next."""
    rows = Session.objects.visible_to(person).exclude(state=Session.State.CLOSED)
    recent = rows.filter(Q(state__in=["open", "paused"]) | Q(ends__gte=timezone.now()))
    ordered = recent.select_related("pool", "host").order_by(
        F("opened_at").asc(nulls_last=True), "starts", "pk"
    )
    return list(ordered[:limit])


def plan_like(person: Any, request_id: int) -> dict[str, Any]:
    """A plan for an open request, and those of its pool that say much the same."""
    rows = Request.objects.visible_to(person).open().filter(confidential=False)
    first = rows.filter(pk=request_id).first()
    if first is None:
        return {}
    others = rows.filter(pool=first.pool_id).exclude(pk=first.pk).order_by("-pk")[:MOST_COMPARED]
    texts = {other.pk: f"{other.title} {other.body}" for other in others}
    near = alike(f"{first.title} {first.body}", texts)
    return {"title": first.title, "pool": first.pool_id, "requests": [first.pk, *near]}


def roles_of(person: Any) -> Iterable[str]:
    """For people.roles.role_sources: whoever runs a session is a host."""
    return ["host"] if Session.objects.run_by(person).exists() else []


def holdings_of(person: Any) -> list[Holding]:
    """What somebody who leaves would leave behind: sessions to host, and answers owed there."""
    hosted = Session.objects.filter(host=person)
    held = [
        Holding(_("Live session to host"), session.title, session.get_absolute_url())
        for session in hosted.exclude(state=Session.State.CLOSED)
    ]
    owed = Question.objects.filter(session__host=person, answered_how=Question.How.OWED)
    held += [
        Holding(_("Owed answer"), str(question), question.get_absolute_url())
        for question in owed.order_by("pk")
    ]
    return held
