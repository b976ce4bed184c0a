"""The same frames without a WebSocket: a stream of server-sent events, and a long poll.

Both are plain ASGI applications: a waiting reader holds a coroutine, not a thread.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

from live import door
from live.gate import bye
from live.hub import Have, Hub
from live.protocol import HEARTBEAT, encode
from live.seats import Seat, Waiting

Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]
WAIT_MAX = 25.0  # seconds: below the patience of common proxies


async def events(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """GET /live/<pk>/events?after=&epoch=&mark=&wait=: the frames since then, or the next one."""
    try:
        session, seat = await _enter(scope)
    except door.Refused as refusal:
        await _refuse(send, refusal)
        return
    hub: Hub | None = None
    query = _query(scope)
    wait = min(max(_number(query.get("wait", "")) or 0, 0), WAIT_MAX)
    try:
        hub = await door.sit(session, seat, _have(query, str(session.epoch)))
        frames = [seat.take()]  # the welcome
        if not seat.queue and wait:
            await _arrival(seat, asyncio.create_task(_disconnected(receive)), wait)
        while waiting := seat.take():
            frames.append(waiting)
        body = ",".join(_text(frame, hub, seat) for frame in frames if frame)
    finally:
        door.leave(seat, hub)
    await _start(send, 200, b"application/json")
    await send({"type": "http.response.body", "body": f'{{"frames":[{body}]}}'.encode()})


async def sse(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """GET /live/<pk>/sse?after=&epoch=&mark=: the browser's own Last-Event-ID resumes it."""
    try:
        session, seat = await _enter(scope)
    except door.Refused as refusal:
        await _refuse(send, refusal)
        return
    hub: Hub | None = None
    gone = asyncio.create_task(_disconnected(receive))
    try:
        await _start(send, 200, b"text/event-stream")
        await send({"type": "http.response.body", "body": b"retry: 2000\n\n", "more_body": True})
        hub = await door.sit(session, seat, _where_from(scope, str(session.epoch)))
        while not gone.done():
            await _arrival(seat, gone, HEARTBEAT)
            if waiting := seat.take():
                await send(_block(waiting, hub, seat))
                if waiting.last:
                    break
    finally:
        door.leave(seat, hub)
        gone.cancel()
    with contextlib.suppress(OSError):  # the reader went away
        await send({"type": "http.response.body", "body": b""})


def _block(waiting: Waiting, hub: Hub, seat: Seat) -> dict[str, Any]:
    """A frame as an event of the stream; its id is what the reader has after it."""
    text = _text(waiting, hub, seat)
    upto = hub.state.seq if waiting.text is None else waiting.upto
    place = f"id: {hub.epoch}:{upto}\n" if upto is not None else ""
    body = f"{place}data: {text}\n\n".encode()
    return {"type": "http.response.body", "body": body, "more_body": True}


async def _enter(scope: dict[str, Any]) -> tuple[Any, Seat]:
    if scope["method"] != "GET":
        raise door.Refused("method")
    return await door.enter(scope["user"], int(scope["url_route"]["kwargs"]["pk"]))


async def _arrival(seat: Seat, gone: asyncio.Task, wait: float) -> None:
    """Until a frame waits, the reader has gone, or `wait` seconds are over."""
    if seat.queue:
        return
    seat.arrival.clear()
    arrival = asyncio.create_task(seat.arrival.wait())
    try:
        await asyncio.wait({arrival, gone}, timeout=wait, return_when=asyncio.FIRST_COMPLETED)
    finally:
        arrival.cancel()


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _text(waiting: Waiting, hub: Hub, seat: Seat) -> str:
    return hub.snapshot(seat) if waiting.text is None else waiting.text


def _query(scope: dict[str, Any]) -> dict[str, str]:
    query = parse_qs(scope["query_string"].decode("latin-1"))
    return {name: values[0] for name, values in query.items()}


def _number(value: str) -> int | None:
    return int(value) if value.isascii() and value.isdigit() and len(value) < 19 else None


def _have(query: dict[str, str], epoch: str) -> Have:
    place = {"epoch": query.get("epoch") or epoch, "seq": _number(query.get("after", ""))}
    return door.have({**place, "mark": query.get("mark", "")})


def _where_from(scope: dict[str, Any], epoch: str) -> Have:
    last = dict(scope["headers"]).get(b"last-event-id", b"").decode("latin-1")
    if ":" in last:
        epoch, _, number = last.rpartition(":")
        return Have(epoch, _number(number))
    return _have(_query(scope), epoch)


async def _start(send: Send, status: int, kind: bytes) -> None:
    headers = [
        (b"content-type", kind + b"; charset=utf-8"),
        (b"cache-control", b"no-store"),
        (b"x-accel-buffering", b"no"),
        (b"x-content-type-options", b"nosniff"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})


async def _refuse(send: Send, refusal: door.Refused) -> None:
    status = {"sign_in": 401, "unknown": 404, "method": 405, "too_many": 429}[refusal.code]
    await _start(send, status, b"application/json")
    most = 30.0 if status == 429 else 0.0
    body = encode({"frames": [bye(refusal.code, most=most)]}).encode()
    await send({"type": "http.response.body", "body": body})
