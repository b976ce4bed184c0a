"""Every write of a live session. A command is one transaction and is acknowledged after it.

Order of locks, the same everywhere: session, then questions. Two commands are outside it and
safe: asking touches no question that exists, and voting (in polls too) locks one row, no session.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from live import (  # noqa: F401 (naming registers)
    actions,
    announcing,
    bell,
    exposing,
    log,
    naming,
    polling,
    wishes,
)
from live.commands import AnswerPoll, Ask, Command, Configure, OnQuestion, SetVote
from live.handling import HANDLERS
from live.log import Draft
from live.models import Event, Poll, PollAnswer, Question, Session, Vote
from live.protocol import Ack, Nack, key_of
from live.rules import may_answer, may_run
from moderation.limits import SilencedError, TooManyError, admit, check_not_silenced

TALLY_EVERY = timedelta(milliseconds=500)
BEFORE_CLOSING = (Session.State.SCHEDULED, Session.State.OPEN, Session.State.PAUSED)


def perform(
    person: Any,
    session_id: int,
    command: Command,
    *,
    at: datetime | None = None,
    limited: bool = True,
) -> Ack:
    """Do what `command` asks, once however often it comes; Nack says why not.

    The caller has checked that `person` may know of the session. `at` and `limited` serve
    content that is brought in with its own times.
    """
    at = at or timezone.now()
    try:
        if limited:
            check_not_silenced(person)  # at each command, also on sockets that are long open
        return _perform(person, session_id, command, at, limited=limited)
    except SilencedError as error:
        raise Nack("forbidden", str(error)) from error
    except IntegrityError:
        # The same command came in twice at once; the other one has been committed.
        earlier = _earlier(person, session_id, command)
        if earlier is None:
            raise
        return earlier


@transaction.atomic
def _perform(person: Any, session_id: int, command: Command, at: datetime, *, limited: bool) -> Ack:
    earlier = _earlier(person, session_id, command)
    if earlier:
        return earlier
    if isinstance(command, SetVote):
        return _vote(person, session_id, command, at)
    if isinstance(command, AnswerPoll):
        return _answer_poll(person, session_id, command, at)
    if isinstance(command, Ask):
        return _ask(person, session_id, command, at, limited=limited)
    session = Session.objects.select_for_update(no_key=True).get(pk=session_id)
    question = None
    if isinstance(command, OnQuestion):
        question = _question(session, command)
    _check_right(person, session, question, command)
    if isinstance(command, OnQuestion) and question:
        actions.check_rev(question, command)
    drafts = HANDLERS[command.t](session, question, command, person, at)
    obj = question.pk if question else polling.named_by(command)
    if not drafts:  # it is so already
        return Ack(str(command.cid), session.head, obj, dup=True)
    first = _append(session.pk, drafts, person, command, at)
    return Ack(str(command.cid), first, obj or _made(drafts[0].payload))


def _made(payload: dict[str, Any]) -> int | None:
    """The poll or hand that a command's first event is about."""
    return payload.get("p") or payload.get("h")


def _earlier(person: Any, session_id: int, command: Command) -> Ack | None:
    """The acknowledgement that this command had before; Nack if its id meant another."""
    event = Event.objects.filter(session=session_id, actor=person, cid=command.cid).first()
    if event:
        if event.digest != command.digest:
            raise Nack("key_reuse", _("This id was used for another command."))
        is_about = isinstance(command, Ask | OnQuestion)
        obj = event.payload.get("q") if is_about else _made(event.payload)
        obj = obj or polling.named_by(command)
        return Ack(str(command.cid), event.seq, obj, dup=True)
    return _earlier_voice(person, session_id, command)


def _earlier_voice(person: Any, session_id: int, command: Command) -> Ack | None:
    """The same for votes and answers to polls, which have no event of their own."""
    vote = Vote.objects.filter(voter=person, cid=command.cid, question__session=session_id).first()
    if vote:
        same = isinstance(command, SetVote) and vote.value == command.value
        return _known(session_id, command, vote.question_id, same)
    found = PollAnswer.objects.filter(person=person, cid=command.cid, poll__session=session_id)
    answer = found.first()
    if answer:
        same = isinstance(command, AnswerPoll) and (
            (command.p, sorted(set(command.choices))) == (answer.poll_id, answer.choices)
        )
        return _known(session_id, command, answer.poll_id, same)
    return None


def _known(session_id: int, command: Command, obj: int, same: bool) -> Ack:
    if not same:
        raise Nack("key_reuse", _("This id was used for another command."))
    return Ack(str(command.cid), _head(session_id), obj, dup=True)


def _head(session_id: int) -> int:
    return Session.objects.values_list("head", flat=True).get(pk=session_id)


def _question(session: Session, command: OnQuestion) -> Question:
    question = (
        Question.objects.select_for_update(no_key=True)
        .filter(session=session, pk=command.q)
        .first()
    )
    if question is None or not _meant(question, command):
        raise Nack("unknown_question", _("This session has no such question."))
    return question


def _meant(question: Question, command: OnQuestion | SetVote) -> bool:
    return not command.key or command.key == question.key


def _check_right(
    person: Any, session: Session, question: Question | None, command: Command
) -> None:
    if command.needs == "host" and not may_run(person, session):
        raise Nack("forbidden", _("Only the host and the moderators of this session can do that."))
    if command.needs == "answerer" and not may_answer(person, session):
        raise Nack(
            "forbidden", _("Only the host, the moderators and the experts of the pool can answer.")
        )
    if command.needs == "asker" and (question is None or question.asker_id != person.pk):
        raise Nack("forbidden", _("Only the person who asked can change or withdraw a question."))


def _append(
    session_id: int,
    drafts: list[Draft],
    actor: Any,
    command: Command | None,
    at: datetime,
    states: tuple[str, ...] = (),
) -> int:
    first = log.take_numbers(session_id, len(drafts), states=states)
    if first is None:
        raise Nack("closed", _("This session is closed. Your text was kept on this page."))
    cid, digest = (command.cid, command.digest) if command else (None, "")
    log.write(session_id, first, drafts, actor=actor, at=at, cid=cid, digest=digest)
    bell.ring_after_commit(session_id)
    return first


# --- Asking and voting: what hundreds of people do at once ----------------------------


def _ask(person: Any, session_id: int, command: Ask, at: datetime, *, limited: bool) -> Ack:
    session = Session.objects.get(pk=session_id)
    if session.state == Session.State.PAUSED:
        raise Nack(
            "paused", _("The session is paused; it is sent when it goes on."), retry_after=15
        )
    if command.name_mode not in session.name_modes:
        raise Nack("forbidden", _("This session does not offer this choice of name."))
    if limited:
        _spend_allowance(person)
    pending = session.moderated and not may_run(person, session)
    question = Question.objects.create(
        session=session,
        asker=person,
        key=key_of(person.pk, command.cid),
        body=command.body,
        name_mode=command.name_mode,
        asked_at=at,
        state=Question.State.PENDING if pending else Question.State.VISIBLE,
        shown=not pending,
    )
    posting = person.open_posting
    draft = Draft(
        "q.asked",
        {
            "q": question.pk,
            "key": question.key,
            "asker": person.pk,
            "name": person.name,
            "agency": posting.organisation.name if posting else "",
            "name_mode": question.name_mode,
            "body": question.body,
            "state": question.state,
        },
        Event.Audience.HOSTS if pending else Event.Audience.ALL,
    )
    # The state is looked at again under the lock: a close that was faster refuses this.
    seq = _append(
        session.pk,
        [draft],
        person,
        command,
        at,
        states=(Session.State.SCHEDULED, Session.State.OPEN),
    )
    return Ack(str(command.cid), seq, question.pk)


def _spend_allowance(person: Any) -> None:
    """One question in ten seconds on average, three at once (moderation/limits.py)."""
    try:
        admit(person, "question")
    except TooManyError as error:
        raise Nack(
            "rate_limited",
            _("One question every ten seconds. Yours is kept and can be sent again."),
            retry_after=max(1.0, error.wait.total_seconds()),
        ) from error


def _vote(person: Any, session_id: int, command: SetVote, at: datetime) -> Ack:
    """Set one voice. The question's row lock orders it against merging and closing."""
    question = Question.objects.filter(session=session_id, pk=command.q).first()
    if question and not _meant(question, command):
        question = None
    if question and question.state == Question.State.MERGED:
        question = question.merged_into
    if question is None or not question.shown or question.hidden_at:
        raise Nack("unknown_question", _("This session has no such question."))
    if question.asker_id == person.pk:
        raise Nack("forbidden", _("You asked this; your voice is in it already."))
    open_still = Question.objects.filter(pk=question.pk, state=Question.State.VISIBLE)
    if not open_still.update(dirty=True):
        raise Nack("closed", _("This question takes no more votes."))
    newer = _set_voice(person, question, command, at)
    bell.ring_after_commit(session_id)
    return Ack(str(command.cid), _head(session_id), question.pk, dup=not newer)


def _set_voice(person: Any, question: Question, command: SetVote, at: datetime) -> bool:
    """Write the wish, unless a newer one is there. Taken back, it is so for what was merged in."""
    of = {"question": question, "voter": person}
    if not wishes.write(Vote, command, at, of=of, value=command.value):
        return False
    if not command.value:
        merged = Vote.objects.filter(voter=person, question__merged_into=question)
        merged.update(value=0, cid=command.cid, updated_at=at)
    return True


def _answer_poll(person: Any, session_id: int, command: AnswerPoll, at: datetime) -> Ack:
    poll, newer = polling.answer(person, session_id, command, at)
    bell.ring_after_commit(session_id)
    return Ack(str(command.cid), _head(session_id), poll.pk, dup=not newer)


def tally(session_id: int, *, at: datetime | None = None) -> int | None:
    """Write one tally for all questions with new votes, one for all polls with new answers, and
    how many have seen the questions that few had seen.

    The first number, or None if none is due.

    Any process may call it at any time: the locked row lets one through every 500 ms, and
    marks that nobody tallied stay in the database until somebody does.
    """
    at = at or timezone.now()
    dirty = Question.objects.filter(session=session_id, dirty=True).values("pk")
    polls = Poll.objects.filter(session=session_id, dirty=True).values("pk")
    seen = exposing.due(session_id, at).values("question_id")
    if not dirty.union(polls, seen).exists():
        return None
    with transaction.atomic():
        # Whoever holds the session, such as its close, is not waited for: hubs live on this loop.
        free = Session.objects.select_for_update(skip_locked=True, no_key=True)
        due = free.filter(pk=session_id).exclude(tallied_at__gt=at - TALLY_EVERY)
        if not due.values_list("pk", flat=True):
            return None
        Session.objects.filter(pk=session_id).update(tallied_at=at)
        found = (
            actions.draft_tally(session_id),
            polling.draft_tally(session_id),
            exposing.draft_seen(session_id, at),
        )
        drafts = [draft for draft in found if draft]
        return _append(session_id, drafts, None, None, at) if drafts else None


# --- Planning --------------------------------------------------------------------------


@transaction.atomic
def plan_session(
    *,
    by: Any,
    cid: UUID,
    moderators: Any = (),
    competencies: Any = (),
    requests: Any = (),
    at: datetime | None = None,
    tell: bool = True,
    **fields: Any,
) -> Session:
    """Plan a session and announce it; safe to repeat with the same `cid`.

    The rule of who may is in the form. What is over, or brought in (`tell`), is announced to
    nobody.
    """
    earlier = Session.objects.filter(planned_by=by, cid=cid).first()
    if earlier:
        return earlier
    names = {"code": announcing.new_code(), "wall": announcing.new_wall()}
    session = Session.objects.create(planned_by=by, cid=cid, **names, **fields)
    session.moderators.set(moderators)
    session.competencies.set(competencies)
    session.requests.set(requests)
    if tell and session.starts > timezone.now():
        announcing.announce(session, requests)
    draft = Draft("sess.config", {"moderated": session.moderated, "names": session.names})
    _append(session.pk, [draft], by, None, at or timezone.now())
    return session


@transaction.atomic
def change_plan(
    session: Session,
    *,
    by: Any,
    cid: UUID,
    moderators: Any = (),
    competencies: Any = (),
    requests: Any = (),
    **fields: Any,
) -> Session:
    """Change the words, times and people of a session; names and moderation go into the log.

    Who comes is told when the time moves.
    """
    wanted = {name: fields.pop(name) for name in ("moderated", "names")}
    moved = (session.starts, session.ends) != (fields["starts"], fields["ends"])
    for name, value in fields.items():
        setattr(session, name, value)
    session.revision += 1
    session.save(update_fields=[*fields, "revision"])
    session.moderators.set(moderators)
    session.competencies.set(competencies)
    session.requests.set(requests)
    if moved and session.starts > timezone.now():
        announcing.tell_of_change(session, by)
    perform(by, session.pk, Configure(t="sess.config", cid=cid, **wanted))
    session.refresh_from_db()
    return session


def renew_epochs() -> int:
    """After a restore from a backup: clients see a new epoch and offer again what they sent."""
    sessions = Session.objects.exclude(state=Session.State.CLOSED)
    for session in sessions:
        log.renew_epoch(session.pk, session.epoch)
    return len(sessions)
