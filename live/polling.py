"""Commands of polls and raised hands, with the same guarantees as questions and votes.

An answer to a poll is a row with the key (poll, person), set and never added; a tally with
absolute counts follows, as for votes.
"""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from live import wishes
from live.commands import AnswerPoll, Command, OnHand, OnPoll, SetHand, ShowPoll, StartPoll
from live.fold_parts import counted
from live.handling import handles, must_run
from live.log import Draft
from live.models import Event, Hand, Poll, PollAnswer, Session
from live.protocol import Nack, key_of

SCALE = 5


def poll_of(session_id: int, command: OnPoll | AnswerPoll) -> Poll:
    """The poll, locked; Nack when the session has none such."""
    poll = (
        Poll.objects.select_for_update(no_key=True).filter(session=session_id, pk=command.p).first()
    )
    if poll is None or (command.key and command.key != poll.key):
        raise Nack("unknown_poll", _("This session has no such poll."))
    return poll


@handles("poll.start")
def start(
    session: Session, question: None, command: StartPoll, person: Any, at: datetime
) -> list[Draft]:
    must_run(session)
    options = command.options
    if command.kind == Poll.Kind.SCALE:
        options = _scale(options)
    poll = Poll.objects.create(
        session=session,
        key=key_of(person.pk, command.cid),
        kind=command.kind,
        text=command.text,
        options=options,
    )
    keys = ("key", "kind", "text", "options")
    return [Draft("poll.started", {"p": poll.pk, **{key: getattr(poll, key) for key in keys}})]


def _scale(ends: list[str]) -> list[str]:
    """One to five; two words, when given, say what the ends mean."""
    steps = [str(step) for step in range(1, SCALE + 1)]
    if ends:
        steps[0], steps[-1] = f"{steps[0]}: {ends[0]}", f"{steps[-1]}: {ends[-1]}"
    return steps


@handles("poll.show")
def show(
    session: Session, question: None, command: ShowPoll, person: Any, at: datetime
) -> list[Draft]:
    """A host shows the counts to everybody, or hides them again."""
    poll = poll_of(session.pk, command)
    if poll.shown == bool(command.value):
        return []
    poll.shown = bool(command.value)
    poll.save(update_fields=["shown"])
    return [Draft("poll.shown", {"p": poll.pk, "shown": poll.shown})]


@handles("poll.end")
def end(
    session: Session, question: None, command: OnPoll, person: Any, at: datetime
) -> list[Draft]:
    """The last counts come with the end: nothing is answered after them."""
    poll = poll_of(session.pk, command)
    if poll.ended_at:
        return []
    poll.ended_at, poll.dirty = at, False
    poll.save(update_fields=["ended_at", "dirty"])
    return [_tally([poll]), Draft("poll.ended", {"p": poll.pk})]


def end_all(session: Session, at: datetime) -> list[Draft]:
    """What is still asked when a session closes ends with it."""
    polls = list(
        Poll.objects.select_for_update(no_key=True)
        .filter(session=session, ended_at=None)
        .order_by("pk")
    )
    if not polls:
        return []
    Poll.objects.filter(pk__in=[poll.pk for poll in polls]).update(ended_at=at, dirty=False)
    return [_tally(polls), *(Draft("poll.ended", {"p": poll.pk}) for poll in polls)]


def answer(person: Any, session_id: int, command: AnswerPoll, at: datetime) -> tuple[Poll, bool]:
    """Set one person's answer, unless a newer one is there; the poll, and whether it was set.

    The poll's row lock orders it against the end.
    """
    poll = poll_of(session_id, command)
    if poll.ended_at:
        raise Nack("closed", _("This poll has ended."))
    choices = sorted(set(command.choices))
    if any(choice >= len(poll.options) for choice in choices):
        raise Nack("bad_payload", _("Choose among the answers that are offered."), field="choices")
    if poll.kind != Poll.Kind.MULTIPLE and len(choices) != 1:
        raise Nack("bad_payload", _("Choose one answer."), field="choices")
    of = {"poll": poll, "person": person}
    if not wishes.write(PollAnswer, command, at, of=of, choices=choices):
        return poll, False
    Poll.objects.filter(pk=poll.pk).update(dirty=True)
    return poll, True


def draft_tally(session_id: int) -> Draft | None:
    """Clear the marks of polls with new answers and give their absolute counts."""
    dirty = list(
        Poll.objects.select_for_update(no_key=True)
        .filter(session=session_id, dirty=True)
        .order_by("pk")
    )
    if not dirty:
        return None
    Poll.objects.filter(pk__in=[poll.pk for poll in dirty]).update(dirty=False)
    return _tally(dirty)


def _tally(polls: list[Poll]) -> Draft:
    found = []
    for poll in polls:
        answers = list(poll.answers.values_list("choices", flat=True))
        counts, voters = counted(answers, len(poll.options))
        found.append([poll.pk, counts, voters])
    return Draft("poll.tally", {"polls": found})


# --- Hands ---------------------------------------------------------------------------------


@handles("hand.set")
def set_hand(
    session: Session, question: None, command: SetHand, person: Any, at: datetime
) -> list[Draft]:
    """Raise or lower the own hand; once up, it keeps its place."""
    hand = Hand.objects.filter(session=session, person=person, lowered_at=None).first()
    if not command.value:
        return _lower(hand, at) if hand else []
    if session.state != Session.State.OPEN:
        raise Nack("closed", _("Hands can be raised while the session is open."))
    if hand:
        return []
    hand = Hand.objects.create(session=session, person=person, raised_at=at)
    posting = person.open_posting
    payload = {
        "h": hand.pk,
        "person": person.pk,
        "name": person.name,
        "agency": posting.organisation.name if posting else "",
    }
    return [Draft("hand.raised", payload, Event.Audience.HOSTS)]


def _hand(session: Session, command: OnHand) -> Hand:
    hand = Hand.objects.filter(session=session, pk=command.h, lowered_at=None).first()
    if hand is None:
        raise Nack("unknown_hand", _("This hand is down again."))
    return hand


@handles("hand.call")
def call(
    session: Session, question: None, command: OnHand, person: Any, at: datetime
) -> list[Draft]:
    """It is this one's turn to speak."""
    hand = _hand(session, command)
    if hand.called_at:
        return []
    hand.called_at = at
    hand.save(update_fields=["called_at"])
    return [Draft("hand.called", {"h": hand.pk}, Event.Audience.HOSTS)]


@handles("hand.lower")
def lower(
    session: Session, question: None, command: OnHand, person: Any, at: datetime
) -> list[Draft]:
    return _lower(_hand(session, command), at)


def _lower(hand: Hand, at: datetime) -> list[Draft]:
    hand.lowered_at = at
    hand.save(update_fields=["lowered_at"])
    return [Draft("hand.lowered", {"h": hand.pk}, Event.Audience.HOSTS)]


def lower_all(session: Session, at: datetime) -> list[Draft]:
    hands = Hand.objects.filter(session=session, lowered_at=None).order_by("pk")
    return [draft for hand in hands for draft in _lower(hand, at)]


def named_by(command: Command) -> int | None:
    """The poll or hand that a command is about."""
    return getattr(command, "p", None) or getattr(command, "h", None)
