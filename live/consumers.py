"""The WebSocket: parses, finds the command, calls the service, answers. No rule lives here."""

import asyncio
import json
from typing import Any

from channels.generic.websocket import AsyncWebsocketConsumer

from live import door
from live.hub import STALE, Hub, Seat
from live.protocol import encode

FRAME_MAX = 16 * 1024
CLOSE_SIGN_IN, CLOSE_UNKNOWN, CLOSE_BYE = 4401, 4404, 4403


class LiveConsumer(AsyncWebsocketConsumer):
    # The hub listens for all sockets. A consumer with a layer of its own could not even
    # connect while Redis is down; an alias that no setting has means: none.
    channel_layer_alias = "none"

    hub: Hub | None = None
    seat: Seat | None = None
    sender: asyncio.Task | None = None

    async def connect(self) -> None:
        self.session_id = int(self.scope["url_route"]["kwargs"]["pk"])
        await self.accept()
        try:
            self.session, self.seat = await door.enter(self.scope["user"], self.session_id)
        except door.Refused as refusal:
            await self.bye(refusal.code)

    async def bye(self, code: str) -> None:
        await self.send(encode({"t": "bye", "code": code}))
        await self.close(CLOSE_SIGN_IN if code == "sign_in" else CLOSE_UNKNOWN)

    async def disconnect(self, code: int) -> None:
        if self.hub and self.seat:
            self.hub.leave(self.seat)
        if self.sender:
            self.sender.cancel()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if self.seat is None:
            return
        try:
            data = json.loads(text_data or "") if len(text_data or "") <= FRAME_MAX else None
        except ValueError:
            data = None
        kind = data.get("t") if isinstance(data, dict) else None
        if isinstance(data, dict) and kind == "hello":
            await self.hello(data)
        elif kind == "ping":
            await self.send(self.hub.beat() if self.hub else encode({"t": "hb"}))
        else:
            await self.send(encode(await door.command(self.seat, self.session_id, data)))

    async def hello(self, data: dict[str, Any]) -> None:
        """Take a seat and send what the client does not have yet; a second hello is a pull."""
        assert self.seat is not None  # noqa: S101 (receive looks)
        epoch, seq = door.have(data.get("have"))
        if self.hub:
            self.hub.leave(self.seat)
        self.hub = await door.sit(self.session, self.seat, epoch, seq)
        if self.sender is None:
            self.sender = asyncio.create_task(self.send_queued())

    async def send_queued(self) -> None:
        assert self.seat is not None  # noqa: S101
        assert self.hub is not None  # noqa: S101
        while True:
            text = await self.seat.queue.get()
            await self.send(self.hub.snapshot(self.seat) if text is STALE else text)
            if text is not STALE and text.startswith('{"t":"bye"'):
                await self.close(CLOSE_BYE)
                return
