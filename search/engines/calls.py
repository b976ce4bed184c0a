"""Keeping what is slow or down away from who waits: a time limit that holds, and a pause."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TypeVar

from search.engines.base import EngineDownError

T = TypeVar("T")
MOST_HANGING = 16
_slots = threading.BoundedSemaphore(MOST_HANGING)


def within(seconds: float, call: Callable[[], T]) -> T:
    """What `call` returns, or EngineDownError once `seconds` are over.

    A client's own time-out counts from byte to byte: a server that sends one a second would
    hold a page for ever. So the call runs in a thread that is left behind when it is late;
    while 16 of them hang, nothing more is asked.
    """
    if seconds <= 0 or not _slots.acquire(blocking=False):
        raise EngineDownError("no time left for another question")
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(call())
        except Exception as error:  # noqa: BLE001 (it is raised where the answer is awaited)
            future.set_exception(error)
        finally:
            _slots.release()

    threading.Thread(target=run, daemon=True, name="search engine").start()
    try:
        return future.result(timeout=seconds)
    except TimeoutError as error:
        raise EngineDownError(f"no answer within {seconds:.1f} s") from error


@dataclass
class Pause:
    """Leaves an engine alone after it did not answer: longer each time, up to `longest` seconds."""

    first: float
    longest: float
    until: float = 0.0
    length: float = 0.0

    def may_ask(self, *, patience: float = 0.0) -> bool:
        """Whether the pause is over. Only one asker tries again; the others wait for `patience`."""
        now = time.monotonic()
        if now < self.until:
            return False
        if self.length:
            self.until = now + patience
        return True

    def begin(self, *, at_least: float = 0.0) -> None:
        self.length = min(max(self.length * 2, self.first), self.longest)
        self.until = time.monotonic() + max(self.length, min(at_least, 3600.0))

    def end(self) -> None:
        self.until = self.length = 0.0
