"""From commit to every client: one hub with ticks, beside one group_send to each socket.

300 clients in this process, the real server in another on a free loopback port, SQLite in a
temporary folder, 2 events a second. Both run on the same cores, so trust the ratio.
"""

import asyncio
import json
import tempfile
import time
from pathlib import Path
from statistics import median

import requests
from websockets.asyncio.client import connect

from live.gate import LINES_EACH
from tests.live.server import Server

CLIENTS = 300
EVENTS_A_SECOND = 2
SECONDS = 20
TARGET = 0.5  # seconds, p99


def run() -> dict:
    """p50 and p99 in seconds from commit to receipt, for the hub and for the naive way."""
    with tempfile.TemporaryDirectory() as home:
        server = Server(Path(home), "bench.live_app:application")
        seeded = server.seed(-(-CLIENTS // LINES_EACH))
        server.start()
        try:
            hub = asyncio.run(_measure(server, seeded, "hub"))
            naive = asyncio.run(_measure(server, seeded, "naive"))
        finally:
            server.stop()
    result = {
        "clients": CLIENTS,
        "events_a_second": EVENTS_A_SECOND,
        "hub": hub,
        "naive_group_send": naive,
        "p99_naive_to_hub": round(naive["p99_s"] / hub["p99_s"], 2),
        "target_p99_s": TARGET,
        "target_met": hub["p99_s"] < TARGET,
    }
    print(json.dumps(result, indent=2))
    return result


async def _measure(server: Server, seeded: dict, way: str) -> dict:
    base = f"ws://127.0.0.1:{server.port}"
    path = "/bench/naive" if way == "naive" else f"/live/{seeded['session']}/ws"
    cookies = [{"Cookie": f"sessionid={cookie}"} for cookie in seeded["people"]]
    arrivals: list[tuple[float, float | int]] = []  # when, and which: commit time or number
    joined = asyncio.Semaphore(0)
    clients = [
        asyncio.create_task(
            _client(f"{base}{path}", cookies[number // LINES_EACH], way, joined, arrivals)
        )
        for number in range(CLIENTS)
    ]
    for _client_task in clients:
        await asyncio.wait_for(joined.acquire(), 60)
    committed = await asyncio.to_thread(_drive, server, seeded["session"], way)
    await asyncio.sleep(3)
    for client in clients:
        client.cancel()
    await asyncio.gather(*clients, return_exceptions=True)
    return _figures(way, committed, arrivals)


async def _client(address, headers, way, joined, arrivals) -> None:
    async with connect(
        address, additional_headers=headers, origin="http://localhost", compression=None
    ) as socket:
        if way == "hub":
            await socket.send(json.dumps({"t": "hello", "v": 1, "have": None}))
            while json.loads(await socket.recv())["t"] != "snapshot":
                pass
        joined.release()
        async for text in socket:
            now = time.time()
            frame = json.loads(text)
            if way == "naive":
                arrivals.append((now, frame["committed"]))
            elif frame["t"] == "events":
                arrivals.extend((now, seq) for seq in range(frame["from"] + 1, frame["to"] + 1))


def _drive(server: Server, session: int, way: str) -> dict[int, float]:
    """Number of each event -> when it was committed, at a steady pace."""
    committed = {}
    started = time.monotonic()
    for number in range(SECONDS * EVENTS_A_SECOND):
        due = started + number / EVENTS_A_SECOND
        time.sleep(max(0.0, due - time.monotonic()))
        told = requests.post(f"{server.base}/bench/{way}/{session}", timeout=30).json()
        committed[told["seq"]] = told["committed"]
    return committed


def _figures(way: str, committed: dict[int, float], arrivals: list) -> dict:
    sent_at = {at: at for at in committed.values()} if way == "naive" else committed
    delays = sorted(now - sent_at[which] for now, which in arrivals if which in sent_at)
    return {
        "p50_s": round(median(delays), 4),
        "p99_s": round(delays[int(len(delays) * 0.99)], 4),
        "max_s": round(delays[-1], 4),
        "delivered": round(len(delays) / (len(committed) * CLIENTS), 4),
    }


if __name__ == "__main__":
    run()
