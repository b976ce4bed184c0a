"""A course changed materially: who holds a certificate by its old version is told, and refreshes.

Source of the rule: a certificate says that its holder knows how the work is done today. What
is not refreshed in time is never taken back by this: two people decide about suspending it.
"""

from collections.abc import Iterable
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from certification.models import Credential, Proposal, Refresher, Scheme
from certification.services import propose
from certification.states import Standing
from courses.models import Completion, MaterialChange
from notifications.services import notify


@transaction.atomic
def follow_material_change(change: MaterialChange) -> None:
    """Tell every holder by an older version, and note by when to refresh. Safe to repeat."""
    today = timezone.localdate(change.at)
    slug = change.version.course.slug
    for scheme in Scheme.objects.all():
        if scheme.rule and ("course", slug) in {(x.kind, x.key) for x in scheme.all_leaves()}:
            _ask(scheme, change, today)


def _ask(scheme: Scheme, change: MaterialChange, today: date) -> None:
    held = _held_by_older(scheme, change, today)
    days = scheme.refresher_days
    due_on = today + timedelta(days=days) if days else None
    Refresher.objects.bulk_create(
        [Refresher(credential=row, change=change, due_on=due_on) for row in held],
        ignore_conflicts=True,
    )
    names = {"title": scheme.title, "course": change.version.title, "day": due_on}
    told = (
        _("“%(course)s” changed: refresh your certificate “%(title)s” by %(day)s.")
        if due_on
        else _("“%(course)s”, by which you hold “%(title)s”, changed: read what is new.")
    )
    notify(
        [row.holder for row in held if row.holder.is_active],
        event=f"material-change:{change.pk}:{scheme.pk}",
        title=told % names,
        reason=change.reason,
        url=scheme.get_absolute_url() if due_on else change.version.course.url,
    )


def _held_by_older(scheme: Scheme, change: MaterialChange, today: date) -> list[Credential]:
    """The newest certificate of each holder whose newest completion of the course is older."""
    rows = (
        Credential.objects.filter(Q(valid_until=None) | Q(valid_until__gte=today), scheme=scheme)
        .not_revoked()
        .select_related("holder")
        .defer("claims", "jwt", "slip")
        .order_by("pk")
    )
    newest = {row.holder_id: row for row in rows}
    older = set(
        Completion.objects.filter(course=change.version.course, person__in=list(newest))
        .order_by()
        .values("person")
        .annotate(number=Max("course_version__number"))
        .filter(number__lt=change.version.number)
        .values_list("person", flat=True)
    )
    return [row for person, row in newest.items() if person in older]


def run_refreshers(*, today: date | None = None) -> int:
    """Ask two people to suspend what was not refreshed in time; how many. Safe to repeat.

    Each is asked about once: what they decline stays declined.
    """
    today = today or timezone.localdate()
    overdue = Refresher.objects.open().filter(due_on__lt=today, escalated_on=None)
    return sum(_escalate(row, today) for row in overdue.for_page())


@transaction.atomic
def _escalate(row: Refresher, today: date) -> bool:
    """One conditional update decides between two workers."""
    mine = Refresher.objects.filter(pk=row.pk, escalated_on=None).update(escalated_on=today)
    credential = Credential.objects.with_state().get(pk=row.credential_id)
    over = credential.valid_until is not None and credential.valid_until < today
    if not mine or over or credential.standing != Standing.GOOD:
        return False
    reason = _("“%(course)s” changed materially and the refresher was not done by %(day)s.")
    names = {"course": row.change.version.title, "day": row.due_on}
    propose(Proposal.Kind.SUSPEND, by=None, reason=(reason % names)[:300], credential=credential)
    return True


def open_for(person) -> Iterable[Refresher]:
    """What `person` must refresh, the soonest first."""
    return Refresher.objects.open().filter(credential__holder=person).for_page()
