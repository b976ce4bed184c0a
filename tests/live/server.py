"""A real server for tests: processes of their own, with a database of their own."""

import json
import os
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import requests
from django.db import connection
from django.test import Client

from tests.template import give_to

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium-headless-shell")
SEED = """
import json, sys
from django.core.management import call_command
call_command("migrate", verbosity=0)
from tests.factories.live import make_session
from tests.factories.people import professional
from tests.live.server import cookie_of
session, people = make_session(), [professional() for _ in range(int(sys.argv[1]))]
print(json.dumps({"session": session.pk, "epoch": str(session.epoch),
                  "host": cookie_of(session.host), "people": [cookie_of(each) for each in people]}))
"""

MANAGE = """
import sys
from django.core.management import call_command
call_command(*sys.argv[1:])
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def cookie_of(person) -> str:
    """The session cookie of somebody who signed in, good at every server over this database."""
    browser = Client()
    browser.force_login(person)
    return browser.cookies["sessionid"].value


class Server:
    """The product's two processes, web and worker, over a state folder of their own.

    Each can be started, killed and started again on the same port and state.
    """

    def __init__(self, home: Path, application: str = "lms.asgi:application"):
        self.home, self.application, self.port = home, application, free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.environment = {
            **{key: value for key, value in os.environ.items() if key != "DATABASE_URL"},
            "DEMO": "1",
            "ICT_COMMONS_HOME": str(home),
            "DJANGO_SETTINGS_MODULE": "lms.settings",
            "LOG_LEVEL": "WARNING",
        }
        self._launcher: subprocess.Popen[str] | None = None

    def __enter__(self) -> "Server":
        self.start()
        return self

    def __exit__(self, *_fault) -> None:
        self.stop()

    def seed(self, people: int) -> dict:
        """Make the database with one open session and `people` who are signed in."""
        return self.told(SEED, str(people))

    def told(self, script: str, *arguments: str) -> Any:
        """Run a script on this server's state; the JSON that its last line says."""
        return json.loads(self.run(script, *arguments).splitlines()[-1])

    def run(self, script: str, *arguments: str) -> str:
        """Run Python on this server's state to its end; what it printed."""
        with tempfile.NamedTemporaryFile("r") as output:
            how = {"script": script, "arguments": arguments, "output": output.name}
            done = self._ask(f"run {json.dumps(how)}") == "done"
            printed = output.read()
        assert done, printed
        return printed

    def manage(self, *words: str) -> None:
        """Run a command of `manage.py` on this server's state."""
        self.run(MANAGE, *words)

    def memory(self) -> int:
        """Bytes that the web process holds in main memory."""
        assert self._launcher
        launcher = Path(f"/proc/{self._launcher.pid}")
        child = (launcher / f"task/{self._launcher.pid}/children").read_text().split()[0]
        status = Path(f"/proc/{child}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) * 1024

    @property
    def database(self) -> Path:
        return self.home / "commons.sqlite3"

    def take_database(self) -> None:
        """Begin with a copy of the test's own database: faster than migrating another."""
        connection.ensure_connection()
        with closing(sqlite3.connect(self.database)) as file:
            connection.connection.backup(file)

    def bring_database_back(self) -> None:
        """Let the test look at what the stopped server left, with the models."""
        with closing(sqlite3.connect(self.database)) as file:
            file.execute("PRAGMA journal_mode=DELETE")  # memory knows no write-ahead log
            file.backup(connection.connection)

    def start(self) -> None:
        self._tell("start web")
        deadline = time.monotonic() + 40
        while time.monotonic() < deadline:
            try:
                if requests.get(f"{self.base}/healthz", timeout=2).ok:
                    return
            except requests.RequestException:
                time.sleep(0.02)
        raise TimeoutError("The server does not answer.")

    def kill(self) -> None:
        """As a power cut would: no handler runs."""
        self._tell("kill web")

    def end(self) -> None:
        """As whoever brings a new version does."""
        self._tell("end web")

    def run_tasks(self) -> None:
        """What waits for a worker, done before this returns."""
        self.run("from lms.worker import run_tasks; run_tasks()")

    def start_worker(self) -> None:
        self._tell("start worker")

    def kill_worker(self) -> None:
        self._tell("kill worker")

    def stop(self) -> None:
        """End both processes, and what starts them."""
        if self._launcher is not None:
            self._launcher.communicate()
            self._launcher = None

    def _tell(self, command: str) -> None:
        assert self._ask(command) == "done", command

    def _ask(self, command: str) -> str:
        if self._launcher is None:
            self._launcher = subprocess.Popen(
                [sys.executable, "-m", "tests.live.launcher", str(self.port), self.application],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        print(command, file=self._launcher.stdin, flush=True)
        answer = self._launcher.stdout.readline()
        if not answer:
            raise RuntimeError(f"The launcher ended at “{command}”.")
        return answer.strip()


@contextmanager
def running(home: Path, seed: Callable[[Server], Any]) -> Iterator[tuple[Server, Any]]:
    """A server that runs over a database which begins migrated, and what `seed` said of it."""
    give_to(home)
    server = Server(home)
    content = seed(server)
    with server:
        yield server, content
