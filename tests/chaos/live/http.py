"""As little of HTTP/1.1 as the clients need: one request a connection, and a stream of lines."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

TOKEN = "t" * 32  # of the shape of Django's, as cookie and header


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: str


class Host(NamedTuple):
    port: int
    cookie: str

    async def ask(
        self, path: str, body: str | None = None, *, form: bool = False, wait: float = 30
    ) -> Answer:
        """GET, or POST of a body; OSError, EOFError or TimeoutError when the line breaks."""
        async with asyncio.timeout(wait), self.opened(path, body, form) as (answer, chunks):
            parts = [chunk async for chunk in chunks]
            return answer._replace(body=b"".join(parts).decode())

    @asynccontextmanager
    async def opened(self, path: str, body: str | None = None, form: bool = False):
        """The head of an answer, and its body in pieces as they come."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=2**24)
        try:
            writer.write(self._request(path, body, form))
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            pairs = [line.partition(": ") for line in head[1:] if line]
            headers = {name.lower(): value for name, _, value in pairs}
            yield Answer(int(head[0].split(" ")[1]), headers, ""), _chunks(reader, headers)
        finally:
            writer.transport.abort()

    def _request(self, path: str, body: str | None, form: bool) -> bytes:
        kind = "application/x-www-form-urlencoded" if form else "application/json"
        payload = (body or "").encode()
        lines = [
            f"{'GET' if body is None else 'POST'} {path} HTTP/1.1",
            "Host: localhost",
            "Connection: close",
            f"Cookie: sessionid={self.cookie}; csrftoken={TOKEN}",
            f"X-CSRFToken: {TOKEN}",
            f"Content-Type: {kind}",
            f"Content-Length: {len(payload)}",
        ]
        return "\r\n".join([*lines, "", ""]).encode() + payload


async def _chunks(reader: asyncio.StreamReader, headers: dict[str, str]) -> AsyncIterator[bytes]:
    if "content-length" in headers:
        yield await reader.readexactly(int(headers["content-length"]))
        return
    while line := await reader.readline():
        size = int(line, 16)
        chunk = await reader.readexactly(size + 2)
        if not size:
            return
        yield chunk[:-2]
    raise EOFError("cut off")
