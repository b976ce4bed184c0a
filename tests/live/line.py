"""A bad line to a server on this machine: thin, far away, and losing packets.

TCP hides a loss behind a wait: the packet comes again after a timeout that doubles each time,
and all that follows it on the same connection waits. That is what this proxy does. All
connections through one Line share its bandwidth, as those of one browser do.
"""

import asyncio
import contextlib
import random
import threading
import time

PACKET = 1460  # bytes
TIMEOUT = 1.0  # seconds until a lost packet is sent again, the first time


class Line:
    """`with Line(server_port) as line:` `line.port` leads there, at `bits` a second each way."""

    def __init__(self, to: int, *, bits: float, round_trip: float, loss: float, seed: int = 1):
        self.to, self.bits, self.delay, self.loss = to, bits, round_trip / 2, loss
        self._chance = random.Random(seed)
        self._free = {"up": 0.0, "down": 0.0}  # when the wire has sent what it was given

    def __enter__(self) -> "Line":
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        serving = asyncio.start_server(self._connected, "127.0.0.1", 0, limit=PACKET)
        self._server = asyncio.run_coroutine_threadsafe(serving, self._loop).result()
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_fault) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _end(self) -> None:
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await asyncio.sleep(0.01)  # in which the transports close

    async def _connected(self, reader, writer) -> None:
        await asyncio.sleep(2 * self.delay + self._lost())  # the handshake
        there = await asyncio.open_connection("127.0.0.1", self.to, limit=PACKET)
        ways = (("up", reader, there[1]), ("down", there[0], writer))
        try:
            with contextlib.suppress(asyncio.CancelledError):  # the line ended
                await asyncio.gather(*(self._carry(*way) for way in ways))
        finally:
            writer.close()
            there[1].close()

    async def _carry(self, way: str, reader, writer) -> None:
        """Packets in the order of sending, each at its time; the end of the stream last."""
        flying: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(maxsize=64)
        landing = asyncio.create_task(_land(flying, writer))
        last = 0.0
        while True:
            try:
                packet = await reader.read(PACKET)
            except OSError:
                packet = b""
            sent = max(time.monotonic(), self._free[way]) + len(packet) * 8 / self.bits
            self._free[way] = sent
            last = max(last, sent + self.delay + self._lost())
            await flying.put((last, packet))
            if not packet:
                break
        await landing

    def _lost(self) -> float:
        """How long a packet waits because it, and perhaps what replaced it, was lost."""
        wait, again = 0.0, TIMEOUT
        while self._chance.random() < self.loss:
            wait, again = wait + again, again * 2
        return wait


async def _land(flying: asyncio.Queue, writer) -> None:
    with contextlib.suppress(OSError):  # whoever should read it has gone
        while True:
            at, packet = await flying.get()
            await asyncio.sleep(at - time.monotonic())
            if not packet:
                writer.close()
                return
            writer.write(packet)
            await writer.drain()
    while (await flying.get())[1]:
        pass
