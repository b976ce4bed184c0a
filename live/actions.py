"""What each command of a host, an expert or an asker does to the tables, as events to write.

A handler gets the locked session and question and gives the drafts of its events; none means
that it is so already. It writes the state tables; the fold of the events must give the same
(tests/live/test_commands.py compares).
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Count, F
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from live import closing, polling
from live.commands import Answer, Answered, Configure, Dismiss, Edit, Merge, OnQuestion
from live.fold import Viewer, view
from live.handling import handles, must_run
from live.log import Draft, state_of
from live.models import Event, Question, Session, Vote
from live.protocol import Nack

State, How = Question.State, Question.How


def check_rev(question: Question, command: OnQuestion) -> None:
    """What somebody else changed in the meantime is shown before it is overruled."""
    if command.rev is not None and command.rev != question.rev:
        state = state_of(question.session)
        raise Nack(
            "conflict",
            _("Somebody changed this question in the meantime. Look again."),
            current=view(state.questions[question.pk], Viewer(is_host=True)),
        )


def _save(question: Question, **changes: Any) -> None:
    for name, value in {**changes, "rev": question.rev + 1}.items():
        setattr(question, name, value)
    question.save(update_fields=[*changes, "rev"])


def _release(session: Session, question: Question) -> None:
    """A question that is no longer open is no longer the one being answered."""
    if session.current_question_id == question.pk:
        session.current_question = None
        session.save(update_fields=["current_question"])


def _must_be(question: Question, *states: str) -> None:
    if question.state not in states:
        raise Nack(
            "conflict",
            _("That cannot be done to a question that is: %(state)s.")
            % {"state": question.get_state_display().lower()},
        )


def scores(questions: Iterable[int]) -> dict[int, int]:
    """Distinct voters of each question and of what was merged into it."""
    wanted = list(questions)
    counted = (
        Vote.objects.filter(value=1)
        .annotate(root=Coalesce(F("question__merged_into"), F("question")))
        .filter(root__in=wanted)
        .values("root")
        .annotate(voices=Count("voter", distinct=True))
        .values_list("root", "voices")
    )
    return {**dict.fromkeys(wanted, 0), **dict(counted)}


def draft_tally(session_id: int) -> Draft | None:
    """Clear the marks of questions with new votes and give their absolute scores."""
    dirty = list(
        Question.objects.select_for_update(no_key=True)
        .filter(session=session_id, dirty=True)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    if not dirty:
        return None
    Question.objects.filter(pk__in=dirty).update(dirty=False)
    return Draft("q.tally", {"scores": [list(pair) for pair in sorted(scores(dirty).items())]})


# --- The asker ---------------------------------------------------------------------------


@handles("q.edit")
def edit(
    session: Session, question: Question, command: Edit, person: Any, at: datetime
) -> list[Draft]:
    """The text may change until a host, or votes, rely on it."""
    must_run(session)
    _must_be(question, State.PENDING, State.VISIBLE)
    if question.redacted_at:
        raise Nack("forbidden", _("This text was redacted; withdraw it and ask anew."))
    if session.moderated and question.state == State.VISIBLE:
        raise Nack("forbidden", _("A host has approved this text; withdraw it and ask anew."))
    if question.votes.filter(value=1).exists():
        raise Nack("forbidden", _("Others have voted for this text; withdraw it and ask anew."))
    if question.body == command.body:
        return []
    _save(question, body=command.body)
    return [Draft("q.edited", {"q": question.pk, "body": question.body}, _audience_of(question))]


@handles("q.withdraw")
def withdraw(
    session: Session, question: Question, command: OnQuestion, person: Any, at: datetime
) -> list[Draft]:
    must_run(session)
    if question.state == State.WITHDRAWN:
        return []
    _must_be(question, State.PENDING, State.VISIBLE)
    _save(question, state=State.WITHDRAWN)
    _release(session, question)
    return [Draft("q.withdrawn", {"q": question.pk}, _audience_of(question))]


def _audience_of(question: Question) -> str:
    return Event.Audience.ALL if question.shown else Event.Audience.HOSTS


# --- The hosts ---------------------------------------------------------------------------


@handles("mod.approve")
def approve(
    session: Session, question: Question, command: OnQuestion, person: Any, at: datetime
) -> list[Draft]:
    must_run(session)
    if question.state == State.VISIBLE:
        return []
    _must_be(question, State.PENDING)
    _save(question, state=State.VISIBLE, shown=True)
    return [Draft("q.approved", {"q": question.pk})]


@handles("mod.dismiss")
def dismiss(
    session: Session, question: Question, command: Dismiss, person: Any, at: datetime
) -> list[Draft]:
    """The asker sees the reason; the audience only that the question is gone."""
    must_run(session)
    if question.state == State.DISMISSED:
        return []
    _must_be(question, State.PENDING, State.VISIBLE)
    _save(question, state=State.DISMISSED, reason=command.reason)
    _release(session, question)
    payload = {"q": question.pk, "reason": command.reason}
    return [Draft("q.dismissed", payload, _audience_of(question))]


@handles("mod.merge")
def merge(
    session: Session, question: Question, command: Merge, person: Any, at: datetime
) -> list[Draft]:
    """Voters become a union because each counts once; both askers keep their question."""
    must_run(session)
    target = (
        Question.objects.select_for_update(no_key=True)
        .filter(session=session, pk=command.into)
        .first()
    )
    meant = target and command.into_key in ("", target.key)
    if target is None or not meant or target.pk == question.pk:
        raise Nack("unknown_question", _("Choose another question of this session."))
    if question.state == State.MERGED and question.merged_into_id == target.pk:
        return []
    _must_be(question, State.PENDING, State.VISIBLE)
    _must_be(target, State.VISIBLE)
    children = list(question.merged.order_by("pk"))
    for child in children:
        _save(child, merged_into=target)
    _save(question, state=State.MERGED, merged_into=target, dirty=False)
    _release(session, question)
    payload = {
        "q": question.pk,
        "into": target.pk,
        "with": [child.pk for child in children],
        "votes": scores([target.pk])[target.pk],
    }
    return [Draft("q.merged", payload)]


@handles("mod.pin")
def pin(
    session: Session, question: Question, command: OnQuestion, person: Any, at: datetime
) -> list[Draft]:
    must_run(session)
    _must_be(question, State.VISIBLE)
    if session.current_question_id == question.pk:
        return []
    session.current_question = question
    session.save(update_fields=["current_question"])
    return [Draft("q.pinned", {"q": question.pk})]


@handles("mod.unpin")
def unpin(
    session: Session, question: Question, command: OnQuestion, person: Any, at: datetime
) -> list[Draft]:
    must_run(session)
    if session.current_question_id != question.pk:
        return []
    _release(session, question)
    return [Draft("q.unpinned", {"q": question.pk})]


@handles("mod.answered")
def answered(
    session: Session, question: Question, command: Answered, person: Any, at: datetime
) -> list[Draft]:
    """Answered live carries the second of the recording, counted from the opening."""
    timecode = command.timecode
    if command.how == How.LIVE and timecode is None and session.opened_at:
        timecode = max(0, int((at - session.opened_at).total_seconds()))
    if command.how == How.OWED:
        must_run(session)
        return _settle(session, question, How.OWED, at, topic=closing.owe(session, question, at))
    return _settle(session, question, command.how, at, answer=command.answer, timecode=timecode)


@handles("q.answer")
def answer(
    session: Session, question: Question, command: Answer, person: Any, at: datetime
) -> list[Draft]:
    return _settle(session, question, How.WRITTEN, at, answer=command.body)


def _settle(
    session: Session,
    question: Question,
    how: str,
    at: datetime,
    *,
    answer: str = "",
    timecode: int | None = None,
    topic: Any = None,
) -> list[Draft]:
    """An open question is settled; an owed one may still be answered, also after the close."""
    owed = question.state == State.ANSWERED and question.answered_how == How.OWED
    if owed and how == How.OWED:
        return []
    if not owed:
        must_run(session)
        _must_be(question, State.VISIBLE)
    _save(
        question,
        state=State.ANSWERED,
        answered_how=how,
        answered_at=at,
        answer=answer,
        timecode=timecode,
        topic=topic or question.topic,
    )
    _release(session, question)
    return [closing.draft_answered(question)]


@handles("mod.reopen")
def reopen(
    session: Session, question: Question, command: OnQuestion, person: Any, at: datetime
) -> list[Draft]:
    """Undo a dismissal, an answer or a merge. What was withdrawn belongs to its asker."""
    must_run(session)
    if question.state == State.VISIBLE:
        return []
    _must_be(question, State.DISMISSED, State.ANSWERED, State.MERGED)
    former = question.merged_into_id
    _save(
        question,
        state=State.VISIBLE,
        shown=True,
        merged_into=None,
        answered_how="",
        answered_at=None,
        answer="",
        timecode=None,
        reason="",
    )
    counted = scores([question.pk, former] if former else [question.pk])
    payload = {"q": question.pk, "scores": [list(pair) for pair in sorted(counted.items())]}
    return [Draft("q.reopened", payload)]


# --- The session ---------------------------------------------------------------------------


@handles("sess.open")
def open_session(
    session: Session, question: None, command: Any, person: Any, at: datetime
) -> list[Draft]:
    if session.state == Session.State.OPEN:
        return []
    must_run(session)
    session.state = Session.State.OPEN
    session.opened_at = session.opened_at or at
    session.save(update_fields=["state", "opened_at"])
    return [Draft("sess.opened", {})]


@handles("sess.pause")
def pause_session(
    session: Session, question: None, command: Any, person: Any, at: datetime
) -> list[Draft]:
    if session.state == Session.State.PAUSED:
        return []
    if session.state != Session.State.OPEN:
        raise Nack("conflict", _("Only an open session can be paused."))
    session.state = Session.State.PAUSED
    session.save(update_fields=["state"])
    return [Draft("sess.paused", {})]


@handles("sess.close")
def close_session(
    session: Session, question: None, command: Any, person: Any, at: datetime
) -> list[Draft]:
    if session.state == Session.State.CLOSED:
        return []
    tally = draft_tally(session.pk)
    ends = [*polling.end_all(session, at), *polling.lower_all(session, at)]
    return [*([tally] if tally else []), *ends, *closing.close(session, at)]


@handles("sess.config")
def configure(
    session: Session, question: None, command: Configure, person: Any, at: datetime
) -> list[Draft]:
    """Names can only become more open for what is asked from now on; nothing is revealed."""
    must_run(session)
    if (session.moderated, session.names) == (command.moderated, command.names):
        return []
    session.moderated, session.names = command.moderated, command.names
    session.save(update_fields=["moderated", "names"])
    return [Draft("sess.config", {"moderated": session.moderated, "names": session.names})]
