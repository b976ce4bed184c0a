"""Judging a registry file against the database, and applying what was accepted."""

from collections.abc import Callable
from datetime import date

from django.db import connection, transaction
from django.utils import timezone

from people.models import (
    CareerTrack,
    Centre,
    CentreService,
    Dzongkhag,
    Gewog,
    Organisation,
    Posting,
    RegistryImport,
    TrackLevel,
    User,
)
from people.registry import centres as centre_rules
from people.registry import people as people_rules
from people.registry.judging import Judgement, Report
from people.registry.reading import read_table

# Outlet: called with the kind of file inside the applying transaction (lms/wiring.py).
registry_applied: list[Callable[[str], None]] = []


def judge(data: bytes, *, kind: str, as_of: date | None = None) -> Report:
    """What an import would say to each record; nothing is written. UnreadableError for no table."""
    as_of = as_of or timezone.localdate()
    if kind == RegistryImport.Kind.PEOPLE:
        rules = people_rules
        table = read_table(data, wanted=rules.COLUMNS, required=rules.REQUIRED)
        return Report(rules.judge_people(table, _known_people(), as_of=as_of))
    table = read_table(data, wanted=centre_rules.COLUMNS, required=centre_rules.REQUIRED)
    return Report(centre_rules.judge_centres(table, _known_centres(), as_of=as_of))


@transaction.atomic
def apply_file(data: bytes, *, kind: str, name: str, by: User | None) -> Report:
    """Judge and apply a file in one transaction, and keep a record of it; the report.

    A file that changes nothing and was applied before gets no second record.
    """
    report, changed = _judge_and_apply(data, kind=kind)
    before = RegistryImport.objects.filter(
        kind=kind, sha256=RegistryImport.digest(data), state=RegistryImport.State.APPLIED
    )
    if changed or not before.exists():
        RegistryImport.keep(data, report, name=name, applied=True, kind=kind, brought_by=by)
    return report


def propose(data: bytes, *, kind: str, name: str, by: User) -> RegistryImport:
    """Keep a file with its report for the registrar to confirm; nothing else is written."""
    report = judge(data, kind=kind)
    return RegistryImport.keep(data, report, name=name, applied=False, kind=kind, brought_by=by)


@transaction.atomic
def confirm(proposed: RegistryImport) -> RegistryImport:
    """Apply a proposed file, judged anew against the registry of now. Safe to repeat."""
    row = RegistryImport.objects.select_for_update().get(pk=proposed.pk)
    if row.state == RegistryImport.State.APPLIED:
        return row
    report, _changed = _judge_and_apply(bytes(row.content), kind=row.kind)
    row.note_applied(report)
    return row


def _judge_and_apply(data: bytes, *, kind: str) -> tuple[Report, bool]:
    """The report on a file against the registry of now, and whether applying it changed that."""
    _lock_registry()
    report = judge(data, kind=kind)
    changing = [row for row in report.changed if row.values]
    if changing:
        _apply_people(changing) if kind == "people" else _apply_centres(changing)
        for follow in registry_applied:
            follow(kind)
    return report, bool(changing)


def _lock_registry() -> None:
    """One import at a time: SQLite's transactions are that already."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(7153001)")


# --- What is known --------------------------------------------------------------------


def _dzongkhags() -> tuple[list[str], dict[str, str]]:
    rows = list(Dzongkhag.objects.all())
    aliases = {alias.casefold(): row.name for row in rows for alias in row.aliases}
    return [row.name for row in rows], aliases


def _known_people() -> people_rules.Known:
    names, aliases = _dzongkhags()
    tracks = {
        track.code: [level.code for level in track.levels.all()]
        for track in CareerTrack.objects.prefetch_related("levels")
    }
    known = people_rules.Known(names, aliases, tracks)
    for person in User.objects.all():
        known.people[person.employee_id] = {
            "name": person.name,
            "name_dz": person.name_dz,
            "email": person.email,
            "phone": person.phone,
        }
        if person.email:
            known.emails[person.email] = person.employee_id
    postings = Posting.objects.select_related(
        "person", "organisation", "dzongkhag", "track_level__track", "supervisor"
    )
    for posting in postings:
        _know_posting(known, posting)
    return known


def _know_posting(known: people_rules.Known, posting: Posting) -> None:
    level = posting.track_level
    supervisor = posting.supervisor.employee_id if posting.supervisor else ""
    known.postings.setdefault(posting.person.employee_id, {})[posting.starts] = {
        "posting_to": posting.ends,
        "agency": posting.organisation.name,
        "dzongkhag": posting.dzongkhag.name,
        "post_title": posting.post_title,
        "track": level.track.code if level else "",
        "level": level.code if level else "",
        "supervisor_id": supervisor,
    }
    if posting.ends is None:
        known.supervisors[posting.person.employee_id] = supervisor


def _known_centres() -> centre_rules.Known:
    names, aliases = _dzongkhags()
    gewogs: dict[str, list[str]] = {name: [] for name in names}
    gewog_aliases: dict[str, dict[str, str]] = {name: {} for name in names}
    for gewog in Gewog.objects.select_related("dzongkhag"):
        gewogs[gewog.dzongkhag.name].append(gewog.name)
        for alias in gewog.aliases:
            gewog_aliases[gewog.dzongkhag.name][alias.casefold()] = gewog.name
    open_postings = Posting.objects.open().select_related("person", "centre")
    running = {row.centre.code: row for row in open_postings if row.centre}
    centres = Centre.objects.select_related("gewog__dzongkhag").prefetch_related("services")
    return centre_rules.Known(
        names,
        aliases,
        gewogs,
        gewog_aliases,
        connectivity=list(Centre.Connectivity.values),
        power=list(Centre.Power.values),
        services=dict(CentreService.objects.values_list("name", "needs_line")),
        operators={row.person.employee_id for row in open_postings},
        centres={row.code: _centre_values(row, running.get(row.code)) for row in centres},
    )


def _centre_values(centre: Centre, posting: Posting | None) -> dict:
    return {
        "centre_code": centre.code,
        "centre_name": centre.name,
        "centre_name_dz": centre.name_dz,
        "dzongkhag": centre.gewog.dzongkhag.name,
        "gewog": centre.gewog.name,
        "operator_id": posting.person.employee_id if posting else "",
        "operator_since": posting.starts if posting else None,
        "contract_until": posting.contract_until if posting else None,
        "connectivity": centre.connectivity,
        "power": centre.power,
        "services": sorted(service.name for service in centre.services.all()),
    }


# --- Applying ---------------------------------------------------------------------------


def _apply_people(rows: list[Judgement]) -> None:
    """Write the people and postings of `rows`."""
    _save_people(rows)
    people = {person.employee_id: person for person in User.objects.all()}
    names = {row.values["agency"] for row in rows}
    Organisation.objects.bulk_create(
        [Organisation(name=name) for name in sorted(names)], ignore_conflicts=True
    )
    organisations = {row.name: row for row in Organisation.objects.filter(name__in=names)}
    dzongkhags = {row.name: row for row in Dzongkhag.objects.all()}
    levels = {
        (level.track.code, level.code): level
        for level in TrackLevel.objects.select_related("track")
    }
    existing = {(posting.person_id, posting.starts): posting for posting in Posting.objects.all()}
    new: list[Posting] = []
    changed: list[Posting] = []
    for row in rows:
        values = row.values
        person = people[values["employee_id"]]
        known = existing.get((person.pk, values["posting_from"]))
        posting = known or Posting(person=person, starts=values["posting_from"])
        posting.ends = values["posting_to"]
        posting.organisation = organisations[values["agency"]]
        posting.dzongkhag = dzongkhags[values["dzongkhag"]]
        posting.post_title = values["post_title"]
        posting.track_level = levels.get((values["track"], values["level"]))
        posting.supervisor = people.get(values["supervisor_id"])
        (changed if known else new).append(posting)
    # What ends is written before what begins, so that no two postings are open at once.
    fields = ["ends", "organisation", "dzongkhag", "post_title", "track_level", "supervisor"]
    Posting.objects.bulk_update(sorted(changed, key=lambda row: row.ends is None), fields)
    Posting.objects.bulk_create(new)


def _save_people(rows: list[Judgement]) -> None:
    known = {person.employee_id: person for person in User.objects.all()}
    new: dict[str, User] = {}
    changed: dict[str, User] = {}
    for row in rows:
        employee_id = row.values["employee_id"]
        person = known.get(employee_id) or new.get(employee_id)
        if person is None:
            person = new[employee_id] = User(employee_id=employee_id)
            person.set_unusable_password()
        elif employee_id in known:
            changed[employee_id] = person
        for name in ("name", "name_dz", "email", "phone"):
            setattr(person, name, row.values[name])
    User.objects.bulk_create(new.values())
    User.objects.bulk_update(changed.values(), ["name", "name_dz", "email", "phone"])


def _apply_centres(rows: list[Judgement]) -> None:
    """Write the centres of `rows` and who runs them."""
    gewogs = {
        (gewog.dzongkhag.name, gewog.name): gewog
        for gewog in Gewog.objects.select_related("dzongkhag")
    }
    services = {service.name: service for service in CentreService.objects.all()}
    known = {centre.code: centre for centre in Centre.objects.all()}
    new: list[Centre] = []
    changed: list[Centre] = []
    for row in rows:
        values = row.values
        centre = known.get(values["centre_code"]) or Centre(code=values["centre_code"])
        (changed if centre.pk else new).append(centre)
        centre.name, centre.name_dz = values["centre_name"], values["centre_name_dz"]
        centre.gewog = gewogs[values["dzongkhag"], values["gewog"]]
        centre.connectivity, centre.power = values["connectivity"], values["power"]
    Centre.objects.bulk_create(new)
    Centre.objects.bulk_update(changed, ["name", "name_dz", "gewog", "connectivity", "power"])
    centres = {centre.code: centre for centre in Centre.objects.all()}
    links = Centre.services.through
    touched = [centres[row.values["centre_code"]].pk for row in rows]
    links.objects.filter(centre_id__in=touched).delete()
    links.objects.bulk_create(
        links(centre_id=centres[row.values["centre_code"]].pk, centreservice_id=services[name].pk)
        for row in rows
        for name in row.values["services"]
    )
    _apply_operators(rows, centres)


def _apply_operators(rows: list[Judgement], centres: dict[str, Centre]) -> None:
    touched = [centres[row.values["centre_code"]].pk for row in rows]
    wanted = {row.values["operator_id"]: row for row in rows if row.values["operator_id"]}
    postings = list(
        Posting.objects.open().filter(person__employee_id__in=wanted).select_related("person")
    )
    # Who leaves a centre leaves it before another comes.
    Posting.objects.open().filter(centre__in=touched).update(centre=None)
    for posting in postings:
        values = wanted[posting.person.employee_id].values
        posting.centre = centres[values["centre_code"]]
        posting.contract_until = values["contract_until"]
    Posting.objects.bulk_update(postings, ["centre", "contract_until"])
