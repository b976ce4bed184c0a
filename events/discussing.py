"""What was asked about a talk in its live sessions, with the second that answers it; its topic.

A session belongs to the talk whose page it names as what it follows. Nothing of a question is
copied: whoever may not know of the session sees none of it here.
"""

from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from events.bringing import Bringer
from events.models import SessionStart, Talk, TalkTopic
from forums import services as forums
from forums.models import ExpertPool, Topic
from forums.moving import last_of
from live.models import Question, Session
from people.models import User

TITLE_OF_CHAPTER = 120  # letters
TITLE_OF_TOPIC = 200


@dataclass
class Asked:
    """A question that its session shows, and where the recording answers it."""

    question: Question
    second: int | None
    topic: Topic | None


@dataclass
class SessionOfTalk:
    session: Session
    start: int | None  # the second of the recording at which it was opened
    asked: list[Asked]

    @property
    def likely_start(self) -> int | None:
        """For the form: a recording often begins when the talk was to begin."""
        if self.start is not None:
            return self.start
        opened = self.session.opened_at
        if opened is None or self.session.state != Session.State.CLOSED:
            return None
        return max(0, int((opened - self.session.starts).total_seconds()))


def sessions_of(talk: Talk, person: User) -> list[SessionOfTalk]:
    """The live sessions about a talk that `person` may know of; at most five queries."""
    known = Session.objects.visible_to(person).filter(about=talk.get_absolute_url())
    return asked_in(talk, list(known.order_by("starts", "pk")), Topic.objects.visible_to(person))


def asked_in(talk: Talk, sessions: list[Session], known: QuerySet[Topic]) -> list[SessionOfTalk]:
    """These sessions with what their audience saw asked; topics where they are among `known`."""
    if not sessions:
        return []
    starts = dict(talk.session_starts.values_list("session", "second"))
    rows = Question.objects.filter(
        session__in=sessions,
        shown=True,
        hidden_at=None,
        state__in=[Question.State.VISIBLE, Question.State.ANSWERED],
    )
    topics = known.filter(live_questions__in=rows).distinct().in_bulk()
    found = [SessionOfTalk(session, starts.get(session.pk), []) for session in sessions]
    of_session = {row.session.pk: row for row in found}
    for question in rows.order_by("pk"):
        row = of_session[question.session_id]
        second = None
        if row.start is not None and question.timecode is not None:
            second = row.start + question.timecode
        row.asked.append(Asked(question, second, topics.get(question.topic_id)))
    return found


class Passage(NamedTuple):
    """What begins at a second of a recording: a chapter, with its slide, or a question."""

    second: int
    title: str
    slide: int | None = None
    question: int | None = None


def passages_of(talk: Talk, sessions: list[SessionOfTalk]) -> list[Passage]:
    """What speakers wrote as chapters, and each question at the second that answers it."""
    written = [Passage(row.second, row.title, slide=row.slide) for row in talk.chapters.all()]
    asked = [
        Passage(row.second, _shortened(row.question.body), question=row.question.pk)
        for session in sessions
        for row in session.asked
        if row.second is not None
    ]
    return sorted([*written, *asked], key=lambda passage: passage.second)


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= TITLE_OF_CHAPTER else f"{line[: TITLE_OF_CHAPTER - 1].rstrip()}…"


def set_start(talk: Talk, session: Session, *, second: int | None, by: User) -> None:
    """Say at which second of the recording the session was opened; None: it does not show it."""
    Bringer(by=by).check(talk)
    if session.about != talk.get_absolute_url():
        raise PermissionDenied(_("This session is not about this talk."))
    if second is None:
        SessionStart.objects.filter(talk=talk, session=session).delete()
    else:
        SessionStart.objects.update_or_create(
            talk=talk, session=session, defaults={"second": second}
        )


def topic_of(talk: Talk, person: User) -> Topic | None:
    """Where the talk is discussed, if `person` may know of it."""
    made = TalkTopic.objects.filter(talk=talk).select_related("topic").first()
    if made is None:
        return None
    return Topic.objects.visible_to(person).filter(pk=last_of(made.topic).pk).first()


def may_discuss(person: User, talk: Talk) -> bool:
    """Whoever is signed in and sees the pool of the talk begins its discussion."""
    if not person.is_authenticated or talk.pool_id is None:
        return False
    return ExpertPool.objects.visible_to(person).filter(pk=talk.pool_id).exists()


@transaction.atomic
def discuss(talk: Talk, *, body: str, by: User, cid: UUID) -> Topic:
    """Begin the discussion of a talk; where others were first, what was said follows there.

    Safe to repeat. forums.services.CidReuseError where the same `cid` came with another text.
    """
    pool = talk.pool
    if pool is None or not may_discuss(by, talk):
        raise PermissionDenied(_("A talk is discussed in its pool, by who sees the pool."))
    Talk.objects.select_for_update().get(pk=talk.pk)
    topic = topic_of(talk, by)
    if topic and not Topic.objects.filter(asker=by, cid=cid).exists():
        forums.reply(topic, author=by, body=body, cid=cid)
        return topic
    about = _("About the talk [%(title)s](%(address)s).") % {
        "title": talk.title.translate(_BRACKETS),
        "address": talk.get_absolute_url(),
    }
    topic = forums.ask(
        pool=pool,
        author=by,
        title=(_("Talk: %(title)s") % {"title": talk.title})[:TITLE_OF_TOPIC],
        body=f"{body}\n\n{about}",
        cid=cid,
        kind=Topic.Kind.DISCUSSION,
        competencies=list(talk.competencies.all()),
        audience=talk.audience,
    )
    TalkTopic.objects.update_or_create(talk=talk, defaults={"topic": topic})
    return topic


_BRACKETS = str.maketrans({"[": "(", "]": ")"})
