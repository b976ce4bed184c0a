"""Two server processes over one database: Redis makes it fast, its absence loses nothing."""

import json
import os
import time
import uuid
from statistics import median

import pytest
import requests
from websockets.sync.client import connect

from tests.live.server import Server, free_port

pytestmark = pytest.mark.chaos
REDIS_URL = os.environ.get("TEST_REDIS_URL", "")


def delays(home, redis_url, rounds):
    """Seconds from the answer of one process to the frame from the other."""
    servers = [Server(home), Server(home)]
    content = servers[0].seed(rounds)
    try:
        for server in servers:
            server.environment["REDIS_URL"] = redis_url
            server.start()
        return [_delay(servers, content, cookie) for cookie in content["people"]]
    finally:
        for server in servers:
            server.kill()


def _delay(servers, content, cookie):
    path = f"/live/{content['session']}"
    address = f"ws://127.0.0.1:{servers[1].port}{path}/ws"
    headers = {"Cookie": f"sessionid={cookie}"}
    with (
        connect(address, additional_headers=headers, origin="http://localhost") as socket,
        requests.Session() as browser,
    ):
        browser.cookies.set("sessionid", cookie)
        socket.send(json.dumps({"t": "hello", "v": 1, "have": None}))
        _hear(socket, "snapshot")
        page = browser.get(f"{servers[0].base}{path}/", timeout=30).text
        token = page.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
        command = {"t": "q.ask", "cid": str(uuid.uuid4()), "body": "Heard next door as well?"}
        answer = browser.post(
            f"{servers[0].base}{path}/commands",
            json=command,
            headers={"X-CSRFToken": token},
            timeout=30,
        )
        started = time.monotonic()
        assert _hear(socket, "events")["to"] >= answer.json()["seq"]
        return time.monotonic() - started


def _hear(socket, kind):
    while (frame := json.loads(socket.recv(timeout=10)))["t"] != kind:
        pass
    return frame


@pytest.mark.skipif(not REDIS_URL, reason="TEST_REDIS_URL names no Redis")
def test_through_redis_the_other_process_hears_at_once(tmp_path):
    assert median(delays(tmp_path, REDIS_URL, 5)) < 0.6


def test_without_redis_the_other_process_is_two_seconds_behind_at_most(tmp_path):
    nobody = f"redis://127.0.0.1:{free_port()}/0"
    assert max(delays(tmp_path, nobody, 3)) < 3.5
