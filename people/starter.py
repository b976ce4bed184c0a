"""Brings the places and people of the starter content in; safe to repeat."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.db import transaction
from django.utils import timezone

from people import geography
from people.models import Dzongkhag, Organisation, Posting, User
from people.registry.services import apply_file
from people.services import keep_holidays_filled

FILES = (
    ("registry_sample.csv", "people"),
    ("operators_sample.csv", "people"),
    ("centres_sample.csv", "centres"),
)
DEMO_PASSWORD = "commons-demo"  # noqa: S105 (printed on purpose; set only with DEMO=1)


def load_geography(folder: Path) -> str:
    keep_holidays_filled()
    return geography.import_geography(folder / "data" / "geography.csv")


def load_tracks(folder: Path) -> str:
    return geography.import_tracks(folder / "data" / "tracks.csv")


def load_people(folder: Path) -> str:
    """The three sample files, then the demonstration's own people with their groups."""
    for name, kind in FILES:
        data = (folder / "data" / name).read_bytes()
        apply_file(data, kind=kind, name=name, by=None)
    with transaction.atomic():
        for entry in _entries(folder).values():
            _load_person(entry)
    return f"{User.objects.count()} people"


def cast(folder: Path) -> dict[str, User]:
    """Key of starter/cast.yaml -> the person, of those who are in the registry."""
    ids = {entry["employee_id"]: key for key, entry in _entries(folder).items()}
    people = User.objects.filter(employee_id__in=ids)
    return {ids[person.employee_id]: person for person in people}


def moment(written: str | datetime) -> datetime:
    """A moment of a starter file: as written, in Thimphu where it names no zone."""
    at = datetime.fromisoformat(written) if isinstance(written, str) else written
    return at if timezone.is_aware(at) else timezone.make_aware(at)


def _entries(folder: Path) -> dict[str, dict[str, Any]]:
    return yaml.safe_load((folder / "cast.yaml").read_text("utf-8"))


def _load_person(entry: dict[str, Any]) -> None:
    person = User.objects.filter(employee_id=entry["employee_id"]).first() or _new(entry)
    if entry.get("administrator"):
        person.is_staff = person.is_superuser = True
    if settings.DEMO and not person.has_usable_password():
        person.password = make_password(DEMO_PASSWORD)
    person.save()
    for name in entry.get("groups", []):
        person.groups.add(Group.objects.get_or_create(name=name)[0])


def _new(entry: dict[str, Any]) -> User:
    person = User(
        employee_id=entry["employee_id"], name=entry["name"], name_dz=entry.get("name_dz", "")
    )
    person.set_unusable_password()
    person.save()
    Posting.objects.create(
        person=person,
        organisation=Organisation.objects.get_or_create(name=entry["agency"])[0],
        dzongkhag=Dzongkhag.objects.get(name=entry["dzongkhag"]),
        post_title=entry["post_title"],
        starts=date(2024, 1, 1),
    )
    return person
