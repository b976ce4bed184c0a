"""A migrated database of which every test process begins with a copy.

Some 280 migrations take longer than most test runs. On SQLite the template is made once for a
state of the migrations, and copied into memory. Another state makes another one, which begins
with the newest that holds nothing but migrations of this state.
On PostgreSQL the server copies it: the one that TEST_DATABASE_TEMPLATE names, or the one that the
first process of a run makes. `python -m tests.template` makes either beforehand.
"""

import fcntl
import hashlib
import json
import os
import re
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import django
from django.apps import apps
from django.core.management import call_command
from django.db import connection

ROOT = Path(__file__).parent.parent
FOLDER = Path(sys.prefix) / "test-databases"
MIGRATED = "migrated_template"  # the database of a run on PostgreSQL that others are copies of
UNUSED = 7 * 24 * 3600  # seconds after which a template is thrown away
OWN_IMPORT = re.compile(r"^(?:from|import) (\w+)\.(\w+)", re.MULTILINE)


@contextmanager
def template() -> Iterator[Path]:
    """Where the template lies or should lie. Others wait while one makes it."""
    FOLDER.mkdir(exist_ok=True)
    state = json.dumps(_state(), sort_keys=True)
    path = FOLDER / f"{hashlib.sha256(state.encode()).hexdigest()[:24]}.sqlite3"
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield path


def nearest(path: Path) -> Path | None:
    """The template itself, or the newest whose migrations are all among those of now."""
    now = _state().items()
    older = sorted(FOLDER.glob("*.json"), key=lambda each: each.stat().st_mtime, reverse=True)
    fit = (each for each in older if json.loads(each.read_text()).items() <= now)
    return path if path.exists() else next((each.with_suffix(".sqlite3") for each in fit), None)


def give_to(home: Path) -> None:
    """Let the database of a state folder begin as a copy, if this or an earlier run made one."""
    with template() as path:
        if made := nearest(path):
            shutil.copy(made, home / "commons.sqlite3")


def begin_with(path: Path, *, whole: bool) -> None:
    """Let the test database begin as a copy of a template; a `whole` one is migrated no more."""
    create = connection.creation._create_test_db

    def copied(*args, **kwargs):
        name = create(*args, **kwargs)
        # Shared memory lives as long as somebody is connected; Django comes a moment later.
        connection.creation.kept = connection.Database.connect(name, uri=True)
        with connection.Database.connect(path) as source:
            source.backup(connection.creation.kept)
        source.close()
        path.touch()
        return name

    connection.creation._create_test_db = copied
    connection.settings_dict["TEST"]["MIGRATE"] = not whole


def keep(path: Path) -> None:
    """Make the test database as it is now the template, and drop those that nobody uses."""
    made = path.with_suffix(".making")
    with connection.Database.connect(made) as target:
        connection.connection.backup(target)
    target.close()
    made.rename(path)
    path.with_suffix(".json").write_text(json.dumps(_state()))
    for other in FOLDER.glob("*.sqlite3"):
        if time.time() - other.stat().st_mtime > UNUSED:
            for suffix in (".json", ".lock", ".sqlite3"):
                other.with_suffix(suffix).unlink(missing_ok=True)


def folder_of_run(tmp_path_factory) -> Path:
    """A folder that the processes of one test run share."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if own.name.startswith("popen-") else own


@contextmanager
def on_the_server(folder: Path) -> Iterator[None]:
    """On PostgreSQL: around the making of the test database. One process at a time comes in."""
    made, test = folder / "migrated", connection.settings_dict["TEST"]
    beforehand = os.environ.get("TEST_DATABASE_TEMPLATE")
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if beforehand or made.exists():
            test["TEMPLATE"], test["MIGRATE"] = beforehand or MIGRATED, False
        yield
        if not (beforehand or made.exists()):
            usual = connection.settings_dict["NAME"]
            connect_to(usual)
            make_database(MIGRATED, of=usual)
            made.touch()


def connect_to(name: str) -> None:
    connection.close()
    connection.close_pool()  # it knows the database of before
    connection.settings_dict["NAME"] = name


def make_database(name: str, *, of: str) -> None:
    """A copy of the database `of`, from which everybody is disconnected first."""
    with connection._nodb_cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [of]
        )
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{of}"')


@cache
def _state() -> dict[str, str]:
    """Every migration of every room and library, and what of ours they import: name -> digest."""
    files = {
        f"{config.label}/{path.name}": path
        for config in apps.get_app_configs()
        for path in (Path(config.path) / "migrations").glob("*.py")
    }
    for path in list(files.values()):
        for room, module in OWN_IMPORT.findall(path.read_text()):
            if (own := ROOT / room / f"{module}.py").is_file():
                files[f"{room}/{module}"] = own
    return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()}


def main() -> None:
    """Make the template: for SQLite, or on the server of DATABASE_URL."""
    if connection.vendor == "sqlite":
        with template() as path:
            if not path.exists():
                if start := nearest(path):
                    begin_with(start, whole=False)
                connection.creation.create_test_db(verbosity=0, serialize=False)
                keep(path)
        return
    make_database(MIGRATED, of="template1")
    connect_to(MIGRATED)
    call_command("migrate", verbosity=0)


if __name__ == "__main__":
    import tests.environment  # noqa: F401 (before the settings are read)

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lms.settings")
    django.setup()
    main()
