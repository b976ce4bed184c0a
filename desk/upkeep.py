"""What the desk does by itself: silent requests are closed, claims of those who left are freed,
and requests that no pool serves are brought before the secretariat. All of it safe to repeat."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import TruncDate
from django.utils import timezone
from django.utils.translation import gettext as _

from desk import dues, services, slots
from desk.clocks import working_days_after
from desk.escalation import escalate, secretariat
from desk.models import Request, RequestQuerySet, State, Transition
from desk.states import HELD, IllegalMoveError
from forums.models import PoolMembership
from notifications.services import notify
from people.models import Posting, User

SILENT_DAYS = 10  # working days after which a delivery that nobody signs counts as accepted


def keep_requests() -> int:
    """Everything, for the worker; how many requests it touched."""
    kept = release_claims() + close_silent() + bring_up_orphans() + escalate()
    return kept + slots.remind()


def close_silent(now: datetime | None = None) -> int:
    """Close what was delivered and on which nobody said a word for SILENT_DAYS working days."""
    now = now or timezone.now()
    if not dues.offices_open(now):
        return 0
    silent = list(Request.objects.filter(state=State.DELIVERED).order_by("pk"))
    holidays = dues.holidays_for(silent)
    note = _("Nobody said a word for %(days)d working days after the delivery.")
    return sum(
        _moved(request, "lapse", note % {"days": SILENT_DAYS}, now)
        for request in silent
        if working_days_after(request.updated, SILENT_DAYS, holidays) < now
    )


def release_claims(now: datetime | None = None) -> int:
    """Give back to the queue what is held by somebody who cannot do it any more."""
    now = now or timezone.now()
    held = list(_held().order_by("pk"))
    return sum(_moved(request, "release", _why(request), now) for request in held if _why(request))


def _held() -> QuerySet[Any]:
    """What is in somebody's hands, with what tells whether that can go on."""
    serves = PoolMembership.objects.serving().filter(
        pool=OuterRef("pool"), person=OuterRef("claimed_by")
    )
    still_there = Posting.objects.open().filter(
        person=OuterRef("person"), organisation=OuterRef("organisation")
    )
    left = Posting.objects.filter(
        ~Exists(still_there), person=OuterRef("claimed_by"), ends__gte=OuterRef("claimed_on")
    )
    claims = Transition.objects.filter(request=OuterRef("pk"), verb__in=["claim", "hand_over"])
    claimed_on = claims.order_by("-pk").values(on=TruncDate("at"))[:1]
    rows = Request.objects.filter(state__in=HELD).select_related("claimed_by", "pool")
    rows = rows.annotate(claimed_on=Subquery(claimed_on))
    return rows.annotate(serves=Exists(serves), left=Exists(left))


def _why(request: Any) -> str:
    """Why the claim on one of `_held` cannot stand, or ""."""
    holder = request.claimed_by
    if not holder.is_active:
        return _("%(who)s is not here any more.") % {"who": holder.name}
    if request.left:
        return _("%(who)s was transferred.") % {"who": holder.name}
    if not (request.serves or holder.is_superuser):
        return _("%(who)s does not serve the pool any more.") % {"who": holder.name}
    return ""


@transaction.atomic
def _moved(request: Request, verb: str, note: str, now: datetime) -> bool:
    """Take the desk's own step, unless somebody did something to the request meanwhile."""
    same = Request.objects.select_for_update().filter(
        pk=request.pk, state=request.state, updated=request.updated, claimed_by=request.claimed_by
    )
    if not same.exists():
        return False
    try:
        services.move(request, verb, by=None, note=note, at=now)
    except IllegalMoveError:
        return False
    return True


def orphans() -> RequestQuerySet:
    """Requests in the queue of a pool that is closed, or that nobody serves."""
    served = PoolMembership.objects.serving().filter(pool=OuterRef("pool"), person__is_active=True)
    return Request.objects.queued().filter(Q(pool__live=False) | ~Exists(served))


def bring_up_orphans() -> int:
    """Tell requester, lead and secretariat of each request that no pool serves, once for a pool."""
    rows = list(orphans().select_related("pool", "requester"))
    for request in rows:
        leads = request.pool.memberships.open().filter(role="lead").values("person")
        concerned = Q(pk=request.requester_id) | Q(pk__in=leads) | Q(pk__in=secretariat())
        notify(
            User.objects.filter(concerned, is_active=True),
            event=f"request:{request.pk}:orphan:{request.pool_id}",
            title=_("No pool serves it now: %(request)s") % {"request": request.label},
            reason=_("%(pool)s is closed or has nobody; the request goes to another pool.")
            % {"pool": request.pool.title},
            url=request.get_absolute_url(),
        )
    return len(rows)
