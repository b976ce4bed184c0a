"""Two server processes over one database: Redis makes it fast, its absence loses nothing."""

import json
import os
import uuid

import pytest
import requests
from websockets.sync.client import connect

from tests.factories.live import make_session
from tests.live.server import Server, cookie_of, free_port

pytestmark = pytest.mark.chaos
REDIS_URL = os.environ.get("TEST_REDIS_URL", "")
QUESTIONS = 3  # as many as one person may ask at once


@pytest.fixture
def run(transactional_db, tmp_path):
    """A function that starts two servers; gives them, a session, and its host's cookie."""
    servers = []

    def start(redis_url, application):
        session = make_session()
        cookie = cookie_of(session.host)
        for _ in range(2):
            servers.append(Server(tmp_path, application))
            servers[-1].environment["REDIS_URL"] = redis_url
        servers[0].take_database()
        for server in servers:
            server.start()
        return servers, session, cookie

    yield start
    for server in servers:
        server.stop()


def ask_here_and_hear_there(servers, session, cookie):
    """Each question asked of the first process comes out of a socket of the second."""
    here, there = servers
    address = f"ws://127.0.0.1:{there.port}/live/{session.pk}/ws"
    headers = {"Cookie": f"sessionid={cookie}"}
    with (
        connect(address, additional_headers=headers, origin="http://localhost") as socket,
        requests.Session() as browser,
    ):
        browser.cookies.set("sessionid", cookie)
        socket.send(json.dumps({"t": "hello", "v": 1, "have": None}))
        _hear(socket, "snapshot")
        page = browser.get(f"{here.base}/live/{session.pk}/", timeout=30).text
        token = page.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
        for number in range(QUESTIONS):
            body = f"Heard next door as well, for the {number}. time?"
            answer = browser.post(
                f"{here.base}/live/{session.pk}/commands",
                json={"t": "q.ask", "cid": str(uuid.uuid4()), "body": body},
                headers={"X-CSRFToken": token},
                timeout=30,
            )
            heard = _hear(socket, "events")
            assert heard["to"] == answer.json()["seq"]
            assert heard["items"][0]["put"][0]["body"] == body


def _hear(socket, kind):
    while (frame := json.loads(socket.recv(timeout=30)))["t"] != kind:
        pass
    return frame


@pytest.mark.skipif(not REDIS_URL, reason="TEST_REDIS_URL names no Redis")
def test_through_redis_the_other_process_hears_without_looking(run):
    """The hub looks once more by itself soon after it began; later questions need the bell."""
    ask_here_and_hear_there(*run(REDIS_URL, "tests.live.by_bell_alone:application"))


def test_without_redis_the_other_process_hears_by_looking(run):
    nobody = f"redis://127.0.0.1:{free_port()}/0"
    ask_here_and_hear_there(*run(nobody, "lms.asgi:application"))
