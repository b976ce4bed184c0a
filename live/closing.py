"""No question dies: what a session leaves open becomes an answer owed, and a topic of the pool."""

import uuid
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Q
from django.utils.translation import gettext as _

from competencies.models import Evidence
from competencies.services import record_evidence
from forums import services as forums
from live.log import Draft
from live.models import Event, Question, Session
from notifications.services import notify
from people.models import Audience

OWED = uuid.UUID("5f2b0c1e-6a0b-4a3c-9a5d-1d8f6f0f7a11")  # name space of the topics' client ids
TITLE_MAX = 120


def close(session: Session, at: datetime) -> list[Draft]:
    """Close `session` (locked by the caller): its events, the close last.

    All in the caller's transaction: a crash leaves the session open and nothing owed, and
    closing again does it all once.
    """
    left = (
        Question.objects.select_for_update(no_key=True)
        .filter(session=session, state__in=[Question.State.PENDING, Question.State.VISIBLE])
        .select_related("asker")
        .order_by("pk")
    )
    drafts = [_owe_at_close(session, question, at) for question in left]
    session.state, session.closed_at = Session.State.CLOSED, at
    session.current_question = None
    session.save(update_fields=["state", "closed_at", "current_question"])
    _record_evidence(session, at)
    return [*drafts, Draft("sess.closed", {})]


def _owe_at_close(session: Session, question: Question, at: datetime) -> Draft:
    question.topic = owe(session, question, at)
    question.state, question.answered_how = Question.State.ANSWERED, Question.How.OWED
    question.answered_at, question.rev = at, question.rev + 1
    question.save(update_fields=["topic", "state", "answered_how", "answered_at", "rev"])
    return draft_answered(question)


def draft_answered(question: Question) -> Draft:
    payload = {
        "q": question.pk,
        "how": question.answered_how,
        "answer": question.answer,
        "timecode": question.timecode,
        "topic": question.topic.get_absolute_url() if question.topic else "",
    }
    audience = Event.Audience.ALL if question.shown else Event.Audience.HOSTS
    return Draft("q.answered", payload, audience)


def owe(session: Session, question: Question, at: datetime) -> Any:
    """The topic that carries `question` on, made once, with its asker and voters watching.

    A name that the audience has not seen stays unseen: the host asks on the asker's behalf.
    Text that no host let through, or that is hidden, is shown to the pool and the asker only.
    """
    audience = session.audience
    if not question.shown or question.hidden_at:
        audience = Audience.objects.of(
            f"pool:{session.pool.code}", f"person:{question.asker_id}", f"person:{session.host_id}"
        )
    named = question.name_mode == Session.Names.NAMED
    people = supporters(question)
    topic = forums.ask(
        pool=session.pool,
        author=question.asker if named else session.host,
        title=_title(question.body),
        body=_body(session, question, len(people) - 1),
        cid=uuid.uuid5(OWED, f"{session.pk}:{question.pk}"),
        kind="question",
        competencies=list(session.competencies.all()),
        audience=audience,
        at=at,
        limited=False,  # it follows from the close, whoever asked and whenever
    )
    for person in people:
        forums.watch(person, topic)
    notify(
        people,
        event=f"live:{question.pk}:owed",
        title=_("An answer is owed: %(question)s") % {"question": question.body[:120]},
        reason=_("You asked or voted for it in “%(session)s”") % {"session": session.title},
        url=topic.get_absolute_url(),
        thread=f"topic:{topic.pk}",
    )
    return topic


def supporters(question: Question) -> list[Any]:
    """The asker, and everybody who asked or voted for the same; the asker first."""
    same = Q(pk=question.pk) | Q(merged_into=question.pk)
    related = Question.objects.filter(same)
    others = (
        get_user_model()
        .objects.filter(
            Q(pk__in=related.values("asker"))
            | Q(
                pk__in=related.filter(votes__value=1).values("votes__voter"),
            )
        )
        .exclude(pk=question.asker_id)
        .order_by("pk")
    )
    return [question.asker, *others]


def _title(body: str) -> str:
    """The first line of the question, shortened at a word; the whole text is in the topic."""
    line = body.splitlines()[0].strip()
    if len(line) <= TITLE_MAX:
        return line
    return line[: TITLE_MAX - 1].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"


def _body(session: Session, question: Question, voices: int) -> str:
    asked = _("Asked in the live session [%(title)s](%(url)s) and not answered there.") % {
        "title": session.title,
        "url": question.get_absolute_url(),
    }
    others = _("%(voices)d others want to know.") % {"voices": voices} if voices else ""
    return "\n\n".join(part for part in (question.body, f"{asked} {others}".strip()) if part)


def _record_evidence(session: Session, at: datetime) -> None:
    """Hosting shows the session's competencies, at the level that its plan states."""
    if session.level is None:
        return
    for competency in session.competencies.all():
        record_evidence(
            person=session.host,
            competency=competency,
            level=session.level,
            kind=Evidence.Kind.HOSTED_SESSION,
            source=session,
            observed_on=at.date(),
        )
