"""One socket, stream or poll of one person: what waits to be sent to it.

Each has a queue of its own with an end. Who reads too slowly loses what waits and gets one
fresh snapshot instead; only frames that nothing repeats (welcome, role, reset, bye) stay.
"""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import NamedTuple

from live.fold import Viewer

FRAMES, BYTES = 64, 256 * 1024  # that may wait for one reader


class Waiting(NamedTuple):
    text: str | None  # None: a snapshot, built when it is this one's turn
    upto: int | None = None  # the number that the reader has after this frame
    must: bool = False
    last: bool = False  # after it the line is closed


STALE = Waiting(None)


@dataclass(eq=False)
class Seat:
    person: int | None
    is_host: bool
    voted: set[int] = field(default_factory=set)
    chosen: dict[int, list[int]] = field(default_factory=dict)  # in which poll what
    queue: deque[Waiting] = field(default_factory=deque)
    size: int = 0
    arrival: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def viewer(self) -> Viewer:
        return Viewer(self.is_host, self.person)

    def put(
        self, text: str, upto: int | None = None, *, must: bool = False, last: bool = False
    ) -> None:
        """Queue a frame; when the reader is too slow, one snapshot instead of all of them."""
        full = len(self.queue) >= FRAMES or (self.queue and self.size + len(text) > BYTES)
        if full:
            kept = [each for each in self.queue if each.must]
            self.queue = deque([STALE, *kept])
            self.size = sum(len(each.text or "") for each in kept)
        if must or not full:
            self.queue.append(Waiting(text, upto, must, last))
            self.size += len(text)
        self.arrival.set()

    def take(self) -> Waiting | None:
        """The next frame; None when nothing waits."""
        if not self.queue:
            self.arrival.clear()
            return None
        waiting = self.queue.popleft()
        self.size -= len(waiting.text or "")
        return waiting

    async def next(self) -> Waiting:
        """The next frame, when there is one."""
        while (waiting := self.take()) is None:
            await self.arrival.wait()
        return waiting
