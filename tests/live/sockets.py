"""Sockets at the real application, in this process: a browser of one person at one session."""

import asyncio
import json
import uuid

from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator
from django.test import Client

from lms.asgi import application

in_database = sync_to_async
HOSTS = [(b"host", b"localhost"), (b"origin", b"http://localhost")]


def cookie_of(person) -> bytes:
    client = Client()
    client.force_login(person)
    return f"sessionid={client.cookies['sessionid'].value}".encode()


class Socket(ApplicationCommunicator):
    """A WebSocket at the real application (channels.testing needs daphne, which we do not run)."""

    def __init__(self, path: str, headers):
        scope = {"type": "websocket", "path": path, "headers": headers, "query_string": b""}
        super().__init__(application, {**scope, "subprotocols": []})

    async def connect(self) -> bool:
        await self.send_input({"type": "websocket.connect"})
        return (await self.receive_output(60))["type"] == "websocket.accept"

    async def send_to(self, text_data: str):
        await self.send_input({"type": "websocket.receive", "text": text_data})

    async def receive_from(self, timeout: float) -> str:
        return (await self.receive_output(timeout))["text"]

    async def disconnect(self):
        await self.send_input({"type": "websocket.disconnect", "code": 1000})
        await self.wait(2)


class Browser:
    """A browser of one person at one session's socket."""

    def __init__(self, session, person=None, *, cookie=None):
        self.session, self.person, self.cookie, self.frames = session, person, cookie, []

    async def __aenter__(self):
        headers = list(HOSTS)
        if self.person:
            self.cookie = await in_database(cookie_of)(self.person)
        if self.cookie:
            headers.append((b"cookie", self.cookie))
        path = f"/live/{self.session.pk}/ws"
        self.socket = Socket(path, headers)
        assert await self.socket.connect()
        return self

    async def __aexit__(self, *_exception):
        await self.socket.disconnect()

    async def send(self, **frame):
        await self.socket.send_to(text_data=json.dumps(frame))

    async def hear(self, kind: str, timeout: float = 60):
        """The next frame of this kind within `timeout` seconds; all frames are kept."""
        async with asyncio.timeout(timeout):  # heartbeats come for ever
            while (frame := await self._next(timeout))["t"] != kind:
                pass
        return frame

    async def _next(self, timeout: float) -> dict:
        text = await self.socket.receive_from(timeout=timeout)
        self.frames.append(text)
        return json.loads(text)

    async def hello(self, have=None):
        await self.send(t="hello", v=1, have=have)
        return await self.hear("welcome")

    async def command(self, kind: str, /, **fields):
        cid = fields.pop("cid", str(uuid.uuid4()))
        await self.send(t=kind, cid=cid, **fields)
        async with asyncio.timeout(60):
            while True:
                frame = await self._next(60)
                if frame["t"] in ("ack", "nack") and frame["cid"] == cid:
                    return frame

    async def item(self, kind: str):
        while True:
            for item in (await self.hear("events"))["items"]:
                if item["kind"] == kind:
                    return item
