import gc
from pathlib import Path

import pytest
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import Client

from tests import template
from tests.starter import starter, visitors  # noqa: F401 (fixtures for all)

# What takes seconds: whole content, servers, files in processes of their own, long properties.
# `make test-fast` leaves it out.
SLOW = (
    "test_every_page.py test_every_form.py test_every_endpoint.py test_audiences.py "
    "test_canaries.py moderation/test_races.py "
    "assessments/test_corpus.py assessments/test_export.py assessments/test_import.py "
    "assessments/test_regrade.py assessments/test_states.py assessments/test_draws.py "
    "certification/test_cycles.py certification/test_keys.py certification/test_readiness.py "
    "certification/test_rule_engine.py certification/test_verify.py "
    "competencies/test_framework.py courses/test_enrolment.py courses/test_exporting.py "
    "courses/test_importing.py events/ live/ lms/test_serve.py lms/test_starter.py "
    "lms/test_starter_content.py lms/test_cache.py people/test_registrar_pages.py "
    "people/test_registry.py search/"
).split()
# What reads files, keys or clocks for seconds, and writes to the database what others write too:
# no second time on PostgreSQL.
ONCE = (
    "certification/test_keys.py certification/test_verify.py courses/test_exporting.py "
    "courses/test_importing.py test_canaries.py test_every_endpoint.py "
    "assessments/test_states.py::test_a_model_lives_through_sittings "
    "certification/test_readiness.py::test_five_years_of_reminders_and_readiness "
    "events/test_schedule.py::test_schedules_of_real_size_come_back_equal "
    "live/test_fuzz.py::test_the_balance_holds_whatever_people_do"
).split()


def pytest_itemcollected(item):
    path = item.path.relative_to(Path(__file__).parent).as_posix()
    if path.startswith(tuple(SLOW)):
        item.add_marker("slow")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    """Rows that migrations made come back for every transactional test.

    Where only some tests ask for that, the others leave content types that collide with them.
    On PostgreSQL, only what touches the database runs: the rest ran on SQLite.
    """
    for item in items:
        if "transactional_db" in item.fixturenames:
            item.add_marker(pytest.mark.django_db(transaction=True, serialized_rollback=True))
    if connection.vendor == "postgresql":
        config.hook.pytest_deselected(
            items=[item for item in items if not _touches_the_database(item)]
        )
        items[:] = filter(_touches_the_database, items)


def pytest_collection_finish(session):
    """What is imported stays: looking for garbage in all of it again and again takes a tenth of
    the processor's time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def _touches_the_database(item) -> bool:
    if item.nodeid.removeprefix("tests/").startswith(tuple(ONCE)):
        return False
    asked = {"db", "transactional_db", "starter"} & set(item.fixturenames)
    return bool(asked or item.get_closest_marker("django_db"))


@pytest.fixture(scope="session")
def django_db_setup(request, django_test_environment, django_db_blocker, tmp_path_factory):
    """The test database is a copy of a migrated template, which the first to come makes."""
    if connection.vendor != "sqlite":
        folder = template.folder_of_run(tmp_path_factory)
        with django_db_blocker.unblock(), template.on_the_server(folder):
            request.getfixturevalue("django_db_setup")
        return
    with template.template() as path:
        made = path.exists()
        if start := template.nearest(path):
            template.begin_with(start, whole=made)
        request.getfixturevalue("django_db_setup")
        if not made:
            with django_db_blocker.unblock():
                template.keep(path)


@pytest.fixture(scope="session")
def _home(tmp_path_factory):
    return tmp_path_factory.mktemp("home")


@pytest.fixture(autouse=True)
def _own_state(settings, _home):
    """Files and keys of a test run lie in a folder of their own."""
    settings.HOME = _home
    settings.MEDIA_ROOT = _home / "media"
    settings.EMAIL_FILE_PATH = _home / "mailbox"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def signed_in():
    """A function that gives a browser session of a person."""

    def sign_in(person) -> Client:
        client = Client()
        client.force_login(person)
        return client

    return sign_in


@pytest.fixture(scope="session", autouse=True)
def _transaction_of_a_test_stays():
    """The end of a request closes a connection that is in a transaction, as left over.

    Around a test it is not. Django's own client knows that; an answer that is closed by hand,
    and a WSGI application that is called, do not.
    """
    close = BaseDatabaseWrapper.close_if_unusable_or_obsolete

    def unless_in_a_transaction(wrapper):
        if not wrapper.in_atomic_block:
            close(wrapper)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseDatabaseWrapper, "close_if_unusable_or_obsolete", unless_in_a_transaction)
        yield


@pytest.fixture(scope="session")
def _no_connection_left(django_db_setup, django_db_blocker):
    """PostgreSQL drops no database that a thread of a finished test is still connected to."""
    yield
    if connection.vendor == "postgresql":
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


_set_aside: list[str] = []


@pytest.fixture(autouse=True)
def _append_only_tables(request, django_db_blocker):
    """SQLite empties tables between transactional tests by DELETE, which triggers refuse.

    They step aside while a transactional test is cleared away, and stand again before the
    next test begins.
    """
    uses_database = {"db", "transactional_db"} & set(request.fixturenames)
    if uses_database:
        request.getfixturevalue("_no_connection_left")
    if uses_database and _set_aside:
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            while _set_aside:
                cursor.execute(_set_aside.pop())
    if "transactional_db" not in request.fixturenames or connection.vendor != "sqlite":
        yield
        return
    request.getfixturevalue("transactional_db")
    yield
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%_no_delete'"
        )
        for name, sql in cursor.fetchall():
            cursor.execute(f"DROP TRIGGER {name}")
            _set_aside.append(sql)
