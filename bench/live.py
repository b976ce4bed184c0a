"""From commit to every client: one hub with ticks, beside one group_send to each socket.

Clients in one process (bench/listeners.py), the real server in one or two others, which Redis
joins, SQLite in a temporary folder. All share the same cores, so trust the ratios.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from live.gate import LINES_EACH
from tests.chaos.live.machines import Redis, wait_for_redis
from tests.live.server import ROOT, Server

PROCESSES = (1, 2)
SOCKETS = (350, 1000, 3000)
EVENTS_A_SECOND = (2, 10)
WAYS = ("naive", "reading")
NAIVE_SOCKETS, NAIVE_EVENTS_A_SECOND = (350, 1000), 2
SECONDS = 15
PATIENCE = 20.0  # seconds after the last event; what comes later counts as this late, or never
TARGET_P99, TARGET_TIMES, TARGET_CUT = 0.5, 30, 10.0  # seconds, times, seconds

Cell = dict[str, Any]


def run() -> dict:
    """Figures of each number of processes, sockets and events a second, and what they mean."""
    hub: list[Cell] = []
    naive: list[Cell] = []
    with tempfile.TemporaryDirectory() as home:
        server = Server(Path(home))
        people = server.seed(-(-max(SOCKETS) // LINES_EACH))["people"]
        commits = _commits(server)
        server.stop()
        for processes in PROCESSES:
            with _house(Path(home), processes) as servers:
                for sockets in SOCKETS:
                    hub += _hub(servers, people, sockets)
                for sockets in NAIVE_SOCKETS:
                    naive += [_naive(servers, people, sockets, way) for way in WAYS]
    result = {"hub": hub, "naive": naive, "commits_a_second": commits}
    return result | _judged(hub, naive)


def _judged(hub: list[Cell], naive: list[Cell]) -> dict:
    """The targets: 350 sockets quickly, 1,000 far before the naive way, all back after a cut."""

    def one(cells: list[Cell], **wanted: Any) -> Cell:
        return next(cell for cell in cells if wanted.items() <= cell.items())

    quick = one(hub, processes=1, sockets=350, events_a_second=2)
    many = {"processes": 1, "sockets": 1000, "events_a_second": 2}
    times = one(naive, way="reading", **many)["p99_s"] / one(hub, **many)["p99_s"]
    met = quick["p99_s"] < TARGET_P99 and times >= TARGET_TIMES
    return {
        "p99_s": quick["p99_s"],
        "target_p99_s": TARGET_P99,
        "p99_naive_to_hub_at_1000": round(times, 1),
        "target_times": TARGET_TIMES,
        "cut_all_current_after_s": quick["cut_all_current_after_s"],
        "target_cut_s": TARGET_CUT,
        "target_met": met and quick["cut_all_current_after_s"] <= TARGET_CUT,
    }


@contextmanager
def _house(home: Path, processes: int) -> Iterator[list[Server]]:
    """The processes over one database; Redis joins more than one."""
    servers = [Server(home, "bench.live_app:application") for _each in range(processes)]
    redis = Redis(home) if processes > 1 else None
    try:
        if redis:
            wait_for_redis(redis)
        for server in servers:
            server.environment |= {"REDIS_URL": redis.url if redis else ""}
        yield servers
    finally:
        for server in servers:
            server.stop()
        if redis:
            redis.kill()


@contextmanager
def _listeners(servers: list[Server], people: list, sockets: int, way: str) -> Iterator[Any]:
    """A new session, a function that tells the listeners something, and how they joined."""
    session = servers[0].told(SESSION)
    path = f"/live/{session}/ws" if way == "hub" else f"/bench/{way}"
    told = {
        "addresses": [f"ws://127.0.0.1:{server.port}{path}" for server in servers],
        "cookies": people,
        "count": sockets,
        "way": way,
    }
    for server in servers:
        server.start()
    empty = sum(server.memory() for server in servers)
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.listeners", json.dumps(told)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )

    def tell(words: dict) -> dict:
        print(json.dumps(words), file=process.stdin, flush=True)
        return json.loads(process.stdout.readline())

    try:
        joined = json.loads(process.stdout.readline())
        full = sum(server.memory() for server in servers)
        joined["kilobytes_a_socket"] = round((full - empty) / sockets / 1000, 1)
        yield session, tell, joined
    finally:
        process.communicate()
        for server in servers:
            server.stop()


def _hub(servers: list[Server], people: list, sockets: int) -> list[Cell]:
    cells = []
    with _listeners(servers, people, sockets, "hub") as (session, tell, joined):
        for rate in EVENTS_A_SECOND:
            figures = _heard(servers, session, tell, "hub", rate)
            cells.append(_cell(len(servers), sockets, rate) | figures | joined)
        cut = tell({"do": "cut"})["current_after_s"]
        for cell in cells:
            cell["cut_all_current_after_s"] = cut
            print(json.dumps(cell))
    return cells


def _naive(servers: list[Server], people: list, sockets: int, way: str) -> Cell:
    with _listeners(servers, people, sockets, way) as (session, tell, joined):
        figures = _heard(servers, session, tell, way, NAIVE_EVENTS_A_SECOND)
    cell = _cell(len(servers), sockets, NAIVE_EVENTS_A_SECOND) | {"way": way} | figures | joined
    print(json.dumps(cell))
    return cell


def _cell(processes: int, sockets: int, rate: int) -> Cell:
    return {"processes": processes, "sockets": sockets, "events_a_second": rate}


def _heard(servers: list[Server], session: int, tell: Any, way: str, rate: int) -> dict:
    committed = _drive(servers[0], session, way, rate)
    return tell({"do": "hear", "committed": committed, "patience": PATIENCE})


def _drive(server: Server, session: int, way: str, rate: int) -> dict[int, float]:
    """Number of each event -> when it was committed, at a steady pace."""
    address = f"{server.base}/bench/{way}/{session}"
    started = time.monotonic()

    def one() -> dict:
        return requests.post(address, timeout=120).json()

    asked = []
    with ThreadPoolExecutor(8) as hands:
        for number in range(SECONDS * rate):
            time.sleep(max(0.0, started + number / rate - time.monotonic()))
            asked.append(hands.submit(one))
    return {told["seq"]: told["committed"] for told in (each.result() for each in asked)}


SESSION = """
from live.models import Session
from tests.factories.live import make_session
first = Session.objects.earliest("pk")
print(make_session(pool=first.pool, host=first.host).pk)
"""
COMMITS = """
import json, sys, threading, time
from django.db import connection
from bench.live_app import commit
session, writers, seconds = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
done, end = [], time.monotonic() + seconds
def write():
    while time.monotonic() < end:
        done.append(commit(session)["seq"])
    connection.close()
threads = [threading.Thread(target=write) for _ in range(writers)]
for each in threads: each.start()
for each in threads: each.join()
print(json.dumps(len(set(done)) / seconds))
"""


def _commits(server: Server) -> dict[str, float]:
    """Questions a second on one session, by how many write at once; 5 seconds each."""
    session = server.told(SESSION)
    return {
        f"{writers} at once": round(server.told(COMMITS, str(session), str(writers), "5"), 1)
        for writers in (1, 8)
    }


if __name__ == "__main__":
    print(json.dumps(run(), indent=2))
