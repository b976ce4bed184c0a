"""What a delivered request taught, as question and answer: drafted, approved, published."""

import uuid

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

import forums.services
from desk import rules, services
from desk.models import Request, SharedAnswer
from desk.redaction import Redactor
from forums.models import Topic
from moderation.limits import check_not_silenced
from notifications.services import notify
from people.models import User

SPACE = uuid.UUID("d4f9a2a6-6f0e-4d0b-8a53-9c1d0a9f7b21")  # cids of published answers


@transaction.atomic
def draft(request: Request, *, by: User) -> SharedAnswer:
    """Draft question and answer from `request`, with everything that says who and where taken out.

    Safe to repeat: a draft that is there stays as it was edited. The requester is told.
    PermissionDenied unless `by` filed the request or serves its pool, and it was delivered.
    """
    request = services.locked(request)
    known = SharedAnswer.objects.filter(request=request).first()
    if known:
        return known
    _need(rules.may_draft(by, request))
    redact = _redactor_of(request)
    shared = SharedAnswer.objects.create(
        request=request,
        title=redact(request.title)[:200],
        question=redact(_asked(request)),
        answer=redact(request.deliverable),
        drafted_by=by,
    )
    notify(
        User.objects.filter(pk=request.requester_id).exclude(pk=by.pk),
        event=f"request:{request.pk}:drafted",
        title=_("May others learn from it? %(request)s") % {"request": request.label},
        reason=_("You filed this request; nothing is published before you approve it."),
        url=f"{request.get_absolute_url()}share/",
    )
    return shared


def _asked(request: Request) -> str:
    """The question: the text, and what the service asked."""
    answers = "\n".join(f"- {label} {text}" for label, text in request.answers)
    return f"{request.body}\n\n{answers}".strip()


def _redactor_of(request: Request) -> Redactor:
    actors = request.transitions.exclude(actor=None).values_list("actor__name", flat=True)
    agency = [request.organisation.name] if request.organisation else []
    return Redactor(
        names=[*User.objects.values_list("name", flat=True), *agency],
        concerned=[request.requester.name, *actors],
    )


@transaction.atomic
def edit(shared: SharedAnswer, *, by: User, title: str, question: str, answer: str) -> SharedAnswer:
    """Change the draft. PermissionDenied for others, and once it is published."""
    request = services.locked(shared.request)
    shared = SharedAnswer.objects.get(pk=shared.pk)
    _need(rules.may_draft(by, request) and shared.topic_id is None)
    check_not_silenced(by)
    shared.title, shared.question, shared.answer = title, question, answer
    shared.save(update_fields=["title", "question", "answer"])
    return shared


@transaction.atomic
def approve(shared: SharedAnswer, *, by: User, title: str, question: str, answer: str) -> Topic:
    """Publish exactly this text as an answered question of the pool. Safe to repeat.

    PermissionDenied unless `by` filed the request.
    """
    request = services.locked(shared.request)
    shared = SharedAnswer.objects.select_related("topic").get(pk=shared.pk)
    if by.pk != request.requester_id:
        raise PermissionDenied(_("Whoever filed the request approves what is published."))
    if shared.topic:
        return shared.topic
    shared = edit(shared, by=by, title=title, question=question, answer=answer)
    shared.topic = _published(shared, request)
    shared.approved_at = timezone.now()
    shared.save(update_fields=["topic", "approved_at"])
    notify(
        User.objects.filter(pk__in=[request.claimed_by_id]).exclude(pk=by.pk),
        event=f"request:{request.pk}:published",
        title=_("Published: %(title)s") % {"title": shared.title},
        reason=_("It is what you delivered for a request."),
        url=shared.topic.get_absolute_url(),
    )
    return shared.topic


def _published(shared: SharedAnswer, request: Request) -> Topic:
    """The topic. It names no competency: the sign-off of the request was evidence already."""
    cids = [uuid.uuid5(SPACE, f"{request.pk}:{part}") for part in ("question", "answer")]
    topic = forums.services.ask(
        pool=request.pool,
        author=request.requester,
        title=shared.title,
        body=shared.question,
        cid=cids[0],
        tell=False,
        limited=False,
    )
    if request.claimed_by is None:  # the database lets no delivery be without
        raise ValueError(f"{request.receipt} was delivered by nobody.")
    post = forums.services.reply(
        topic,
        author=request.claimed_by,
        body=shared.answer,
        cid=cids[1],
        tell=False,
        limited=False,
    )
    forums.services.accept_answer(post, by=request.requester)
    return topic


def _need(allowed: bool) -> None:
    if not allowed:
        raise PermissionDenied(
            _("Requester and pool draft from what was delivered, until it is published.")
        )
