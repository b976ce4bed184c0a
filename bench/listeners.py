"""Many sockets in a process of their own, so that listening takes no time from those who send.

    python -m bench.listeners '{"addresses": [...], "cookies": [...], "count": 350, "way": "hub"}'

Says a line of JSON when all have joined. Then answers each line that it is given:
{"do": "hear", "committed": {number: time}, "patience": seconds} with the figures from commit to
receipt, {"do": "cut"} with the seconds until all are back and current.
"""

import asyncio
import json
import resource
import sys
import time
from collections import defaultdict
from statistics import median

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

AT_ONCE = 40  # handshakes
JOIN_WITHIN = 300.0  # seconds


class Listeners:
    def __init__(self, addresses: list[str], cookies: list[str], count: int, way: str):
        self.way, self.count = way, count
        self.arrivals: dict[int, list[float]] = defaultdict(list)  # number of an event -> when
        self.heads = [0] * count  # the newest number that each has
        self.epoch, self.mark = "", ""
        self._said: dict[str, dict] = {}  # most frames are the same text for everybody
        self._sockets: dict[int, ClientConnection] = {}
        self._places = [
            (addresses[each % len(addresses)], cookies[each % len(cookies)])
            for each in range(count)
        ]
        self._tasks: list[asyncio.Task] = []

    async def join(self) -> float:
        """Everybody comes in; after how many seconds the last was seated."""
        started = time.monotonic()
        door = asyncio.Semaphore(AT_ONCE)
        async with asyncio.timeout(JOIN_WITHIN):
            await asyncio.gather(*(self._sit(each, door) for each in range(self.count)))
        seconds = time.monotonic() - started
        self._tasks = [asyncio.create_task(self._listen(each)) for each in range(self.count)]
        return seconds

    async def _sit(self, number: int, door: asyncio.Semaphore) -> None:
        """Come in, and hear everything up to now."""
        address, cookie = self._places[number]
        async with door:
            socket = await connect(
                address,
                additional_headers={"Cookie": f"sessionid={cookie}"},
                origin="http://localhost",
                compression=None,
                open_timeout=60,
                ping_interval=None,
            )
            self._sockets[number] = socket
            if self.way == "hub":
                await socket.send(json.dumps({"t": "hello", "v": 1, "have": self._have(number)}))
                head = None
                while head is None or self.heads[number] < head:
                    frame = self._take(number, await socket.recv())
                    head = frame["head"] if frame["t"] == "welcome" else head

    async def _listen(self, number: int) -> None:
        try:
            async for text in self._sockets[number]:
                self._take(number, text)
        except ConnectionClosed:
            return

    def _have(self, number: int) -> dict | None:
        if not self.heads[number]:
            return None
        return {"epoch": self.epoch, "seq": self.heads[number], "mark": self.mark}

    def _take(self, number: int, text: str) -> dict:
        now = time.time()
        frame = self._said.get(text)
        if frame is None:
            frame = self._said[text] = json.loads(text)
        if self.way != "hub":
            self.arrivals[frame["seq"]].append(now)
        elif frame["t"] == "events":
            for seq in range(max(frame["from"], self.heads[number]) + 1, frame["to"] + 1):
                self.arrivals[seq].append(now)
            self.heads[number], self.epoch, self.mark = frame["to"], frame["epoch"], frame["mark"]
        elif frame["t"] == "snapshot":
            self.heads[number], self.epoch = frame["seq"], frame["epoch"]
            self.mark = frame["mark"]
        return frame

    async def hear(self, committed: dict[int, float], patience: float) -> dict:
        """From commit to receipt; what did not come within `patience` seconds counts as never."""
        wanted = len(committed) * self.count
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline and self._heard(committed) < wanted:
            await asyncio.sleep(0.2)
        now = time.time()
        delays = [at - sent for seq, sent in committed.items() for at in self.arrivals[seq]]
        arrived = len(delays)
        for seq, sent in committed.items():  # at least this long
            delays += [now - sent] * (self.count - len(self.arrivals[seq]))
        delays.sort()
        return {
            "p50_s": round(median(delays), 4),
            "p95_s": round(delays[int(len(delays) * 0.95)], 4),
            "p99_s": round(delays[int(len(delays) * 0.99)], 4),
            "max_s": round(delays[-1], 4),
            "delivered": round(arrived / wanted, 4),
        }

    def _heard(self, committed: dict[int, float]) -> int:
        return sum(len(self.arrivals[seq]) for seq in committed)

    async def cut(self) -> float:
        """Every line is cut at once and comes back at once, with what it has."""
        head = max(self.heads)
        for socket in self._sockets.values():
            socket.transport.abort()
        await asyncio.gather(*self._tasks)
        seconds = await self.join()
        assert min(self.heads) >= head, "somebody came back with less than was known before"
        return seconds


async def main(told: dict) -> None:
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    listeners = Listeners(**told)
    _say({"joined_after_s": round(await listeners.join(), 2)})
    while line := await asyncio.to_thread(sys.stdin.readline):
        asked = json.loads(line)
        if asked["do"] == "cut":
            _say({"current_after_s": round(await listeners.cut(), 2)})
        else:
            committed = {int(seq): at for seq, at in asked["committed"].items()}
            _say(await listeners.hear(committed, asked["patience"]))


def _say(words: dict) -> None:
    print(json.dumps(words), flush=True)


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
