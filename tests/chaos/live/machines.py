"""The servers of a run, all of which it may kill: PostgreSQL, Redis and two web processes."""

import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import psycopg

from tests.live.server import Server, free_port

NAME = "commons"
LOG = """
SELECT seq, kind, payload, at, actor_id, cid FROM live_event WHERE session_id = %s ORDER BY seq
"""


class Postgres:
    """A cluster in a folder of its own. `fsync` is off: processes are killed, no power is cut."""

    def __init__(self, home: Path):
        self.home, self.port, self.spare = home / "pg", free_port(), ""
        self.programs = max(Path("/usr/lib/postgresql").glob("*/bin"))
        self.home.mkdir()
        self._as = []
        if os.getuid() == 0:  # PostgreSQL refuses to run as root
            home.chmod(0o755)
            shutil.chown(self.home, "postgres")
            self._as = ["runuser", "-u", "postgres", "--"]
        self._do("initdb", "-D", self.home / "data", "-A", "trust", "-U", "postgres", "-E", "UTF8")
        self.start()

    def url(self, database: str = NAME) -> str:
        return f"postgres://postgres@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c fsync=off"
        options += f" -c unix_socket_directories={self.home}"
        self._ctl("-l", self.home / "log", "-w", "-o", options, "start")

    def crash(self) -> None:
        """Every process of it ends at once, without a checkpoint."""
        self._ctl("-m", "immediate", "stop")

    def copy_from(self, url: str) -> None:
        """Begin with a copy of another database."""
        self.ask(f"CREATE DATABASE {NAME}", database="postgres")
        self._copy(url, self.url())

    def dump(self, spare: str) -> None:
        """What a nightly dump would hold of now, loaded beside the database already."""
        self.ask(f"CREATE DATABASE {spare}", database="postgres")
        self._copy(self.url(), self.url(spare))
        self.spare = spare

    def swap(self, session: int) -> list[list[Any]]:
        """The dump takes the database's place; the log of what is gone."""
        gone, self.spare = self.spare, ""
        with self._connect("postgres") as connection:
            connection.execute(f"ALTER DATABASE {NAME} WITH ALLOW_CONNECTIONS false")
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [NAME]
            )
            connection.execute(f"ALTER DATABASE {NAME} RENAME TO old")
            connection.execute(f"ALTER DATABASE {gone} RENAME TO {NAME}")
            connection.execute("ALTER DATABASE old WITH ALLOW_CONNECTIONS true")
        log = self.ask(LOG, [session], database="old")
        self.ask("DROP DATABASE old WITH (FORCE)", database="postgres")
        return log

    def ask(self, query: str, values: Any = (), database: str = NAME) -> list[list[Any]]:
        with self._connect(database) as connection:
            cursor = connection.execute(query, values)
            return [list(row) for row in cursor.fetchall()] if cursor.description else []

    def _connect(self, database: str) -> psycopg.Connection:
        return psycopg.connect(self.url(database), autocommit=True, connect_timeout=20)

    def _copy(self, source: str, target: str) -> None:
        dump = subprocess.Popen(
            [self.programs / "pg_dump", "-Fc", "-Z0", source], stdout=subprocess.PIPE
        )
        load = [self.programs / "pg_restore", "--no-owner", "--no-privileges", "-d", target]
        subprocess.run(load, stdin=dump.stdout, check=True)
        assert dump.wait() == 0

    def _ctl(self, *words: Any) -> None:
        self._do("pg_ctl", "-D", self.home / "data", *words)

    def _do(self, program: str, *words: Any) -> None:
        command = [*self._as, self.programs / program, *words]
        done = subprocess.run(command, cwd=self.home, stdout=subprocess.DEVNULL, check=False)
        assert done.returncode == 0, command


class Redis:
    def __init__(self, home: Path):
        self.home, self.port = home, free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.start()

    def start(self) -> None:
        words = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        self.process = subprocess.Popen(
            ["redis-server", *words, "--dir", self.home, "--logfile", self.home / "redis.log"]
        )

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def empty(self) -> None:
        subprocess.run(
            ["redis-cli", "-p", str(self.port), "flushall"], stdout=subprocess.DEVNULL, check=True
        )


class Machines:
    """All of them, with people who are signed in and one open session."""

    def __init__(self, home: Path, copy_of: str):
        self.home = home
        self.postgres, self.redis = Postgres(home), Redis(home)
        self.webs = [self._web(home), self._web(home)]
        if copy_of:
            self.postgres.copy_from(copy_of)
        else:
            self.postgres.ask(f"CREATE DATABASE {NAME}", database="postgres")
            self.webs[0].manage("migrate", "--verbosity", "0")

    def _web(self, home: Path) -> Server:
        server = Server(home)
        server.environment |= {
            "DATABASE_URL": self.postgres.url(),
            "REDIS_URL": self.redis.url,
            "LOG_LEVEL": "ERROR",
        }
        return server

    def make(self, people: int, hosts: int) -> dict[str, Any]:
        """The session, and who takes part with which cookie; the hosts come first."""
        return self.webs[0].told(CONTENT, str(people), str(hosts))

    def stop(self) -> None:
        for web in self.webs:
            web.stop()
        self.redis.kill()
        self.postgres.crash()


CONTENT = """
import json, sys
from django.conf import settings
from django.db import transaction
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
from tests.factories.forums import serving
from tests.factories.live import make_pool, make_session
from tests.factories.people import professional
from tests.live.server import cookie_of
people, hosts = int(sys.argv[1]), int(sys.argv[2])
with transaction.atomic():
    pool = make_pool()
    running = [serving(pool, "expert") for _ in range(hosts)]
    session = make_session(pool=pool, host=running[0], moderators=running[1:], moderated=True)
    everybody = [*running, *(professional() for _ in range(people))]
    told = [{"person": each.pk, "cookie": cookie_of(each)} for each in everybody]
print(json.dumps({"session": session.pk, "people": told}))
"""


def wait_for_redis(redis: Redis) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        ping = ["redis-cli", "-p", str(redis.port), "ping"]
        if subprocess.run(ping, capture_output=True, text=True, check=False).stdout == "PONG\n":
            return
        time.sleep(0.05)
    raise TimeoutError("Redis does not answer.")
