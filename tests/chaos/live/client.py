"""One browser of a run: a line that is opened again for ever, an outbox, and what was told."""

import asyncio
import json
import random
import time
import uuid
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from tests.chaos.live.http import TOKEN, Host
from tests.chaos.live.view import Entry, Outbox, View, digest, parts_of, read, tokens_in

BROKEN = (OSError, EOFError, TimeoutError, WebSocketException)
SILENCE = 40  # seconds without a frame: the line is dead
UNANSWERED = 10  # seconds until a command is sent again
FRAME_MAX = 2**25


class Sights:
    """What the clients of this process saw: kept once for all of them."""

    def __init__(self) -> None:
        self.first: dict[str, tuple[float, int]] = {}  # token -> when, by whom who may not early
        self.delays: list[tuple[float, float, bool]] = []  # made, seconds, on an open line
        self.snapshots: dict[tuple[str, int, bool], str] = {}  # epoch, number, host -> digest
        self.faults: list[str] = []


class Client:
    def __init__(self, who: dict[str, Any], transport: str, place: Host, path: str, sights: Sights):
        self.person, self.is_host = who["person"], who["host"]
        self.transport, self.place, self.path, self.sights = transport, place, path, sights
        self.choose = random.Random(f"{who['seed']}:{self.person}")
        self.view, self.outbox = View(), Outbox()
        self.socket: Any = None
        self.since = float("inf")  # when the line that is open now was opened
        self.attempt, self.lines, self.paused_until = 0, 0, 0.0
        self.answered, self.wish = asyncio.Event(), asyncio.Event()
        self.own: set[str] = set()  # tokens of own questions
        self.sampled = self.person % 5 == 0

    @property
    def questions(self) -> list[dict[str, Any]]:
        return self.view.seen.get("questions", [])

    # --- The line ---------------------------------------------------------------------

    async def run(self) -> None:
        await asyncio.gather(self.keep_line(), self.keep_sending())

    async def keep_line(self) -> None:
        while True:
            try:
                async for text in getattr(self, self.transport)():
                    if wait := await self.hear(text):
                        await asyncio.sleep(wait)
                        break
            except BROKEN:
                pass
            self.since, self.socket = float("inf"), None
            most = min(30, 2**self.attempt)
            self.attempt += 1
            await asyncio.sleep(0.25 + self.choose.random() * most)

    async def ws(self) -> AsyncIterator[str]:
        headers = {"Cookie": f"sessionid={self.place.cookie}"}
        async with connect(
            f"ws://127.0.0.1:{self.place.port}{self.path}ws",
            additional_headers=headers,
            origin="http://localhost",
            compression=None,
            ping_interval=None,
            close_timeout=1,
            max_size=FRAME_MAX,
        ) as socket:
            await socket.send(json.dumps({"t": "hello", "v": 1, "have": self.view.have}))
            self.socket = socket
            while True:
                yield await asyncio.wait_for(socket.recv(), SILENCE)

    async def sse(self) -> AsyncIterator[str]:
        async with self.place.opened(f"{self.path}sse?{self.where()}") as (answer, chunks):
            if answer.status != 200:
                raise EOFError(answer.status)
            kept = ""
            while chunk := await asyncio.wait_for(anext(chunks, b""), SILENCE):
                kept += chunk.decode()
                *blocks, kept = kept.split("\n\n")
                for block in blocks:
                    for line in block.split("\n"):
                        if line.startswith("data: "):
                            yield line[6:]

    async def poll(self) -> AsyncIterator[str]:
        while True:
            answer = await self.place.ask(f"{self.path}events?wait=20&{self.where()}", wait=SILENCE)
            if answer.status != 200:
                raise EOFError(answer.status)
            for text in _frames(answer.body):
                yield text

    def where(self) -> str:
        have = self.view.have
        return urlencode({"after": have["seq"], **have}) if have else ""

    async def hear(self, text: str) -> float:
        """Take one frame; seconds to stay away after it, or 0."""
        frame = read(text)
        kind = frame["t"]
        if kind == "welcome":
            self.attempt, self.lines = 0, self.lines + 1
            self.since = min(self.since, time.time())
            self.answered.set()
        elif kind in ("snapshot", "events"):
            self.note(text, frame)
            if not self.view.take(frame):
                await self.pull()
        elif kind in ("ack", "nack"):
            self.settle(frame)
        elif kind == "hb" and frame["head"] > self.view.seq:
            await self.pull()
        elif kind == "bye":
            return frame.get("retry_after_ms", 1000) / 1000
        if kind == "snapshot":
            self.outbox.offer_again(frame["epoch"])
        self.wish.set()
        return 0

    async def pull(self) -> None:
        if self.socket:
            await self.socket.send(json.dumps({"t": "hello", "v": 1, "have": self.view.have}))
        elif self.transport == "sse":
            raise EOFError("again from here")

    def note(self, text: str, frame: dict[str, Any]) -> None:
        """Keep what the oracles ask for, before the frame is applied."""
        now = time.time()
        if not self.is_host:
            for part in parts_of(text):
                for token in tokens_in(part) - self.own:
                    if token not in self.sights.first:
                        self.sights.first[token] = (now, self.person)
        if frame["t"] == "snapshot":
            place = (frame["epoch"], frame["seq"], self.is_host)
            if self.sampled or self.is_host:
                self.sights.snapshots[place] = digest(frame["state"])
        elif self.sampled and frame["to"] > self.view.seq:
            for item in frame["items"]:
                if item["kind"] == "q.asked" and item["put"]:
                    made = float(item["put"][0]["body"].rpartition(" at ")[2])
                    self.sights.delays.append((made, now - made, self.since < made))

    # --- The outbox -------------------------------------------------------------------

    def send(self, kind: str, /, **fields: Any) -> Entry:
        entry = self.outbox.put({"t": kind, "cid": str(uuid.uuid4()), **fields})
        self.wish.set()
        return entry

    def ask(self, number: int) -> None:
        cid = uuid.uuid4()
        self.own.add(cid.hex)
        body = f"Question {number} of {self.person}: how is it? Q-{cid.hex} at {time.time():.3f}"
        self.outbox.put({"t": "q.ask", "cid": str(cid), "body": body})
        self.wish.set()

    async def keep_sending(self) -> None:
        """One command at a time, in the order of typing; again without an answer."""
        while True:
            self.wish.clear()
            await asyncio.sleep(max(0.0, self.paused_until - time.time()))
            entry = self.outbox.next(self.view)
            if entry is None or not self.lines:
                await self.wish.wait()
                continue
            self.answered.clear()
            try:
                entry.epoch = self.view.epoch
                await self.deliver(entry.command)
                await asyncio.wait_for(self.answered.wait(), UNANSWERED)
            except BROKEN:
                await asyncio.sleep(1)

    async def deliver(self, command: dict[str, Any]) -> None:
        text = json.dumps(command)
        if self.socket and self.since < time.time():
            await self.socket.send(text)
            return
        answer = await self.place.ask(f"{self.path}commands", text, wait=UNANSWERED)
        if answer.headers.get("content-type", "").startswith("application/json"):
            self.settle(json.loads(answer.body))

    def settle(self, frame: dict[str, Any]) -> None:
        entry = self.outbox.entries.get(frame["cid"])
        if entry is None:
            self.sights.faults.append(f"{self.person} was answered what it never sent: {frame}")
            return
        self.answered.set()
        if frame["t"] == "ack":
            entry.answer, entry.first = frame, entry.first or frame
            if entry.state == "waiting":
                entry.state = "received"
                if self.view.epoch:
                    self.outbox.offer_again(self.view.epoch)
        elif frame["retry"]:
            self.paused_until = time.time() + frame.get("retry_after", 2)
        elif entry.state == "waiting":
            entry.state, entry.answer = "refused", frame


def _frames(body: str) -> list[str]:
    """The frames of a poll as texts: what several clients get alike is read once."""
    frames = json.loads(body)["frames"]
    return [json.dumps(frame, separators=(",", ":"), ensure_ascii=False) for frame in frames]


class Page:
    """A browser without scripts: forms, and a page that is asked for again and again."""

    transport, is_host, lines = "page", False, 1

    def __init__(self, who: dict[str, Any], place: Host, path: str, sights: Sights):
        self.person, self.place, self.path, self.sights = who["person"], place, path, sights
        self.choose = random.Random(f"{who['seed']}:{self.person}")
        self.view, self.outbox, self.own = View(), Outbox(), set()
        self.page = ""

    async def send(self, kind: str, fields: dict[str, str], cid: str) -> None:
        """A form, sent again as it was until it is answered."""
        entry = Entry({"t": kind, "cid": cid, **fields})
        self.outbox.entries[cid] = entry
        form = urlencode({**entry.command, "csrfmiddlewaretoken": TOKEN})
        while entry.state == "waiting":
            try:
                answer = await self.place.ask(f"{self.path}act/", form, form=True)
            except BROKEN:
                await asyncio.sleep(1 + self.choose.random())
                continue
            if answer.status == 302:
                entry.state = "received"
            elif answer.status < 500 and "retry-after" not in answer.headers:
                entry.state, entry.answer = "refused", {"code": answer.status}
            else:
                await asyncio.sleep(float(answer.headers.get("retry-after", 2)))

    async def look(self) -> bool:
        try:
            answer = await self.place.ask(self.path)
        except BROKEN:
            return False
        if answer.status == 200:
            self.page = answer.body
            for token in tokens_in(self.page) - self.own:
                self.sights.first.setdefault(token, (time.time(), self.person))
        return answer.status == 200
