"""The line between clients and web processes: a balancer that is cut, slowed and stalled."""

import asyncio
import random
from collections.abc import Callable

SLOW_BYTES, SLOW_DELAY, LOST, AGAIN = 8000, 0.6, 0.05, 1.0  # 64 kbit/s, 600 ms, 5 %, one more s
FULL = 64 * 1024  # bytes that wait here for a reader


class End(asyncio.Protocol):
    """One end of a connection; what it hears goes to the other one."""

    def __init__(self) -> None:
        self.other: End | None = None
        self.transport: asyncio.Transport | None = None
        self.slow = False
        self.free_at = 0.0  # when the slow line has carried what it was given

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.set_write_buffer_limits(high=FULL)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        if self.other is None:
            return
        if not self.slow:
            self.other.write(data)
            return
        now = asyncio.get_running_loop().time()
        lost = AGAIN if random.random() < LOST else 0.0
        self.free_at = max(self.free_at, now) + len(data) / SLOW_BYTES + lost
        delay = self.free_at - now + SLOW_DELAY
        asyncio.get_running_loop().call_later(delay, self.other.write, data)

    def write(self, data: bytes) -> None:
        if self.transport and not self.transport.is_closing():
            self.transport.write(data)

    def pause_writing(self) -> None:
        self.hold(still=True)

    def resume_writing(self) -> None:
        self.hold(still=False)

    def hold(self, *, still: bool) -> None:
        """Nothing is read from the other side meanwhile: its buffers fill."""
        other = self.other and self.other.transport
        if other and not other.is_closing():
            (other.pause_reading if still else other.resume_reading)()

    def connection_lost(self, error: Exception | None) -> None:
        if self.other and self.other.transport:
            self.other.transport.close()

    def cut(self) -> None:
        if self.transport:
            self.transport.abort()


class Line:
    def __init__(self, choose: random.Random):
        self.choose = choose
        self.targets: list[int] = []  # ports of the web processes that take connections
        self.open: set[Client] = set()
        self.port = 0

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: Client(self), "127.0.0.1", 0, backlog=1024)
        self.port = server.sockets[0].getsockname()[1]

    def some(self, share: float) -> list["Client"]:
        there = sorted(self.open, key=id)
        return self.choose.sample(there, int(len(there) * share))

    def each(self, share: float, act: Callable[["Client"], None]) -> int:
        chosen = self.some(share)
        for client in chosen:
            act(client)
        return len(chosen)


class Client(End):
    """The end towards a client: it finds a web process, and keeps what comes before that."""

    def __init__(self, line: Line):
        super().__init__()
        self.line, self.early = line, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.line.open.add(self)
        self.search = asyncio.ensure_future(self._find())

    async def _find(self) -> None:
        loop = asyncio.get_running_loop()
        for port in self.line.choose.sample(self.line.targets, len(self.line.targets)):
            try:
                _transport, server = await loop.create_connection(End, "127.0.0.1", port)
            except OSError:
                continue
            if self.transport is None or self.transport.is_closing():
                server.cut()
                return
            server.other, self.other = self, server
            server.write(self.early)
            return
        self.cut()

    def data_received(self, data: bytes) -> None:
        if self.other is None:
            self.early += data
        else:
            super().data_received(data)

    def make_slow(self) -> None:
        self.slow = True
        if self.other:
            self.other.slow = True

    def stall(self, seconds: float) -> None:
        """The client stops to read for a while; what the server sends piles up there."""
        self.hold(still=True)
        asyncio.get_running_loop().call_later(seconds, lambda: self.hold(still=False))

    def connection_lost(self, error: Exception | None) -> None:
        self.line.open.discard(self)
        super().connection_lost(error)
