"""A real server for tests: uvicorn in a process of its own, with a database of its own."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import requests

ROOT = Path(__file__).resolve().parents[2]
SEED = """
import django; django.setup()
import json, sys
from django.core.management import call_command
call_command("migrate", verbosity=0)
from django.test import Client
from tests.factories.live import make_session
from tests.factories.people import professional
session, people = make_session(), [professional() for _ in range(int(sys.argv[1]))]
def cookie(person):
    client = Client(); client.force_login(person)
    return client.cookies["sessionid"].value
print(json.dumps({"session": session.pk, "epoch": str(session.epoch),
                  "host": cookie(session.host), "people": [cookie(each) for each in people]}))
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """Start it, kill it, start it again on the same port and state."""

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
        self.process: subprocess.Popen | None = None

    def seed(self, people: int) -> dict:
        """Make the database with one open session and `people` who are signed in."""
        return self.run(SEED, str(people))

    def run(self, script: str, *arguments: str) -> dict:
        """Run Python on the server's state, in a process of its own; the JSON of its last line."""
        done = subprocess.run(
            [sys.executable, "-c", script, *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    def start(self) -> None:
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "uvicorn", self.application, "--lifespan", "off"),
                *("--ws", "websockets-sansio", "--ws-per-message-deflate", "false"),
                *("--port", str(self.port), "--log-level", "warning"),
            ],
            cwd=ROOT,
            env=self.environment,
        )
        deadline = time.monotonic() + 40
        while time.monotonic() < deadline:
            try:
                if requests.get(f"{self.base}/healthz", timeout=2).ok:
                    return
            except requests.RequestException:
                time.sleep(0.1)
        raise TimeoutError("The server does not answer.")

    def kill(self) -> None:
        """As a power cut would: no handler runs."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None
