"""How much one process takes on: open lines in all, open lines of a person, frames of a line.

The gate stands before the sign-in is looked up: who is turned away costs no query. What is
refused is refused with a code and a moment to come back, and the process goes on.
"""

import random
import resource
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from django.conf import settings

from live.protocol import encode

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

OTHER_FILES = 200  # handles that pages, database and log need
LINES_EACH = 20  # of one person in one process
CLOSE_TRY_LATER = 1013  # RFC 6455 registry: "Try Again Later"
FRAMES_A_SECOND, FRAMES_AT_ONCE = 10, 40
PATIENCE = 200  # frames that were refused and not made up for, until the line is closed


def bye(code: str, *, least: float = 0.5, most: float = 0.0) -> dict[str, Any]:
    """The last frame of a line; with `most`, a moment to come back that differs for each."""
    frame: dict[str, Any] = {"t": "bye", "code": code}
    if most:
        frame["retry_after_ms"] = int(1000 * random.uniform(least, most))  # noqa: S311 (no secret)
    return frame


class Gate:
    """The open lines of this process."""

    def __init__(self) -> None:
        self.lines = 0
        self.draining = False
        self.seats: Counter[int] = Counter()

    @property
    def most(self) -> int:
        """The setting, or what the limit of open files leaves."""
        files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        return min(settings.LIVE_CONNECTIONS, max(files - OTHER_FILES, 1))

    def refusal(self) -> dict[str, Any] | None:
        """Why nobody may come in now: a bye frame, or None."""
        if self.draining:
            return bye("restart", least=1, most=6)
        if self.lines >= self.most:
            return bye("busy", least=5, most=30)
        return None

    def take_seat(self, person: int) -> bool:
        """Count a line of `person`; False when that person has as many as one may have."""
        if self.seats[person] >= LINES_EACH:
            return False
        self.seats[person] += 1
        return True

    def leave_seat(self, person: int) -> None:
        self.seats[person] -= 1
        if self.seats[person] <= 0:
            del self.seats[person]

    def guard(self, application: Application) -> Any:
        """`application` for as many as fit; the others are told when to come again."""

        async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
            refusal = self.refusal()
            if refusal:
                await _refuse(scope, receive, send, refusal)
                return
            self.lines += 1
            try:
                await application(scope, receive, send)
            finally:
                self.lines -= 1

        return guarded


async def _refuse(scope: Scope, receive: Receive, send: Send, refusal: dict[str, Any]) -> None:
    if scope["type"] == "websocket":
        await receive()  # websocket.connect
        await send({"type": "websocket.accept"})  # a browser reads no body of a refused handshake
        await send({"type": "websocket.send", "text": encode(refusal)})
        await send({"type": "websocket.close", "code": CLOSE_TRY_LATER})
        return
    wait = str(-(-refusal["retry_after_ms"] // 1000)).encode()
    headers = [(b"content-type", b"application/json"), (b"retry-after", wait)]
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    body = encode({"frames": [refusal]}).encode()
    await send({"type": "http.response.body", "body": body})


class Pace:
    """A bucket of frames for one line: it holds FRAMES_AT_ONCE and fills by FRAMES_A_SECOND."""

    def __init__(self) -> None:
        self.left, self.at = float(FRAMES_AT_ONCE), time.monotonic()
        self.refused = 0

    def admits(self) -> bool:
        now = time.monotonic()
        self.left = min(FRAMES_AT_ONCE, self.left + (now - self.at) * FRAMES_A_SECOND)
        self.at = now
        if self.left < 1:
            self.refused += 1
            return False
        self.left -= 1
        self.refused = max(0, self.refused - 1)  # a flood of any speed comes to its end
        return True

    @property
    def lost_patience(self) -> bool:
        return self.refused > PATIENCE


gate = Gate()
