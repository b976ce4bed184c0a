"""What goes wrong, when: drawn from the seed, done one after the other, and written down."""

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.live.line import Line
from tests.chaos.live.machines import Machines, wait_for_redis
from tests.live.server import Server

DUMP_AGE = 50  # seconds until a dump takes the place of its database


@dataclass
class Happened:
    name: str
    began: float
    detail: str = ""
    ended: float = 0.0


@dataclass
class Faults:
    machines: Machines
    line: Line
    session: int
    choose: random.Random
    scale: float = 1.0  # of the long pauses, for a short run
    happened: list[Happened] = field(default_factory=list)
    gone: list[dict[str, Any]] = field(default_factory=list)  # logs that a restore took away
    now: str = ""
    dumped: float = 0.0

    async def run(self, until: float, every: float) -> None:
        """One fault after the other until then; each kind comes before one comes twice."""
        waiting: list[str] = []
        length = until - time.time()
        planned = [(until - length * share, "dump") for share in (0.7, 0.35)]
        await asyncio.sleep(every)
        while time.time() < until:
            if planned and time.time() > planned[0][0]:
                _moment, name = planned.pop(0)
                if name == "dump":
                    planned.insert(0, (time.time() + DUMP_AGE * self.scale, "restore"))
            else:
                waiting = waiting or self.choose.sample(list(KINDS), len(KINDS))
                name = waiting.pop()
            await self.cause(name)
            await asyncio.sleep(every * self.choose.uniform(0.5, 1.5))

    async def cause(self, name: str) -> None:
        fault = Happened(name, time.time())
        self.happened.append(fault)
        self.now = name
        fault.detail = await getattr(self, name)() or ""
        fault.ended, self.now = time.time(), ""

    # --- Processes ----------------------------------------------------------------------

    async def kill_web(self) -> str:
        """kill -9 of one web process; another comes in its place after a moment."""
        web = self.choose.choice(self.machines.webs)
        await self._down(web, web.kill)
        await asyncio.sleep(self.choose.uniform(0, 2))
        await self._up(web)
        return f"port {web.port}"

    async def deploy(self) -> None:
        """Both are told to end, one after the other; each ends in order."""
        for web in self.machines.webs:
            await self._down(web, web.end)
            await self._up(web)

    async def kill_all_web(self) -> None:
        for web in self.machines.webs:
            await self._down(web, web.kill)
        for web in self.machines.webs:
            await self._up(web)

    async def kill_redis(self) -> str:
        seconds = self.choose.choice([1, 15]) * self.scale
        await asyncio.to_thread(self.machines.redis.kill)
        await asyncio.sleep(seconds)
        self.machines.redis.start()
        await asyncio.to_thread(wait_for_redis, self.machines.redis)
        return f"away for {seconds:.0f} s"

    async def empty_redis(self) -> None:
        await asyncio.to_thread(self.machines.redis.empty)

    async def crash_postgres(self) -> None:
        await asyncio.to_thread(self.machines.postgres.crash)
        await asyncio.sleep(self.choose.uniform(0, 2))
        await asyncio.to_thread(self.machines.postgres.start)

    async def dump(self) -> None:
        await asyncio.to_thread(self.machines.postgres.dump, f"dump{len(self.gone)}")
        self.dumped = time.time()

    async def restore(self) -> str:
        """The last dump takes the place of the database, while the web runs or is stopped."""
        running = self.choose.random() < 0.5
        if not running:
            for web in self.machines.webs:
                await self._down(web, web.kill)
        log = await asyncio.to_thread(self.machines.postgres.swap, self.session)
        self.gone.append({"log": log})
        if not running:
            for web in self.machines.webs:
                await self._up(web)
        age = time.time() - self.dumped
        return f"{age:.0f} s old, web {'running' if running else 'stopped meanwhile'}"

    async def _down(self, web: Server, how: Callable[[], None]) -> None:
        self.line.targets.remove(web.port)
        await asyncio.to_thread(how)

    async def _up(self, web: Server) -> None:
        await asyncio.to_thread(web.start)
        self.line.targets.append(web.port)

    # --- The line -----------------------------------------------------------------------

    async def reset(self) -> str:
        return f"{self.line.each(0.3, lambda client: client.cut())} connections"

    async def slow(self) -> str:
        """64 kbit/s, 600 ms, 5 % lost, for as long as these connections last."""
        return f"{self.line.each(0.14, lambda client: client.make_slow())} connections"

    async def stall(self) -> str:
        seconds = 30 * self.scale
        stalled = self.line.each(0.03, lambda client: client.stall(seconds))
        return f"{stalled} readers for {seconds:.0f} s"


KINDS = {
    "kill_web": "A web process is killed (kill -9)",
    "deploy": "Both web processes end in order (SIGTERM)",
    "kill_all_web": "Both web processes are killed (kill -9)",
    "kill_redis": "Redis is killed (kill -9)",
    "empty_redis": "Redis forgets everything (FLUSHALL)",
    "crash_postgres": "PostgreSQL crashes and recovers",
    "reset": "Connections are reset",
    "slow": "Lines become slow",
    "stall": "Readers stop to read",
}
NAMES = {
    **KINDS,
    "dump": "A dump is made",
    "restore": "The old dump takes the place of the database",
}
