"""Writes of advisories: issued, answered, withdrawn; each is one transaction."""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _

from desk.advisories import rules, telling
from desk.models import Addressee, Advisory, AdvisoryAnswer
from forums.models import ExpertPool
from forums.services import CidReuseError
from moderation.limits import check_not_silenced
from people.audiences import EVERYONE, agency_token, person_token
from people.markup import render_markdown
from people.models import Audience, Centre, Organisation, Posting, User
from people.roles import officials
from people.rules import may_keep_registry


class WithdrawnError(Exception):
    """The advisory was withdrawn: there is nothing to answer any more."""


@transaction.atomic
def issue(
    *,
    by: User,
    title: str,
    body: str,
    kind: str,
    due: date,
    cid: UUID,
    agencies: Iterable[Organisation] = (),
    centres: Iterable[Centre] = (),
    pool: ExpertPool | None = None,
    urgent: bool = False,
    restricted: bool = False,
    at: datetime | None = None,
    tell: bool = True,
) -> Advisory:
    """Tell `agencies` and `centres` something that they answer until `due`, in the name of `pool`
    or, without one, of the parent agency.

    Repeating it with the same `cid` gives the first advisory; other content raises CidReuseError.
    A `restricted` one goes to agencies only, and only they read it. An agency without an official
    is left out. PermissionDenied for who neither leads the pool nor is of the parent agency.
    """
    User.objects.lock(by.pk)
    known = Advisory.objects.filter(issued_by=by, cid=cid).first()
    if known:
        if (known.title, known.body, known.due) != (title, body, due):
            raise CidReuseError
        return known
    _check_issuer(by, pool)
    check_not_silenced(by)
    asked, running = list(agencies), list(centres)
    if restricted and running:
        raise ValueError("What goes to centres is open to everyone.")
    advisory = Advisory.objects.create(
        title=title,
        body=body,
        body_html=render_markdown(body),
        kind=kind,
        urgent=urgent,
        due=due,
        pool=pool,
        issued_by=by,
        restricted=restricted,
        audience=_audience(by, pool, asked if restricted else None),
        created=at or timezone.now(),
        cid=cid,
    )
    places = _places_of(asked)
    rows = [
        Addressee(advisory=advisory, organisation=agency, dzongkhag_id=places[agency.pk])
        for agency in asked
        if agency.pk in places
    ]
    rows += [
        Addressee(advisory=advisory, centre=centre, dzongkhag=centre.gewog.dzongkhag)
        for centre in running
    ]
    Addressee.objects.bulk_create(rows)
    if tell:
        telling.issued(advisory)
    return advisory


def _check_issuer(by: User, pool: ExpertPool | None) -> None:
    allowed = rules.pools_of(by).filter(pk=pool.pk).exists() if pool else may_keep_registry(by)
    if not allowed:
        raise PermissionDenied(_("Advisories come from the leads of pools and the parent agency."))


def _audience(by: User, pool: ExpertPool | None, only: list[Organisation] | None) -> Audience:
    """Everyone; or only the agencies that are asked, who issues it, and the parent agency."""
    if only is None:
        return Audience.objects.of(EVERYONE)
    tokens = [agency_token(agency.pk) for agency in only]
    tokens += [person_token(by.pk), f"group:{rules.REGISTRAR}"]
    return Audience.objects.of(*tokens, *([pool.serving_token] if pool else []))


def _places_of(agencies: Iterable[Organisation]) -> dict[int, int]:
    """Agency id -> the dzongkhag in which most of its officials work."""
    posted = Posting.objects.open().filter(organisation__in=agencies, person__in=officials())
    counted = posted.values_list("organisation", "dzongkhag").annotate(number=Count("pk"))
    return {agency: place for agency, place, _number in counted.order_by("number", "-dzongkhag")}


@transaction.atomic
def answer(
    addressee: Addressee,
    *,
    by: User,
    state: str,
    cid: UUID,
    reason: str = "",
    at: datetime | None = None,
) -> AdvisoryAnswer:
    """Say what became of an advisory in an agency or centre; a correction is a new row.

    Repeating it with the same `cid` gives the first row; other content raises CidReuseError.
    PermissionDenied for those who are not of that agency or centre; WithdrawnError.
    """
    User.objects.lock(by.pk)
    known = AdvisoryAnswer.objects.filter(by=by, cid=cid).first()
    if known:
        if (known.addressee_id, known.state, known.reason) != (addressee.pk, state, reason):
            raise CidReuseError
        return known
    if not rules.answered_by(by).filter(pk=addressee.pk).exists():
        raise PermissionDenied(_("Each answers for the own agency or centre."))
    check_not_silenced(by)
    # The reminders take the same lock: nobody is told of what was just answered.
    advisory = Advisory.objects.select_for_update().get(pk=addressee.advisory_id)
    if advisory.withdrawn_at:
        raise WithdrawnError
    return AdvisoryAnswer.objects.create(
        addressee=addressee, by=by, state=state, reason=reason, cid=cid, at=at or timezone.now()
    )


@transaction.atomic
def withdraw(advisory: Advisory, *, by: User, why: str) -> Advisory:
    """End an advisory before its day: nobody is reminded any more. Safe to repeat."""
    advisory = Advisory.objects.select_for_update(of=("self",)).for_list().get(pk=advisory.pk)
    if not rules.may_follow(by, advisory):
        raise PermissionDenied(_("Only the parent agency and the lead of the pool withdraw it."))
    if advisory.withdrawn_at:
        return advisory
    check_not_silenced(by)
    advisory.withdrawn_at, advisory.withdrawn_why = timezone.now(), why
    advisory.save(update_fields=["withdrawn_at", "withdrawn_why"])
    telling.withdrawn(advisory)
    return advisory
