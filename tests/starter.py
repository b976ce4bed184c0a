"""The whole starter content, and a browser of every role on it.

Loading takes longer than all that looks at it, so a test run loads it once; each module that asks
for it works in a copy, and leaves the usual database as it was.
"""

import fcntl
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client, override_settings

from assessments.services import start_attempt
from courses.models import CoursePage
from courses.services import enrol, finish_unit
from lms.starter import FOLDER, parts
from people.starter import cast
from tests import template
from tests.rights import ROLES
from tests.template import connect_to, make_database

LOADED = "starter_content"  # the database of a run on PostgreSQL that holds it
NAME_IN_CAST = {"expert": "expert_net", "lead": "lead_net"}


@pytest.fixture(scope="module")
def starter(django_db_setup, django_db_blocker, _home, tmp_path_factory) -> Iterator[None]:
    shared = template.folder_of_run(tmp_path_factory)
    files = override_settings(
        HOME=_home,
        MEDIA_ROOT=_home / "media",
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    )
    copy = _copied if connection.vendor == "sqlite" else _cloned
    with django_db_blocker.unblock(), files, copy(shared / "starter", home=_home):
        yield


@pytest.fixture(scope="module")
def visitors(starter, django_db_blocker) -> dict[str, Client]:
    """Role -> a browser of one who has it."""
    with django_db_blocker.unblock():
        _begin_a_course()
        return _browsers()


def _load() -> None:
    for loaders in parts().values():
        for load in loaders:
            load(FOLDER)


@contextmanager
def _once(folder: Path, *, home: Path) -> Iterator[bool]:
    """Whether the content is still to be loaded; its files lie in `home` afterwards.

    One process of a test run at a time comes in.
    """
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        loaded = (folder / "home").exists()
        if loaded:
            shutil.copytree(folder / "home", home, dirs_exist_ok=True)
        yield not loaded
        if not loaded:
            shutil.copytree(home, folder / "home")


@contextmanager
def _copied(folder: Path, *, home: Path) -> Iterator[None]:
    """SQLite, which is in memory: the content is written over it, and what was there put back."""
    connection.ensure_connection()
    before = connection.Database.connect(":memory:")
    connection.connection.backup(before)
    with _once(folder, home=home) as to_load:
        kept = connection.Database.connect(folder / "loaded.sqlite3")
        if to_load:
            _load()
            connection.connection.backup(kept)
        else:
            kept.backup(connection.connection)
        kept.close()
    yield
    before.backup(connection.connection)
    before.close()


@contextmanager
def _cloned(folder: Path, *, home: Path) -> Iterator[None]:
    """PostgreSQL: a database beside the usual one, made from the one with the content."""
    usual = connection.settings_dict["NAME"]
    own = f"{usual}_with_starter"
    with _once(folder, home=home) as to_load:
        if to_load:
            connect_to(LOADED)
            make_database(LOADED, of=usual)
            _load()
        connect_to(own)
        make_database(own, of=LOADED)
    yield
    connect_to(usual)
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'DROP DATABASE "{own}" WITH (FORCE)')


def _begin_a_course() -> None:
    """Somebody who is none of the visitors is in the middle of a course and of a quiz."""
    learner = cast(FOLDER)["operator_2"]
    enrolment = enrol(CoursePage.objects.get(slug="running-a-community-centre"), person=learner)
    for unit in enrolment.version.units.all():
        finish_unit(enrolment, unit=unit)
    start_attempt(enrolment.version.quiz, person=learner, cid=uuid.uuid4())


def _browsers() -> dict[str, Client]:
    people = cast(FOLDER)
    people["leaver"].postings.filter(ends=None).update(ends=date(2025, 12, 31))
    browsers = {}
    for role in ROLES:
        browsers[role] = Client()
        if role != "anonymous":
            browsers[role].force_login(people[NAME_IN_CAST.get(role, role)])
    return browsers
