"""A server on loopback that behaves badly on purpose, or well, as its script says."""

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

PRODUCT = {"X-Elastic-Product": "Elasticsearch"}
Answer = Callable[["Request", asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Request:
    method: str
    path: str
    body: bytes

    def operations(self) -> list[tuple[str, dict]]:
        """The rows of a bulk request: (verb, head)."""
        lines = [json.loads(line) for line in self.body.splitlines() if line]
        heads = [line for line in lines if "index" in line or "delete" in line]
        return [next(iter(head.items())) for head in heads]


def says(status: int, body: object, **headers: str) -> Answer:
    async def answer(request: Request, writer: asyncio.StreamWriter) -> None:
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        await _write(writer, status, PRODUCT | headers, text, request.method)

    return answer


ALIAS = ("/_alias/", says(200, {"commons-x": {"aliases": {"commons": {}}}}))


def without_product(body: bytes = b"<h1>It works</h1>", kind: str = "text/html") -> Answer:
    async def answer(request: Request, writer: asyncio.StreamWriter) -> None:
        await _write(writer, 200, {"Content-Type": kind}, body, request.method)

    return answer


def truncated(body: bytes = b'{"took": 1, "hits": {"hits": [') -> Answer:
    async def answer(request: Request, writer: asyncio.StreamWriter) -> None:
        head = _head(200, PRODUCT | {"Content-Type": "application/json"}, len(body) + 500)
        writer.write(head + body)
        await writer.drain()

    return answer


def dripping(every: float = 0.1) -> Answer:
    """A byte now and then: no time-out between two bytes ever strikes."""

    async def answer(_request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(_head(200, PRODUCT | {"Content-Type": "application/json"}, 10_000))
        for _ in range(10_000):
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(every)

    return answer


async def silent(_request: Request, _writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(3600)


async def hangs_up(_request: Request, _writer: asyncio.StreamWriter) -> None:
    return


def bulk(status_of: Callable[[str, str], int]) -> Answer:
    """A bulk answer with a status for each row; 0 leaves the row out."""

    async def answer(request: Request, writer: asyncio.StreamWriter) -> None:
        items = []
        for verb, head in request.operations():
            status = status_of(verb, head["_id"])
            if status:
                error = {"error": {"type": "bad", "reason": "why"}} if status >= 400 else {}
                items.append({verb: {"_id": head["_id"], "status": status, **error}})
        body = {"took": 1, "errors": True, "items": items}
        await _write(writer, 200, PRODUCT, json.dumps(body).encode(), request.method)

    return answer


async def _write(writer, status: int, headers: dict, body: bytes, method: str) -> None:
    headers = {"Content-Type": "application/json", **headers}
    writer.write(_head(status, headers, len(body)) + (b"" if method == "HEAD" else body))
    await writer.drain()


def _head(status: int, headers: dict, length: int) -> bytes:
    lines = [f"HTTP/1.1 {status} X", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, f"Content-Length: {length}", "Connection: close", "", ""]).encode()


@dataclass
class HostileServer:
    """`rules`: part of a path -> answer; the first that fits. It starts with a good alias."""

    rules: list[tuple[str, Answer]] = field(default_factory=list)
    seen: list[Request] = field(default_factory=list)

    def __enter__(self) -> "HostileServer":
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        start = asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.server = asyncio.run_coroutine_threadsafe(start, self.loop).result()
        self.url = f"http://127.0.0.1:{self.server.sockets[0].getsockname()[1]}"
        return self

    def __exit__(self, *_error: object) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self.loop).result()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()

    async def _stop(self) -> None:
        self.server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            line, *headers = head.split("\r\n")
            fields = dict(row.lower().split(": ", 1) for row in headers if ": " in row)
            body = await reader.readexactly(int(fields.get("content-length", "0")))
            method, path, _ = line.split(" ")
            request = Request(method, path, body)
            self.seen.append(request)
            await self._answer(path)(request, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()

    def _answer(self, path: str) -> Answer:
        for part, answer in self.rules:
            if part in path:
                return answer
        return says(404, {"error": {"type": "no_rule", "reason": path}, "status": 404})

    def asked(self, part: str) -> int:
        return sum(part in request.path for request in self.seen)
