"""Stream, long poll and socket at a real server: the same frames on each."""

import json
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
import requests
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.live.server import running

pytestmark = pytest.mark.chaos  # starts a server of its own


@pytest.fixture(scope="module")
def seeded(tmp_path_factory):
    with running(tmp_path_factory.mktemp("server"), lambda server: server.seed(2)) as both:
        yield both


class Browser:
    """A signed-in browser at one session of the server."""

    def __init__(self, server, content, cookie=None):
        self.base = f"{server.base}/live/{content['session']}"
        self.http = requests.Session()
        self.cookie = cookie
        if cookie:
            self.http.cookies.set("sessionid", cookie)

    def get(self, path, **options):
        return self.http.get(f"{self.base}/{path}", timeout=30, **options)

    def frames(self, path):
        answer = self.get(path)
        assert answer.status_code == 200
        return answer.json()["frames"]

    def ask(self, body):
        """Through the page's form token, as the script does it."""
        token = self.get("").text.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
        command = {"t": "q.ask", "cid": str(uuid.uuid4()), "body": body}
        answer = self.http.post(
            f"{self.base}/commands", json=command, headers={"X-CSRFToken": token}, timeout=30
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    def socket(self):
        address = self.base.replace("http", "ws") + "/ws"
        headers = {"Cookie": f"sessionid={self.cookie}"}
        return connect(address, additional_headers=headers, origin="http://localhost")


@pytest.fixture
def browser(seeded):
    server, content = seeded
    browser = Browser(server, content, content["people"][0])
    yield browser
    browser.http.close()


@pytest.fixture
def other(seeded):
    """Somebody else, so that nobody asks more than the limit allows."""
    server, content = seeded
    browser = Browser(server, content, content["host"])
    yield browser
    browser.http.close()


def read(rows, kind):
    for row in rows:
        if row.startswith("data: "):
            frame = json.loads(row[6:])
            if frame["t"] == kind:
                return frame
    raise AssertionError(f"The stream ended without {kind}.")


def hear(socket, kind):
    while (frame := json.loads(socket.recv(timeout=10)))["t"] != kind:
        pass
    return frame


def test_a_command_reaches_socket_stream_and_poll_alike(browser):
    with (
        browser.get("sse", stream=True) as stream,
        browser.socket() as socket,
        ThreadPoolExecutor() as pool,
    ):
        assert stream.headers["content-type"].startswith("text/event-stream")
        rows = stream.iter_lines(chunk_size=1, decode_unicode=True)
        snapshot = read(rows, "snapshot")
        socket.send(json.dumps({"t": "hello", "v": 1, "have": None}))
        assert hear(socket, "snapshot")["state"] == snapshot["state"]
        since = f"events?epoch={snapshot['epoch']}&after={snapshot['seq']}"
        assert [frame["t"] for frame in browser.frames(since)] == ["welcome"]
        waiting = pool.submit(browser.frames, f"{since}&wait=20")
        time.sleep(0.5)
        ack = browser.ask("Does it arrive on every line?")
        streamed = read(rows, "events")
        assert streamed == waiting.result(timeout=10)[-1] == hear(socket, "events")
        assert streamed["to"] == ack["seq"]
        assert streamed["items"][0]["put"][0]["body"] == "Does it arrive on every line?"
        caught_up = browser.frames(since)[-1]
        assert (caught_up["from"], caught_up["to"]) == (snapshot["seq"], ack["seq"])
        assert caught_up["items"][0]["put"] == streamed["items"][0]["put"]


def test_a_stream_resumes_where_the_browser_was(browser, seeded):
    ack = browser.ask("Asked before the stream was cut")
    last = {"Last-Event-ID": f"{seeded[1]['epoch']}:{ack['seq'] - 1}"}
    with browser.get("sse", headers=last, stream=True) as stream:
        events = read(stream.iter_lines(chunk_size=1, decode_unicode=True), "events")
    assert (events["from"], events["to"]) == (ack["seq"] - 1, ack["seq"])


def test_open_streams_do_not_hold_up_pages(browser, other):
    """More of them than there are threads for pages; none ends by itself."""
    with ExitStack() as opened:
        streams = [
            opened.enter_context(person.get("sse", stream=True))
            for person in (browser, other)
            for _number in range(18)
        ]
        assert other.get("").status_code == 200
        other.ask("This reaches all of them at once")
        for stream in streams:
            read(stream.iter_lines(chunk_size=1, decode_unicode=True), "events")


@pytest.mark.parametrize("path", ["sse", "events"])
def test_visitors_and_wrong_methods(browser, seeded, path):
    assert Browser(*seeded).get(path).status_code == 401
    assert browser.http.post(f"{browser.base}/{path}", timeout=30).status_code == 405
    assert browser.get(f"../987654/{path}").status_code == 404


@pytest.mark.parametrize("after", ["-1", "x", "9" * 30, "99999", "%00"])
def test_a_place_that_cannot_be_is_answered_with_all(browser, after):
    frames = browser.frames(f"events?after={after}")
    assert [frame["t"] for frame in frames] == ["welcome", "snapshot"]


def test_no_compression_is_offered_for_small_frames(browser):
    with browser.socket() as socket:  # which offers compression
        assert socket.protocol.extensions == []


def test_before_the_server_ends_everybody_is_told_when_to_come_back(browser, seeded):
    server = seeded[0]
    with browser.socket() as socket, browser.get("sse", stream=True) as stream:
        socket.send(json.dumps({"t": "hello", "v": 1, "have": None}))
        seq = hear(socket, "snapshot")["seq"]
        rows = stream.iter_lines(chunk_size=1, decode_unicode=True)
        read(rows, "snapshot")
        with ThreadPoolExecutor() as pool:
            waiting = pool.submit(browser.frames, f"events?after={seq}&wait=20")
            time.sleep(0.5)
            ended = pool.submit(server.end)
            told = [hear(socket, "bye"), read(rows, "bye"), waiting.result(timeout=10)[-1]]
            ended.result(timeout=15)
    server.start()
    assert {frame["code"] for frame in told} == {"restart"}
    assert all(1000 <= frame["retry_after_ms"] <= 6000 for frame in told)
    with pytest.raises(ConnectionClosed) as closed:
        socket.recv(timeout=5)
    assert closed.value.rcvd.code == 1012
