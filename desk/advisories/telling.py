"""Who hears of an advisory: when it comes, before its day, and when an answer is late.

The row of a step and its notices are written in one transaction, and a constraint keeps the
step single: the worker may be killed at any line and run twice at once.
"""

from collections.abc import Collection, Iterable
from datetime import date, datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from desk import dues
from desk.advisories.rules import parent_agency
from desk.models import Addressee, Advisory, AdvisoryReminder
from notifications.services import NORMAL, URGENT, holidays_from, notify
from people.calendar import working_day_after
from people.models import Posting, User
from people.roles import heads, officials

Step = AdvisoryReminder.Step
REMIND_BEFORE = 2  # working days
DITT_AFTER = 5  # working days after the day; the head hears when it is over


# --- At once ----------------------------------------------------------------------------------


def issued(advisory: Advisory) -> None:
    _tell(
        people_of(advisory.addressees.all()),
        advisory,
        event="issued",
        title=f"{advisory.get_kind_display()}: {advisory.label}",
        reason=_("%(issuer)s asks your agency or centre. Answer until %(due)s.")
        % {"issuer": advisory.issuer, "due": advisory.due.isoformat()},
    )


def withdrawn(advisory: Advisory) -> None:
    _tell(
        people_of(advisory.addressees.all()),
        advisory,
        event="withdrawn",
        title=_("Withdrawn: %(advisory)s") % {"advisory": advisory.label},
        reason=_("Your agency or centre was asked."),
    )


def people_of(addressees: QuerySet[Addressee]) -> QuerySet[User]:
    """The officials of the agencies and the operators of the centres."""
    posted = Posting.objects.open().filter(person=OuterRef("pk"))
    agencies = addressees.filter(organisation__isnull=False).values("organisation")
    centres = addressees.filter(centre__isnull=False).values("centre")
    of_agency = Q(Exists(posted.filter(organisation__in=agencies))) & Q(pk__in=officials())
    runs = Q(Exists(posted.filter(centre__in=centres)))
    return User.objects.filter(of_agency | runs, is_active=True)


# --- By the worker ----------------------------------------------------------------------------


def keep_advisories(now: datetime | None = None) -> int:
    """Take every step that is reached at `now` and was not taken; how many. Safe to repeat."""
    now = now or timezone.now()
    if not dues.offices_open(now):
        return 0
    today, holidays = timezone.localdate(now), holidays_from(now)
    soon = working_day_after(today, REMIND_BEFORE, holidays)
    last = AdvisoryReminder.objects.filter(addressee=OuterRef("pk"), step=Step.DITT)
    waiting = Addressee.objects.filter(advisory=OuterRef("pk")).unsettled().exclude(Exists(last))
    rows = Advisory.objects.running().filter(Exists(waiting), due__lte=soon).order_by("due", "pk")
    keys = list(rows.values_list("pk", flat=True))
    return sum(_take_steps(key, now, holidays) for key in keys)


def steps_reached(advisory: Advisory, today: date, holidays: Collection[date]) -> list[Step]:
    """The steps whose day has come: what was issued today is not reminded of today."""
    reached = []
    soon = working_day_after(today, REMIND_BEFORE, holidays)
    if advisory.due <= soon and today > timezone.localdate(advisory.created):
        reached.append(Step.REMIND)
    if today > advisory.due:
        reached.append(Step.HEAD)
        if today >= working_day_after(advisory.due, DITT_AFTER, holidays):
            reached.append(Step.DITT)
    return reached


@transaction.atomic
def _take_steps(pk: int, now: datetime, holidays: Collection[date]) -> int:
    # Under the lock: somebody may have answered, or another worker told of it.
    advisory = Advisory.objects.select_for_update(of=("self",)).for_list().get(pk=pk)
    if advisory.withdrawn_at:
        return 0
    return sum(
        _take(advisory, step, now)
        for step in steps_reached(advisory, timezone.localdate(now), holidays)
    )


def _take(advisory: Advisory, step: Step, now: datetime) -> int:
    """Note the step at all who have not settled it, and tell; how many they were."""
    told = AdvisoryReminder.objects.filter(addressee=OuterRef("pk"), step=step)
    open_ones = advisory.addressees.unsettled()
    keys = list(open_ones.exclude(Exists(told)).values_list("pk", flat=True))
    if not keys:
        return 0
    AdvisoryReminder.objects.bulk_create(
        AdvisoryReminder(addressee_id=key, step=step, at=now) for key in keys
    )
    waiting = Addressee.objects.filter(pk__in=keys)
    if step == Step.REMIND:
        _remind(advisory, waiting)
    elif step == Step.HEAD:
        _tell_heads(advisory, waiting)
    else:
        _tell_parent_agency(advisory, len(keys), step)
    return len(keys)


def _remind(advisory: Advisory, waiting: QuerySet[Addressee]) -> None:
    _tell(
        people_of(waiting),
        advisory,
        event=Step.REMIND,
        title=_("Answer until %(due)s: %(advisory)s")
        % {"due": advisory.due.isoformat(), "advisory": advisory.label},
        reason=_("Your agency or centre has not said that it is done, or why not."),
    )


def _tell_heads(advisory: Advisory, waiting: QuerySet[Addressee]) -> None:
    """The heads of the agencies and who supervises the operators; where nobody is, whoever
    stands on the next step."""
    agencies = Posting.objects.open().filter(person__in=heads())
    supervised = Posting.objects.open().filter(supervisor__is_active=True)
    ours = Exists(agencies.filter(organisation=OuterRef("organisation"), person__is_active=True))
    theirs = Exists(supervised.filter(centre=OuterRef("centre")))
    headed = waiting.filter(Q(ours) | Q(theirs))
    leads = agencies.filter(organisation__in=headed.values("organisation")).values("person")
    supervisors = supervised.filter(centre__in=headed.values("centre")).values("supervisor")
    _tell(
        User.objects.filter(Q(pk__in=leads) | Q(pk__in=supervisors), is_active=True),
        advisory,
        event=Step.HEAD,
        title=_("Late: %(advisory)s") % {"advisory": advisory.label},
        reason=_("You head an agency, or supervise a centre, that has not answered in time."),
    )
    alone = waiting.exclude(pk__in=headed.values("pk")).count()
    if alone:
        _tell_parent_agency(advisory, alone, Step.HEAD)


def _tell_parent_agency(advisory: Advisory, number: int, step: Step) -> None:
    _tell(
        parent_agency(),
        advisory,
        event=f"{step}:ditt",
        title=_("%(number)d have not answered in time: %(advisory)s")
        % {"number": number, "advisory": advisory.label},
        reason=_("You see to it for the parent agency."),
        url=reverse("desk:coverage", args=[advisory.pk]),
    )


def _tell(
    people: Iterable[User],
    advisory: Advisory,
    *,
    event: str,
    title: str,
    reason: str,
    url: str = "",
) -> None:
    notify(
        people,
        event=f"advisory:{advisory.pk}:{event}",
        title=title,
        reason=reason,
        url=url or advisory.get_absolute_url(),
        urgency=URGENT if advisory.urgent else NORMAL,
    )
