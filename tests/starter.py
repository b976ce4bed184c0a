"""The whole starter content, and a browser of every role on it.

Loading takes longer than all that looks at it, so a test run loads it once; each module that asks
for it works in a copy, and leaves the usual database as it was.
"""

import fcntl
import shutil
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
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
from tests.live.server import Server
from tests.rights import ROLES
from tests.template import connect_to, give_to, make_database

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
    with django_db_blocker.unblock(), files, copy(shared, home=_home):
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
def _one_at_a_time(folder: Path) -> Iterator[None]:
    """One process of a test run at a time comes in."""
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def prepared_home(shared: Path) -> Path:
    """The state folder that `manage.py prepare` leaves, as `make run` does at its first start.

    `shared` is the folder of the test run; the first to ask waits for its making. It is copied,
    never worked in.
    """
    with _one_at_a_time(shared / "starter"):
        home = shared / "starter" / "home"
        if not home.exists():
            making = home.with_name("making")
            making.mkdir()
            give_to(making)
            server = Server(making)
            server.manage("prepare")
            server.stop()
            with closing(connection.Database.connect(making / "commons.sqlite3")) as database:
                database.execute("PRAGMA journal_mode=DELETE")  # memory knows no write-ahead log
            making.rename(home)
    return home


def copy_of_prepared(tmp_path_factory, name: str) -> Path:
    """A state folder with the starter content, for a server of one's own."""
    made = prepared_home(template.folder_of_run(tmp_path_factory))
    return shutil.copytree(made, tmp_path_factory.mktemp(name), dirs_exist_ok=True)


def _give_files(of: Path, home: Path) -> None:
    shutil.copytree(of, home, dirs_exist_ok=True, ignore=shutil.ignore_patterns("commons.sqlite3*"))


@contextmanager
def _copied(shared: Path, *, home: Path) -> Iterator[None]:
    """SQLite, which is in memory: the content is written over it, and what was there put back."""
    made = prepared_home(shared)
    _give_files(made, home)
    connection.ensure_connection()
    with closing(connection.Database.connect(":memory:")) as before:
        connection.connection.backup(before)
        with closing(connection.Database.connect(made / "commons.sqlite3")) as kept:
            kept.backup(connection.connection)
        yield
        before.backup(connection.connection)


@contextmanager
def _cloned(shared: Path, *, home: Path) -> Iterator[None]:
    """PostgreSQL: a database beside the usual one, made from the one with the content."""
    usual = connection.settings_dict["NAME"]
    own = f"{usual}_with_starter"
    with _one_at_a_time(shared / "starter"):
        files = shared / "starter" / "files"
        if files.exists():
            _give_files(files, home)
        else:
            connect_to(LOADED)
            make_database(LOADED, of=usual)
            _load()
            shutil.copytree(home, files)
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
