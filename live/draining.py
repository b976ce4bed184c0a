"""The end of a server process, for those who are connected: told first, then let go.

The server's own handler of the signal runs when the lines are closed, or after PATIENCE.
"""

import asyncio
import signal
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

from live import hub
from live.gate import gate

PATIENCE = 6.0  # seconds; with the server's own shutdown it stays within ten
_watched: set[int] = set()


def watch_for_the_end() -> None:
    """Stand before the server's signal handlers; called in its event loop, again does nothing."""
    if threading.current_thread() is not threading.main_thread():
        return
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        before = signal.getsignal(number)
        if number in _watched or not callable(before) or before is signal.default_int_handler:
            continue
        _watched.add(number)
        signal.signal(number, partial(_begin, loop, before))


def _begin(
    loop: asyncio.AbstractEventLoop, before: Callable[..., Any], number: int, frame: Any
) -> None:
    if gate.draining:  # a second Ctrl-C wants it at once
        before(number, frame)
        return
    gate.draining = True
    loop.call_soon_threadsafe(lambda: _tasks.add(loop.create_task(_drain(before, number))))


_tasks: set[asyncio.Task] = set()  # a task that nobody holds may be collected


async def _drain(before: Callable[..., Any], number: int) -> None:
    hub.say_goodbye()
    deadline = asyncio.get_running_loop().time() + PATIENCE
    while gate.lines and asyncio.get_running_loop().time() < deadline:
        await asyncio.sleep(0.05)
    before(number, None)
