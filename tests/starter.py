"""The whole starter content, and a browser of every role on it.

Loading takes longer than all that looks at it. On SQLite a test run loads it once; each module
that asks for it begins with a copy, and leaves the database as it was.
"""

import fcntl
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.test import Client, override_settings

from assessments.services import start_attempt
from courses.models import CoursePage
from courses.services import enrol, finish_unit
from lms.starter import FOLDER, parts
from people.starter import cast
from tests.rights import ROLES

NAME_IN_CAST = {"expert": "expert_net", "lead": "lead_net"}


@pytest.fixture(scope="module")
def starter(django_db_setup, django_db_blocker, _home, tmp_path_factory) -> Iterator[None]:
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if own.name.startswith("popen-") else own  # by the workers of xdist
    files = override_settings(
        HOME=_home,
        MEDIA_ROOT=_home / "media",
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    )
    with django_db_blocker.unblock(), files:
        if connection.vendor == "sqlite":
            with _copied(shared / "starter", home=_home):
                yield
            return
        with transaction.atomic():
            _load()
            yield
            transaction.set_rollback(True)


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
def _copied(folder: Path, *, home: Path) -> Iterator[None]:
    """The database with the content in it, and its files in `home`."""
    connection.ensure_connection()
    before = connection.Database.connect(":memory:")
    connection.connection.backup(before)
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        kept = connection.Database.connect(folder / "loaded.sqlite3")
        if (folder / "home").exists():
            kept.backup(connection.connection)
            shutil.copytree(folder / "home", home, dirs_exist_ok=True)
        else:
            _load()
            connection.connection.backup(kept)
            shutil.copytree(home, folder / "home")
        kept.close()
    yield
    before.backup(connection.connection)
    before.close()


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
