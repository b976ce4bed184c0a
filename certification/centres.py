"""Which centre is ready for what it offers: the reads around the pure rule."""

from collections import Counter, defaultdict
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


# --- The map --------------------------------------------------------------------------------

# Column and row of each dzongkhag, by ISO code: Bhutan in 20 tiles, west to east, north to south.
TILES = {
    "BT-GA": (2, 0), "BT-33": (4, 0), "BT-44": (5, 0), "BT-TY": (6, 0),
    "BT-11": (0, 1), "BT-15": (1, 1), "BT-23": (2, 1), "BT-24": (3, 1),
    "BT-32": (4, 1), "BT-42": (5, 1), "BT-41": (6, 1),
    "BT-13": (0, 2), "BT-12": (1, 2), "BT-22": (2, 2), "BT-21": (3, 2),
    "BT-34": (4, 2), "BT-43": (5, 2), "BT-45": (6, 2),
    "BT-14": (0, 3), "BT-31": (3, 3),
}  # fmt: skip
COLUMNS, ROWS = 7, 4
WIDTH, HEIGHT, GAP, INSET = 124, 74, 6, 8
LONG_NAME = 13  # letters; a longer one is squeezed into its tile, whatever the font


@dataclass(frozen=True)
class Tile:
    """A dzongkhag on the map, and its row in the table beneath."""

    iso: str
    name: str
    counts: dict[State, int]

    @property
    def all(self) -> int:
        return sum(self.counts.values())

    @property
    def worst(self) -> str:
        """The state that most needs eyes; empty for a dzongkhag without a centre here."""
        order = (State.NOT_READY, State.LAPSING, State.READY)
        return next((state.value for state in order if self.counts[state]), "")

    @property
    def x(self) -> int:
        return TILES[self.iso][0] * (WIDTH + GAP)

    @property
    def y(self) -> int:
        return TILES[self.iso][1] * (HEIGHT + GAP)

    @property
    def inner(self) -> int:
        return WIDTH - 2 * INSET

    @property
    def is_long(self) -> bool:
        return len(self.name) > LONG_NAME

    @property
    def bars(self) -> list[tuple[str, float, float]]:
        """State, start and width of each part of the tile's bar."""
        found, start = [], 0.0
        for state in (State.READY, State.LAPSING, State.NOT_READY):
            width = self.inner * self.counts[state] / self.all if self.all else 0.0
            if width:
                found.append((state.value, round(start, 1), round(width, 1)))
            start += width
        return found


def tiles(found: list[Line]) -> list[Tile]:
    """The dzongkhags of `found` with how many of their centres are in which state."""
    counts: dict[tuple[str, str], Counter[State]] = defaultdict(Counter)
    for line in found:
        dzongkhag = line.centre.gewog.dzongkhag
        counts[dzongkhag.name, dzongkhag.iso][line.state] += 1
    return [
        Tile(iso, name, {state: row[state] for state in State})
        for (name, iso), row in sorted(counts.items())
    ]
