"""The WebSocket: parses, finds the command, calls the service, answers. No rule lives here."""

import asyncio
import json
from typing import Any

from channels.generic.websocket import AsyncWebsocketConsumer
from django.utils.translation import gettext as _

from live import door
from live.gate import Pace, bye
from live.hub import Hub
from live.protocol import Nack, cid_of, encode
from live.seats import Seat

FRAME_MAX = 16 * 1024
CLOSE = {"sign_in": 4401, "unknown": 4404, "forbidden": 4403, "too_many": 1013}
CLOSE |= {"restart": 1012, "too_fast": 1008}


class LiveConsumer(AsyncWebsocketConsumer):
    # The hub listens for all sockets. A consumer with a layer of its own could not even
    # connect while Redis is down; an alias that no setting has means: none.
    channel_layer_alias = "none"

    hub: Hub | None = None
    seat: Seat | None = None
    sender: asyncio.Task | None = None
    over = False  # the last frame has been sent: whoever was cut short asks again elsewhere

    async def connect(self) -> None:
        self.session_id = int(self.scope["url_route"]["kwargs"]["pk"])
        self.pace = Pace()
        await self.accept()
        try:
            self.session, self.seat = await door.enter(self.scope["user"], self.session_id)
        except door.Refused as refusal:
            most = 30.0 if refusal.code == "too_many" else 0.0
            await self.bye(bye(refusal.code, most=most))

    async def bye(self, frame: dict[str, Any]) -> None:
        self.over = True
        await self.send(encode(frame))
        await self.close(CLOSE[frame["code"]])

    async def answer(self, text: str) -> None:
        if not self.over:
            await self.send(text)

    async def disconnect(self, code: int) -> None:
        if self.seat:
            door.leave(self.seat, self.hub)
            self.seat = None
        if self.sender:
            self.sender.cancel()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if self.seat is None:
            return
        try:
            data = json.loads(text_data or "") if len(text_data or "") <= FRAME_MAX else None
        except (ValueError, RecursionError):
            data = None
        kind = data.get("t") if isinstance(data, dict) else None
        if not self.pace.admits():
            await self.slow_down(cid_of(data))
        elif isinstance(data, dict) and kind == "hello":
            await self.hello(data)
        elif kind == "ping":
            await self.answer(self.hub.beat() if self.hub else encode({"t": "hb"}))
        elif isinstance(data, dict) and kind == "seen":
            await door.seen(self.seat, self.session_id, data)
        else:
            await self.answer(
                encode(await door.command(self.seat, self.session_id, data, self.hub))
            )

    async def slow_down(self, cid: str | None) -> None:
        """Nothing was looked at; who goes on all the same is cut off."""
        if self.pace.lost_patience:
            await self.bye(bye("too_fast", least=5, most=30))
            return
        reason = _("Too much at once. It is kept and sent again.")
        await self.answer(encode(Nack("rate_limited", reason, retry_after=1).frame(cid)))

    async def hello(self, data: dict[str, Any]) -> None:
        """Take a seat and send what the client does not have yet; a second hello is a pull."""
        assert self.seat is not None  # noqa: S101 (receive looks)
        if self.hub:
            self.hub.leave(self.seat)
        self.hub = await door.sit(self.session, self.seat, door.have(data.get("have")))
        if self.sender is None:
            self.sender = asyncio.create_task(self.send_queued(self.seat))

    async def send_queued(self, seat: Seat) -> None:
        assert self.hub is not None  # noqa: S101
        while True:
            waiting = await seat.next()
            text = self.hub.snapshot(seat) if waiting.text is None else waiting.text
            await self.send(text)
            if waiting.last:
                self.over = True
                await self.close(CLOSE[json.loads(text)["code"]])
                return
