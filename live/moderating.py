"""Questions as moderation sees them: who reads and judges them, what hiding and redacting are.

Both are events of the log, so that every page, socket and wall follows at once. A redaction is
the one change that the log itself takes: the database lets a text go and nothing else.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.html import format_html, linebreaks
from django.utils.translation import gettext as _

import forums.moderating
from forums.audiences import pool_roles
from forums.models import PoolMembership, Post
from forums.moderating import REDACTED
from live import bell, log
from live.log import Draft
from live.models import Event, Question, Session
from moderation.rules import is_moderator
from moderation.subjects import Item, Subject
from notifications.services import redact as redact_notices
from people.models import User

LEAD = PoolMembership.Role.LEAD
TEXTS = ("q.asked", "q.edited")  # events that hold the text of a question
GONE = "redacted"  # instead of the digest, from which a short text could be guessed


def visible(person: Any) -> QuerySet:
    return Question.objects.visible_to(person).filter(redacted_at=None).values("pk")


def judged(person: Any) -> QuerySet:
    """In the sessions that `person` may take part in: those of the pools that they lead, and
    those that they run; to moderators, all."""
    rows = Question.objects.filter(session__in=Session.objects.visible_to(person))
    if not is_moderator(person):
        led = [code for code, role in pool_roles(person).items() if role == LEAD]
        own = Session.objects.run_by(person)
        rows = rows.filter(Q(session__pool__code__in=led) | Q(session__in=own))
    return rows.values("pk")


def judges(question_id: int) -> QuerySet[User]:
    """The leads of the pool, and who runs the session; not who asked."""
    question = Question.objects.select_related("session").get(pk=question_id)
    session = question.session
    leads = PoolMembership.objects.filter(pool=session.pool_id, ends=None, role=LEAD)
    hosts = [session.host_id, *session.moderators.values_list("pk", flat=True)]
    people = User.objects.filter(Q(pk__in=leads.values("person")) | Q(pk__in=hosts))
    return people.filter(is_active=True).exclude(pk=question.asker_id)


def items(ids: Collection[int]) -> dict[int, Item]:
    rows = Question.objects.filter(pk__in=ids).select_related("session__pool", "asker")
    return {
        question.pk: Item(
            author=question.asker,
            author_name=question.asker.name if question.named_to_judges else _("name not shown"),
            title=_("Question in “%(session)s”") % {"session": question.session.title},
            html=format_html("{}", linebreaks(question.body, autoescape=True)),
            url=question.get_absolute_url(),
            place=question.session.pool.title,
            editable=False,
            named=question.named_to_judges,
        )
        for question in rows
    }


def hide(question_id: int, at: datetime | None) -> None:
    """Hide a question since `at`, or show it again; the one being answered is put back."""
    session, question = _locked(question_id)
    if bool(question.hidden_at) == bool(at):
        return
    question.hidden_at = at
    question.rev += 1
    question.save(update_fields=["hidden_at", "rev"])
    if at and session.current_question_id == question.pk:
        session.current_question = None
        session.save(update_fields=["current_question"])
    _tell(session, Draft("q.hidden", {"q": question.pk, "hidden": bool(at)}))


def redact(question_id: int, by: User, at: datetime) -> None:
    """Remove the text of a question for good: from the log, its topic and what was told of it."""
    session, question = _locked(question_id)
    lines = Event.objects.filter(session=session, kind__in=TEXTS, payload__q=question.pk)
    texts = {line.payload["body"] for line in lines}
    for line in lines:
        payload = {**line.payload, "body": REDACTED, "redacted": True}
        lines.filter(seq=line.seq).update(payload=payload, digest=GONE)
    question.body, question.redacted_at, question.rev = REDACTED, at, question.rev + 1
    question.save(update_fields=["body", "redacted_at", "rev"])
    redact_notices({text[:120] for text in texts}, instead=_("Redacted"))
    first = Post.objects.filter(topic=question.topic_id, number=1).first()
    if question.topic_id and first and first.redacted_at is None:
        forums.moderating.redact(first.pk, by, at)
    _tell(session, Draft("q.redacted", {"q": question.pk, "body": REDACTED}))


def _locked(question_id: int) -> tuple[Session, Question]:
    """Session, then question: the order of locks of services.py."""
    number = Question.objects.values_list("session", flat=True).get(pk=question_id)
    session = Session.objects.select_for_update(no_key=True).get(pk=number)
    return session, Question.objects.select_for_update(no_key=True).get(pk=question_id)


def _tell(session: Session, draft: Draft) -> None:
    """In the log, also of a session that is closed."""
    first = log.take_numbers(session.pk, 1)
    if first is None:
        raise LookupError(f"Session {session.pk} is gone.")
    log.write(session.pk, first, [draft], actor=None, at=timezone.now())
    bell.ring_after_commit(session.pk)


def nameless(ids: Collection[int]) -> set[int]:
    rows = Question.objects.filter(pk__in=ids).exclude(name_mode=Session.Names.NAMED)
    return set(rows.values_list("pk", flat=True))


QUESTIONS = Subject(
    kind="live",
    visible=visible,
    judged=judged,
    judges=judges,
    items=items,
    hide=hide,
    redact=redact,
    nameless=nameless,
)
