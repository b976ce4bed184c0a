"""The same frames without a WebSocket: a stream of server-sent events, and a long poll.

Both are plain ASGI applications: a waiting reader holds a coroutine, not a thread.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

from live import door
from live.hub import STALE, Hub, Seat
from live.protocol import HEARTBEAT, encode

Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]
WAIT_MAX = 25.0  # seconds: below the patience of common proxies


async def events(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """GET /live/<pk>/events?after=&epoch=&wait=: the frames since then, or the next one."""
    try:
        session, seat = await _enter(scope)
    except door.Refused as refusal:
        await _refuse(send, refusal)
        return
    query = parse_qs(scope["query_string"].decode("latin-1"))
    epoch, after = query.get("epoch", [""])[0] or str(session.epoch), _number(query, "after")
    wait = min(max(_number(query, "wait") or 0, 0), WAIT_MAX)
    hub = await door.sit(session, seat, epoch, after)
    try:
        frames = [seat.queue.get_nowait()]  # the welcome
        if seat.queue.empty() and wait:
            frames += await _first(seat, receive, wait)
        while not seat.queue.empty():
            frames.append(seat.queue.get_nowait())
    finally:
        hub.leave(seat)
    body = ",".join(_text(frame, hub, seat) for frame in frames)
    await _start(send, 200, b"application/json")
    await send({"type": "http.response.body", "body": f'{{"frames":[{body}]}}'.encode()})


async def sse(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """GET /live/<pk>/sse?after=: the browser's own Last-Event-ID resumes it."""
    try:
        session, seat = await _enter(scope)
    except door.Refused as refusal:
        await _refuse(send, refusal)
        return
    epoch, after = _where_from(scope, str(session.epoch))
    await _start(send, 200, b"text/event-stream")
    await send({"type": "http.response.body", "body": b"retry: 2000\n\n", "more_body": True})
    hub = await door.sit(session, seat, epoch, after)
    gone = asyncio.create_task(_disconnected(receive))
    try:
        while not gone.done():
            frames = await _first(seat, None, HEARTBEAT, gone)
            for frame in frames:
                text = _text(frame, hub, seat)
                block = f"id: {hub.epoch}:{hub.state.seq}\ndata: {text}\n\n"
                await send(
                    {"type": "http.response.body", "body": block.encode(), "more_body": True}
                )
    finally:
        hub.leave(seat)
        gone.cancel()
    with contextlib.suppress(OSError):  # the reader went away
        await send({"type": "http.response.body", "body": b""})


async def _enter(scope: dict[str, Any]) -> tuple[Any, Seat]:
    if scope["method"] != "GET":
        raise door.Refused("method")
    return await door.enter(scope["user"], int(scope["url_route"]["kwargs"]["pk"]))


async def _first(
    seat: Seat,
    receive: Receive | None,
    wait: float,
    gone: asyncio.Task | None = None,
) -> list[Any]:
    """The next frame in at most `wait` seconds; none when the time or the reader is over."""
    arrival = asyncio.create_task(seat.queue.get())
    leaving = gone or asyncio.create_task(_disconnected(receive))
    try:
        await asyncio.wait({arrival, leaving}, timeout=wait, return_when=asyncio.FIRST_COMPLETED)
        return [arrival.result()] if arrival.done() else []
    finally:
        arrival.cancel()
        if gone is None:
            leaving.cancel()


async def _disconnected(receive: Receive | None) -> None:
    while receive and (await receive())["type"] != "http.disconnect":
        pass


def _text(frame: Any, hub: Hub, seat: Seat) -> str:
    return hub.snapshot(seat) if frame is STALE else frame


def _number(query: dict[str, list[str]], name: str) -> int | None:
    value = query.get(name, [""])[0]
    return int(value) if value.isascii() and value.isdigit() and len(value) < 19 else None


def _where_from(scope: dict[str, Any], epoch: str) -> tuple[str | None, int | None]:
    query = parse_qs(scope["query_string"].decode("latin-1"))
    last = dict(scope["headers"]).get(b"last-event-id", b"").decode("latin-1")
    if ":" in last:
        epoch, _, number = last.rpartition(":")
        return epoch, _number({"after": [number]}, "after")
    return query.get("epoch", [""])[0] or epoch, _number(query, "after")


async def _start(send: Send, status: int, kind: bytes) -> None:
    headers = [
        (b"content-type", kind + b"; charset=utf-8"),
        (b"cache-control", b"no-store"),
        (b"x-accel-buffering", b"no"),
        (b"x-content-type-options", b"nosniff"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})


async def _refuse(send: Send, refusal: door.Refused) -> None:
    status = {"sign_in": 401, "unknown": 404, "method": 405}[refusal.code]
    await _start(send, status, b"application/json")
    body = encode({"frames": [{"t": "bye", "code": refusal.code}]}).encode()
    await send({"type": "http.response.body", "body": body})
