"""Writes of the desk: each is one transaction, logged as a transition and told to who is concerned.

Moves follow desk/states.py. All take the row's lock first, so that of two people who act at
once the second sees what the first did: an illegal move then says what is allowed instead.
"""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from competencies.models import Competency, Evidence
from competencies.services import record_evidence
from desk import dues, rules
from desk.models import Request, Service, State, Transition
from desk.states import CLAIM_HOLDS, HELD, OVER, REOPEN_WITHIN, IllegalMoveError, Part, move_from
from forums import drafting
from forums.audiences import people_serving
from forums.models import ExpertPool
from forums.services import CidReuseError
from moderation.limits import admit, check_not_silenced
from notifications.services import notify
from people.audiences import agency_token, person_token
from people.markup import render_markdown
from people.models import Audience, Organisation, User

WHO_MAY = {
    Part.REQUESTER: gettext_lazy("the person who filed it"),
    Part.CLAIMANT: gettext_lazy("the person who claimed it"),
    Part.EXPERT: gettext_lazy("an expert of the pool"),
    Part.LEAD: gettext_lazy("the pool's lead"),
    Part.SECOND: gettext_lazy("an expert of the second pool"),
}


class AlreadyClaimedError(Exception):
    """Somebody else was first: `by` says who."""

    def __init__(self, by: User):
        self.by = by
        super().__init__(str(by))


@transaction.atomic
def file_request(
    *,
    requester: User,
    pool: ExpertPool,
    title: str,
    body: str,
    cid: UUID,
    urgency: str = Request.Urgency.NORMAL,
    on_site: bool = False,
    service: Service | None = None,
    answers: Iterable[Iterable[str]] = (),
    confidential: bool = False,
    note: str = "",
    at: datetime | None = None,
    tell: bool = True,
    limited: bool = True,
) -> Request:
    """File a request with `pool`; whoever serves it is told. The receipt is `request.receipt`.

    `service` is one of the pool's, `answers` are label and text of what it asks, `note` stands
    in its history. Repeating it with the same `cid` gives the first request; other content
    raises CidReuseError. `limited` as in forums.services.ask.
    """
    User.objects.lock(requester.pk)
    told = [list(pair) for pair in answers]
    known = Request.objects.filter(requester=requester, cid=cid).first()
    if known:
        if (known.title, known.body, known.answers) != (title, body, told):
            raise CidReuseError
        return known
    if limited:
        admit(requester, "request")
    at = at or timezone.now()
    posting = requester.open_posting
    organisation = posting.organisation if posting else None
    request = Request.objects.create(
        requester=requester,
        organisation=organisation,
        dzongkhag=posting.dzongkhag if posting else None,
        pool=pool,
        service=service,
        answers=told,
        title=title,
        body=body,
        body_html=render_markdown(body),
        urgency=urgency,
        on_site=on_site,
        confidential=confidential,
        audience=_audience(requester, organisation, confidential, pool),
        cid=cid,
        created=at,
        updated=at,
    )
    drafting.sent(requester, cid)
    _log(request, "file", "", by=requester, note=note, at=at, tell=tell)
    return request


def _audience(
    requester: User, organisation: Organisation | None, confidential: bool, *pools: ExpertPool
) -> Audience:
    """The requester and those who serve the pools; the agency too, unless it is confidential."""
    tokens = [person_token(requester.pk), *(pool.serving_token for pool in pools)]
    if organisation and not confidential:
        tokens.append(agency_token(organisation.pk))
    return Audience.objects.of(*tokens)


@transaction.atomic
def move(
    request: Request,
    verb: str,
    *,
    by: User | None,
    note: str = "",
    at: datetime | None = None,
    tell: bool = True,
    subject: str = "",
    **changes,
) -> Request:
    """Take `request` one step on; `changes` are fields that change with it. `by` None: the desk.

    IllegalMoveError where the step does not lead on from here, PermissionDenied with who may.
    The same step again by the same person, with nothing in between, changes nothing.
    """
    request = locked(request)
    at = at or timezone.now()
    if _repeats(request, (verb, by.pk if by else None, note, subject)):
        return request
    step = move_from(verb, request.state)
    _check_part(request, step.by, by)
    if by:
        check_not_silenced(by)
    if verb == "reopen" and request.state == State.CLOSED and at - request.updated > REOPEN_WITHIN:
        raise IllegalMoveError(verb, request.state)
    before, former = request.state, request.claimed_by_id
    request.state, request.updated = step.to, at
    if step.to == State.TRIAGED:
        changes = {"claimed_by": None, "claimed_until": None} | changes
    elif step.to != State.CLAIMED:
        changes = {"claimed_until": None} | changes
    for name, value in changes.items():
        setattr(request, name, value)
    request.save(update_fields=["state", "updated", *changes])
    _log(
        request,
        verb,
        before,
        by=by,
        note=note,
        at=at,
        tell=tell,
        subject=subject,
        former=former,
    )
    return request


def locked(request: Request) -> Request:
    """The row as it is now, ours until the transaction ends."""
    return (
        Request.objects.select_for_update(of=("self",))
        .select_related("pool", "service", "second_pool")
        .get(pk=request.pk)
    )


def _check_part(request: Request, wanted: Iterable[Part], by: User | None) -> None:
    parts = rules.parts_of(by, request) if by else {Part.DESK}
    if not parts & set(wanted):
        who = _(" or ").join(str(WHO_MAY[part]) for part in WHO_MAY if part in wanted)
        who = who or _("the desk itself")
        raise PermissionDenied(_("Only %(who)s can do this.") % {"who": who})


def _repeats(request: Request, step: tuple[str, int | None, str, str]) -> bool:
    """Whether the newest step is this one: a button pressed twice, or a page sent again."""
    last = request.transitions.last()
    return bool(last and (last.verb, last.actor_id, last.note, last.subject) == step)


@transaction.atomic
def claim(
    request: Request,
    *,
    by: User,
    note: str = "",
    at: datetime | None = None,
    tell: bool = True,
) -> Request:
    """Take a request from the queue: exactly one of all who try gets it.

    AlreadyClaimedError tells the others who has it. A claim holds for CLAIM_HOLDS; when no
    work has begun by then, somebody else may claim. Claiming again what one holds renews it.
    """
    at = at or timezone.now()
    request = locked(request)
    until = at + CLAIM_HOLDS
    if request.claimed_by_id == by.pk and request.state in (State.CLAIMED, State.IN_WORK):
        if request.state == State.CLAIMED:
            request.claimed_until = until
            request.save(update_fields=["claimed_until"])
        return request
    holder = request.claimed_by
    if holder and request.state in HELD and not request.claim_lapsed(at):
        raise AlreadyClaimedError(holder)
    return move(
        request, "claim", by=by, note=note, at=at, tell=tell, claimed_by=by, claimed_until=until
    )


@transaction.atomic
def hand_over(request: Request, *, by: User, to: User, note: str = "") -> Request:
    """Give a claimed request to another who serves the pool; the history goes with it."""
    if not serving(request.pool).filter(pk=to.pk).exists():
        raise PermissionDenied(_("A request is handed over to an expert or the lead of its pool."))
    if request.claimed_by_id == to.pk:
        return request
    until = timezone.now() + CLAIM_HOLDS
    return move(
        request,
        "hand_over",
        by=by,
        note=note,
        subject=to.name,
        claimed_by=to,
        claimed_until=until,
    )


@transaction.atomic
def route(
    request: Request, *, by: User, pool: ExpertPool, note: str, service: Service | None = None
) -> Request:
    """Send a request to another pool; it is in that pool's queue, and only that pool sees it.

    The clocks run on from when they started, now with the targets of `service` of that pool.
    """
    request = locked(request)
    if (request.pool, request.service) == (pool, service):
        return request
    _check_part(request, move_from("route", request.state).by, by)
    return _send(
        request,
        "route",
        by=by,
        note=note,
        subject=f"{pool.title}: {service}" if service else pool.title,
        pool=pool,
        service=service,
    )


@transaction.atomic
def take_over(request: Request, *, by: User, note: str = "") -> Request:
    """Claim what waits in another pool for the second pool, which the ladder asked too."""
    request = locked(request)
    if (request.claimed_by_id, request.state) == (by.pk, State.CLAIMED):
        return request
    pool = request.second_pool
    if pool is None:
        raise IllegalMoveError("take_over", request.state)
    request = _send(request, "take_over", by=by, note=note, subject=pool.title, pool=pool)
    return claim(request, by=by)


def _send(
    request: Request, verb: str, *, pool: ExpertPool, service: Service | None = None, **more
) -> Request:
    """Take a step after which `request` lies with `pool`, and only that pool sees it."""
    audience = _audience(request.requester, request.organisation, request.confidential, pool)
    return move(
        request,
        verb,
        pool=pool,
        second_pool=None,
        service=service,
        audience=audience,
        **more,
    )


def open_to(request: Request, second: ExpertPool) -> None:
    """Ask a second pool too: those who serve it read `request` and may take it over.

    The caller holds the lock.
    """
    request.second_pool = second
    request.audience = _audience(
        request.requester, request.organisation, request.confidential, request.pool, second
    )
    request.save(update_fields=["second_pool", "audience"])


@transaction.atomic
def deliver(
    request: Request,
    *,
    by: User,
    deliverable: str,
    hours: Decimal | None,
    competencies: Iterable[Competency] = (),
    note: str = "",
    at: datetime | None = None,
    tell: bool = True,
) -> Request:
    """Hand the work to the requester, who signs it off or reopens it.

    `competencies` say what the work shows; the requester sees them at the sign-off.
    """
    request = move(
        request,
        "deliver",
        by=by,
        note=note or deliverable,
        at=at,
        tell=tell,
        deliverable=deliverable,
        deliverable_html=render_markdown(deliverable),
        hours=hours,
    )
    request.competencies.set(competencies)
    return request


@transaction.atomic
def accept(
    request: Request,
    *,
    by: User,
    rating: int | None = None,
    note: str = "",
    at: datetime | None = None,
    tell: bool = True,
) -> Request:
    """Sign the delivery off: evidence for whoever did the work, assessed by the requester.

    Nobody earns evidence with an own request.
    """
    request = move(request, "accept", by=by, note=note, at=at, tell=tell, rating=rating)
    if request.claimed_by_id == request.requester_id:
        return request
    for competency in request.competencies.select_related("framework"):
        level = competency.level_of_help()
        if level:
            record_evidence(
                person=request.claimed_by,
                competency=competency,
                level=level,
                kind=Evidence.Kind.DELIVERED_REQUEST,
                source=request,
                assessor=by,
                observed_on=timezone.localdate(at) if at else None,
            )
    return request


def serving(pool: ExpertPool):
    """The experts and the lead of `pool`."""
    return people_serving(pool.code).filter(is_active=True)


def _log(
    request: Request,
    verb: str,
    before: str,
    *,
    by: User | None,
    at: datetime,
    note: str = "",
    tell: bool = True,
    subject: str = "",
    former: int | None = None,
) -> None:
    """The row of a step, what is due after it, and its notices; `former` held it before."""
    step = Transition.objects.create(
        request=request,
        verb=verb,
        from_state=before,
        to_state=request.state,
        actor=by,
        subject=subject,
        note=note,
        at=at,
    )
    dues.renew(request)
    if not tell:
        return
    _tell_followers(request, step)
    concerned = Q(pk__in=[request.requester_id, request.claimed_by_id, former])
    if request.state in (State.NEW, State.TRIAGED):
        concerned |= Q(pk__in=serving(request.pool).values("pk"))
    notify(
        User.objects.filter(concerned, is_active=True).exclude(pk__in=[by.pk] if by else []),
        event=f"request:{request.pk}:{step.pk}",
        title=f"{request.get_state_display()}: {request.label}",
        reason=_("You filed, claimed or serve this request in %(pool)s.")
        % {"pool": request.pool.title},
        url=request.get_absolute_url(),
        thread=f"request:{request.pk}",
    )


def _tell_followers(request: Request, step: Transition) -> None:
    """Whose request was merged into this one hears what becomes of it, on the own page."""
    if request.state not in OVER | {State.DELIVERED}:
        return
    for merged in request.merged.select_related("requester"):
        notify(
            [merged.requester],
            event=f"request:{merged.pk}:followed:{step.pk}",
            title=f"{request.get_state_display()}: {request.receipt}. {merged.label}",
            reason=_("Your request was merged into this one."),
            url=merged.get_absolute_url(),
        )
