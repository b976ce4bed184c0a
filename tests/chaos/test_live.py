"""A server that is killed in the middle: what was acknowledged is there once, and only once."""

import asyncio
import json
import random
import sqlite3
import uuid

import pytest
import requests
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from tests.live.server import Server

pytestmark = pytest.mark.chaos
SEED = 20261124
CLIENTS, QUESTIONS, KILLS = 8, 12, 3
ORIGIN = "http://localhost"


@pytest.fixture
def server(tmp_path):
    server = Server(tmp_path)
    yield server
    server.kill()


class Client:
    """What client.js does: an outbox on disk, sent again until it is answered."""

    """Each question is another person's: the limit of one in ten seconds is not what we test."""

    def __init__(self, server, seeded, number):
        self.url = f"ws://127.0.0.1:{server.port}/live/{seeded['session']}/ws"
        self.outbox = [
            {"t": "q.ask", "cid": str(uuid.uuid4()), "body": f"Question {each} of client {number}"}
            for each in range(QUESTIONS)
        ]
        self.cookies = seeded["people"][number * QUESTIONS : (number + 1) * QUESTIONS]
        self.acked: dict[str, dict] = {}
        self.cut_off = 0

    async def run(self):
        while self.outbox:
            headers = {"Cookie": f"sessionid={self.cookies[len(self.outbox) - 1]}"}
            try:
                async with connect(self.url, additional_headers=headers, origin=ORIGIN) as socket:
                    await socket.send(json.dumps({"t": "hello", "v": 1, "have": None}))
                    await self.send_first(socket)
            except InvalidStatus:
                raise  # the server answers, and says no
            except (OSError, ConnectionClosed, TimeoutError, InvalidHandshake, EOFError):
                self.cut_off += 1
                await asyncio.sleep(random.uniform(0.05, 0.4))

    async def send_first(self, socket):
        await socket.send(json.dumps(self.outbox[0]))
        answer = await self.answer_to(socket, self.outbox[0]["cid"])
        if answer["t"] == "ack":
            self.acked[answer["cid"]] = answer
            self.outbox.pop(0)
        else:
            assert answer["retry"], answer

    async def answer_to(self, socket, cid):
        while True:
            frame = json.loads(await asyncio.wait_for(socket.recv(), 10))
            if frame["t"] in ("ack", "nack") and frame["cid"] == cid:
                return frame


def snapshot_of(server, seeded):
    address = f"{server.base}/live/{seeded['session']}/snapshot"
    cookies = {"sessionid": seeded["host"]}
    return requests.get(address, cookies=cookies, timeout=30).json()["state"]


async def killing(server, clients):
    total = CLIENTS * QUESTIONS
    for kill in range(1, KILLS + 1):
        while sum(len(client.acked) for client in clients) < total * kill / (KILLS + 1):
            await asyncio.sleep(0.02)
        server.kill()
        await asyncio.to_thread(server.start)


async def test_nothing_acknowledged_is_lost_and_nothing_is_doubled(server):
    random.seed(SEED)
    seeded = server.seed(CLIENTS * QUESTIONS)
    server.start()
    clients = [Client(server, seeded, n) for n in range(CLIENTS)]
    await asyncio.wait_for(
        asyncio.gather(killing(server, clients), *(client.run() for client in clients)), 240
    )
    state = snapshot_of(server, seeded)
    acked = {cid: ack for client in clients for cid, ack in client.acked.items()}
    assert len(acked) == CLIENTS * QUESTIONS
    assert sum(client.cut_off for client in clients) >= KILLS, "nobody met a killed server"
    bodies = [question["body"] for question in state["questions"]]
    assert len(bodies) == len(set(bodies)) == len(acked)
    assert {ack["obj"] for ack in acked.values()} == {q["id"] for q in state["questions"]}
    assert state["session"]["balance"]["asked"] == len(acked)
    with sqlite3.connect(server.home / "commons.sqlite3") as database:
        rows = database.execute("SELECT seq, cid FROM live_event ORDER BY seq").fetchall()
    assert [seq for seq, _cid in rows] == list(range(1, len(rows) + 1))
    cids = [cid for _seq, cid in rows if cid]
    assert len(cids) == len(set(cids))
