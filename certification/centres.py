"""Which centre is ready for what it offers: the reads around the pure rule."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Prefetch, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from certification import badge
from certification.models import Credential, ServiceRequirement
from certification.readiness import Certificate, Readiness, Service, State, readiness
from certification.rules import may_see_every_centre, may_see_readiness
from certification.states import Action, Standing, after
from people.country import Map, Tone, map_of
from people.models import Centre, Posting, User
from people.ways import Way


@dataclass(frozen=True)
class Line:
    """A centre with its operator on a day and what it is ready for."""

    centre: Centre
    operator: User | None
    readiness: Readiness

    @property
    def state(self) -> State:
        return self.readiness.state


def visible_centres(person) -> QuerySet[Centre]:
    """The whole country for those who answer for it, else the own dzongkhag or centre."""
    centres = Centre.objects.all()
    if may_see_every_centre(person):
        return centres
    posting = person.open_posting
    if posting is None or not may_see_readiness(person):
        return centres.none()
    if "dzongkhag_officer" in person.roles:
        return centres.filter(gewog__dzongkhag=posting.dzongkhag)
    return centres.filter(pk=posting.centre_id)


def way_to_readiness(person, centre) -> Way | None:
    """From the page of a centre, for those who see its readiness."""
    if not visible_centres(person).filter(pk=centre.pk).exists():
        return None
    address = reverse("certification:readiness_of", args=[centre.code])
    return Way(_("Readiness of this centre"), address)


def lines(centres: QuerySet[Centre], *, day: date, service: str = "") -> list[Line]:
    """The readiness of `centres` on `day`, in the same few queries for any number of them.

    With `service`, the slug of one, only centres that offer it, judged by it alone.
    """
    if service:
        centres = centres.filter(services__slug=service)
    running = Posting.objects.on(day).filter(centre__isnull=False).select_related("person")
    rows = list(
        centres.select_related("gewog__dzongkhag").prefetch_related(
            "services", Prefetch("postings", running, to_attr="running")
        )
    )
    needed = {
        row.service_id: row.scheme for row in ServiceRequirement.objects.select_related("scheme")
    }
    operators = {posting.person_id for row in rows for posting in row.running}
    held = held_by(operators, day=day)
    return [_line(row, needed, held, day, service) for row in rows]


def _line(row: Centre, needed: dict, held: dict, day: date, only: str) -> Line:
    posting = row.running[0] if row.running else None  # type: ignore[attr-defined]
    services = [
        Service(one.name, needed[one.pk].code, needed[one.pk].title)
        if one.pk in needed
        else Service(one.name)
        for one in row.services.all()
        if not only or one.slug == only
    ]
    found = readiness(
        services,
        held[posting.person_id] if posting else None,
        day=day,
        posting_ends=posting.ends if posting else None,
    )
    return Line(row, posting.person if posting else None, found)


def held_by(people: set[int], *, day: date) -> dict[int, dict[str, Certificate]]:
    """Person -> scheme code -> the best certificate as it stood at the end of `day`."""
    moment = badge.end_of(day)
    found: dict[int, dict[str, Certificate]] = defaultdict(dict)
    rows = (
        Credential.objects.filter(holder__in=people, valid_from__lte=day, issued_at__lte=moment)
        .select_related("scheme")
        .prefetch_related("status_events")
        .only("holder", "valid_from", "valid_until", "scheme__code", "scheme__grace_days")
    )
    for row in rows:
        certificate = _certificate(row, moment)
        known = found[row.holder_id].get(row.scheme.code)
        if known is None or _worth(certificate) > _worth(known):
            found[row.holder_id][row.scheme.code] = certificate
    return found


def _certificate(row: Credential, moment: datetime) -> Certificate:
    events = [event for event in row.status_events.all() if event.at <= moment]
    standing = after(event.action for event in events)
    revoked = next((event.at for event in events if event.action == Action.REVOKE), None)
    return Certificate(
        until=row.valid_until,
        grace_days=row.scheme.grace_days,
        suspended=standing == Standing.SUSPENDED,
        revoked_on=revoked.astimezone(badge.start_of(row.valid_from).tzinfo).date()
        if revoked
        else None,
    )


def _worth(certificate: Certificate) -> tuple[bool, bool, date]:
    return (
        certificate.revoked_on is None,
        not certificate.suspended,
        certificate.until or date.max,
    )


TONES = {State.READY: Tone.GOOD, State.LAPSING: Tone.WARN, State.NOT_READY: Tone.BAD}


def map_of_lines(found: list[Line]) -> Map:
    """The dzongkhags of `found` with how many of their centres are in which state."""
    return map_of(
        ((line.centre.gewog.dzongkhag, TONES[line.state]) for line in found),
        words=(_("Ready"), _("Lapsing within 90 days"), _("Not ready")),
    )
