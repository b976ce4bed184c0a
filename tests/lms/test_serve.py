"""`manage.py serve`, what `make run` starts: one at a time, on its port, ended whole."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests
from django.core.management import CommandError, call_command

from tests.live.server import ROOT, free_port
from tests.template import give_to

WAIT = 90  # seconds; a start that takes longer on a busy machine is a fault


@pytest.fixture
def home(tmp_path) -> Path:
    """A state folder whose database is migrated already, if this run made a template."""
    give_to(tmp_path)
    return tmp_path


def start(home: Path, port: int) -> subprocess.Popen:
    apart = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    own = {"ICT_COMMONS_HOME": str(home), "PORT": str(port), "DEBUG": "1", "DEMO": "0"}
    return subprocess.Popen(
        [sys.executable, "manage.py", "serve"],
        cwd=ROOT,
        env=apart | own,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_until_it_answers(process: subprocess.Popen, port: int) -> None:
    for line in process.stdout:
        if "Ctrl-C ends it" in line:
            break
    assert process.poll() is None, process.stderr.read()
    session = requests.Session()
    retry = requests.adapters.Retry(total=40, backoff_factor=0.1, backoff_max=1)
    session.mount("http://", requests.adapters.HTTPAdapter(max_retries=retry))
    with session, session.get(f"http://127.0.0.1:{port}/healthz", timeout=WAIT) as response:
        assert response.text == "ok"


def children(process: subprocess.Popen) -> list[int]:
    """Of every thread: the worker is started by one of them."""
    tasks = Path(f"/proc/{process.pid}/task").glob("*/children")
    return [int(pid) for task in tasks for pid in task.read_text().split()]


@pytest.mark.chaos
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_one_serves_a_second_is_told_why_and_both_processes_end(
    home, settings, monkeypatch, ending
):
    port = free_port()
    first = start(home, port)
    try:
        wait_until_it_answers(first, port)
        [worker] = children(first)
        settings.HOME = home
        monkeypatch.setenv("PORT", str(free_port()))
        with pytest.raises(CommandError) as refusal:
            call_command("serve")
        assert refusal.value.returncode == 1
        assert f"state folder ({home}): http://localhost:{port}. Stop it" in str(refusal.value)
    finally:
        first.send_signal(ending)
        out = first.communicate(timeout=WAIT)
    assert first.returncode == 0, out
    assert "Traceback" not in out[1]
    assert not Path(f"/proc/{worker}").exists()


def test_a_port_in_use_is_named_with_another_to_try(monkeypatch, settings, tmp_path):
    settings.HOME = tmp_path
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        monkeypatch.setenv("PORT", str(port))
        with pytest.raises(CommandError, match=f"Port {port} is in use.*PORT={port + 1}"):
            call_command("serve")


@pytest.mark.parametrize("port", ["", "abc", "0", "-1", "65536", "80 80", "٨٠٨٠"])
def test_a_port_that_is_none_is_named(monkeypatch, port):
    monkeypatch.setenv("PORT", port)
    with pytest.raises(CommandError, match=rf"PORT={port} is no port"):
        call_command("serve")
