"""ZIP files of a talk, a day and an edition: made by the worker, once per change.

What a ZIP holds is a list that is computed from what may be read now; a ZIP that was made of
another list is never given out. Two sets: what every reader of the talk or edition may read,
and, for staff, everything. Recordings are not in them: they are fetched one by one.
"""

import hashlib
import logging
import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import IO

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from events.audiences import KEEPERS_TOKEN
from events.handing_in import MB, newest_of
from events.models import Bundle, Edition, Kind, Material, Resource, Talk
from events.storage import private_files
from people.audiences import EVERYONE, PUBLIC
from people.models import Audience

logger = logging.getLogger(__name__)
USB = "usb-"  # how the scope of a USB edition begins
SUMS = "SHA256SUMS"  # as sha256sum writes and checks it
FIRST_DAY = (1980, 1, 1, 0, 0, 0)  # of every entry: the same content is the same ZIP


@dataclass(frozen=True)
class Scope:
    """An edition, a day of it, or a talk of it."""

    edition: Edition
    day: date | None = None
    talk: Talk | None = None

    @property
    def key(self) -> str:
        if self.talk:
            return f"talk-{self.talk.pk}"
        return f"day-{self.day.isoformat()}" if self.day else "all"

    @property
    def file_name(self) -> str:
        slug = self.talk.slug if self.talk else self.edition.slug
        return f"{slug}-{self.day.isoformat()}.zip" if self.day else f"{slug}.zip"


@dataclass(frozen=True)
class Item:
    """A file of a ZIP, by its path in there."""

    path: str
    material: Material


def items_of(scope: Scope, *, staff: bool) -> list[Item]:
    """What the ZIP holds now, in its order."""
    talks = Talk.objects.on().filter(edition=scope.edition)
    if scope.talk:
        talks = talks.filter(pk=scope.talk.pk)
    found = _everything(scope.edition, talks, staff=staff)
    return [item for at, item in found if _within(at, scope)]


def _within(at: tuple[Talk, date, bool], scope: Scope) -> bool:
    talk, day, shared = at
    if scope.talk:
        return talk.pk == scope.talk.pk
    return shared and scope.day in (None, day)


def _everything(
    edition: Edition, talks: QuerySet[Talk], *, staff: bool
) -> Iterator[tuple[tuple[Talk, date, bool], Item]]:
    """Every file of the set, with its talk, its day, and whether it goes into a larger ZIP.

    There only what every reader of that ZIP may know of: readers of the edition, or keepers.
    """
    resources = Resource.objects.filter(talk__in=talks).exclude(kind=Kind.RECORDING)
    materials = newest_of(resources if staff else resources.open())
    readers = {KEEPERS_TOKEN} if staff else set(edition.audience.key.split())
    for material in materials.order_by("resource__talk__starts", "resource__talk_id", "resource"):
        talk = material.talk
        begins = talk.starts.astimezone(edition.zone)
        name = f"{material.file_name.removesuffix(f'.{material.ending}')}-v{material.number}"
        path = f"{begins:%Y-%m-%d}/{begins:%H%M}-{talk.slug}/{name}.{material.ending}"
        yield (talk, begins.date(), all_know_of(talk.audience, readers)), Item(path, material)


def all_know_of(audience: Audience, readers: set[str]) -> bool:
    """Whoever holds one of the tokens `readers` may know of what is for `audience`."""
    tokens = set(audience.key.split())
    return PUBLIC in tokens or readers <= tokens or (EVERYONE in tokens and PUBLIC not in readers)


def fingerprint_of(items: Iterable[Item]) -> str:
    lines = "\n".join(f"{item.material.sha256}  {item.path}" for item in items)
    return hashlib.sha256(lines.encode()).hexdigest()


def ready_bundle(scope: Scope, items: list[Item], *, staff: bool) -> Bundle | None:
    """The ZIP of exactly these items, if it is made."""
    return Bundle.objects.filter(
        edition=scope.edition, scope=scope.key, staff=staff, fingerprint=fingerprint_of(items)
    ).first()


def make_bundles() -> int:
    """Make every ZIP whose content has changed, and remove those that have none; how many."""
    made = 0
    editions = Edition.objects.filter(talks__resources__versions__isnull=False)
    for edition in editions.select_related("audience").distinct():
        others = edition.bundles.filter(scope__startswith=USB)  # events/usb/ looks after them
        rows = edition.bundles.exclude(pk__in=others)
        known = {(row.scope, row.staff): row for row in rows}
        for staff in (False, True):
            for scope, items in _scopes(edition, staff=staff):
                row = known.pop((scope.key, staff), None)
                fingerprint = fingerprint_of(items)
                if row is None or row.fingerprint != fingerprint:
                    made += _make(scope, items, fingerprint, staff=staff, old=row)
        for row in known.values():
            private_files().delete(str(row.file))
            row.delete()
    return made


def _scopes(edition: Edition, *, staff: bool) -> list[tuple[Scope, list[Item]]]:
    """Every ZIP that has something in it; of a talk, only where it has several files."""
    talks = Talk.objects.on().filter(edition=edition)
    everything = list(_everything(edition, talks, staff=staff))
    talks = {at[0].pk: at[0] for at, _item in everything}
    days = {at[1] for at, _item in everything}
    scopes = [
        Scope(edition),
        *(Scope(edition, day=day) for day in sorted(days)),
        *(Scope(edition, talk=talk) for talk in talks.values()),
    ]
    found = []
    for scope in scopes:
        items = [item for at, item in everything if _within(at, scope)]
        if len(items) > (1 if scope.talk else 0):
            found.append((scope, items))
    return found


def _make(
    scope: Scope, items: list[Item], fingerprint: str, *, staff: bool, old: Bundle | None
) -> bool:
    """Write the ZIP beside the old one, then take its place. False where it cannot be made now."""
    readers = "staff" if staff else "all"
    name = f"bundles/{scope.edition.pk}-{scope.key}-{readers}-{fingerprint[:16]}.zip"
    room = sum(item.material.size for item in items)
    size = put(name, room=room, write=lambda file: _write(file, items))
    if size is None:
        return False
    values = {"fingerprint": fingerprint, "size": size}
    Bundle.objects.update_or_create(
        edition=scope.edition,
        scope=scope.key,
        staff=staff,
        defaults={**values, "file": name, "made": timezone.now()},
    )
    if old and old.file.name != name:
        private_files().delete(str(old.file))
    return True


def put(name: str, *, room: int, write: Callable[[IO[bytes]], None]) -> int | None:
    """Have a ZIP written beside all others, then give it its name; its size in bytes.

    None, and why in the log, where `room` bytes are not free or a file that it holds is gone.
    """
    folder = Path(private_files().path("bundles"))
    folder.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(folder).free - room < settings.UPLOAD_RESERVE_MB * MB:
        logger.warning("No room for %s", name)
        return None
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix="making-", delete=False) as file:
            write(file)
            os.fsync(file.fileno())
    except FileNotFoundError as error:  # a backup without its files
        logger.warning("%s lacks %s", name, error.filename)
        Path(file.name).unlink()
        return None
    return Path(file.name).rename(private_files().path(name)).stat().st_size


def _write(file, items: list[Item]) -> None:
    with zipfile.ZipFile(file, "w") as archive:
        for item in items:
            info = zipfile.ZipInfo(item.path, FIRST_DAY)
            with (
                item.material.file.open("rb") as source,
                archive.open(info, "w", force_zip64=True) as to,
            ):
                shutil.copyfileobj(source, to)
        sums = "".join(f"{item.material.sha256}  {item.path}\n" for item in items)
        archive.writestr(zipfile.ZipInfo(SUMS, FIRST_DAY), sums)
