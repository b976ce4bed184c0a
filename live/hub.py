"""One hub for each process and session: reads new events once, and fans them out.

The hub first joins the group and only then reads the log, so nothing falls between. A bell
wakes it (100 ms of debounce: a burst is one read), and every two seconds it looks by itself,
so a channel layer that is down, full or restarted costs at most that. Each frame is built
once for the audience and once for hosts; only who asked a question that changed gets an own
one. A socket that cannot keep up loses its queue and gets one fresh snapshot (seats.py).

A log that went back, or goes on otherwise than this hub or a client knows it, was restored from
a backup: the session gets a new epoch, and clients offer again what had been acknowledged.
"""

import asyncio
import logging
import time
from collections import deque
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from django.db import DatabaseError
from django.utils import timezone

from live import bell, draining, queries, services, snapshots
from live.fold import Line, State, Viewer, advance, changes, concerned, frame, named_in
from live.fold_parts import raised_by
from live.gate import bye
from live.log import lines_after, renew_epoch, state_of
from live.marks import mark, moment_in
from live.models import Session
from live.protocol import BODY_MAX, BODY_MIN, HEARTBEAT, VERSION, encode
from live.seats import Seat

logger = logging.getLogger(__name__)

DEBOUNCE = 0.1
LOOK_EVERY = 2.0
RIGHTS_EVERY = 2.5  # with LOOK_EVERY: a right that is taken away is gone within five seconds
TALLY_EVERY = 0.5
LINGER = 20.0  # a hub without seats goes on this long
KEPT = 500  # latest events, for those who come back after a short break


class Have(NamedTuple):
    """What a client says that it has: an epoch, a number in it, and the seal that proves it."""

    epoch: str | None = None
    seq: int | None = None
    mark: str = ""


NOTHING = Have()


class Hub:
    def __init__(self, session: Session):
        self.session_id = session.pk
        self.epoch = str(session.epoch)
        self.state = State()
        self.recent: deque[Line] = deque(maxlen=KEPT)
        self.seats: set[Seat] = set()
        self.ready = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._wake = asyncio.Event()
        self._tallied = self._rights_checked = self._beaten = time.monotonic()
        self._last_seated = time.monotonic()
        self._caught_up: dict[tuple[int, bool], str] = {}  # from a number to now, by audience
        self._task: asyncio.Task | None = None
        self._listener: asyncio.Task | None = None

    # --- Who sits here ---------------------------------------------------------------

    async def join(self, seat: Seat, have: Have) -> None:
        """Seat somebody who has everything up to `have`, or nothing.

        After the last `await` nothing awaits: what is queued first and what follows it meet
        without a hole.
        """
        await self.ready.wait()
        await self._weigh(have)
        seat.put(encode(self.welcome(seat)), must=True)
        oldest = self.recent[0].seq if self.recent else self.state.seq + 1
        epoch, seq, _mark = have
        if epoch != self.epoch or seq is None or not oldest - 1 <= seq <= self.state.seq:
            seat.put(self.snapshot(seat), self.state.seq)
        elif seq < self.state.seq:
            seat.put(self.catch_up(seat, seq), self.state.seq)
        self.seats.add(seat)

    async def _weigh(self, have: Have) -> None:
        """A seal of ours that the log does not bear out proves that the log was restored."""
        if have.epoch != self.epoch or not have.seq:
            return
        sealed = moment_in(have.mark, have.epoch, have.seq)
        if sealed is None or sealed == await self._moment(have.seq):
            return
        logger.warning("Session %s: a client has more than the log; restored", self.session_id)
        await database_sync_to_async(renew_epoch)(self.session_id, self.epoch)
        self._rights_checked = 0.0  # at the next look the epoch is looked at
        while self.epoch == have.epoch:
            self._wake.set()
            await asyncio.sleep(0.05)

    async def _moment(self, seq: int) -> str | None:
        """When the event `seq` was written; None when the log has none."""
        if self.recent and self.recent[0].seq <= seq <= self.state.seq:
            return self.recent[seq - self.recent[0].seq].at
        lines = await database_sync_to_async(lines_after)(self.session_id, seq - 1, 1)
        return lines[0].at if lines else None

    def leave(self, seat: Seat) -> None:
        self.seats.discard(seat)

    # --- Frames ----------------------------------------------------------------------

    def welcome(self, seat: Seat) -> dict[str, Any]:
        return {
            "t": "welcome",
            "v": VERSION,
            "epoch": self.epoch,
            "head": self.state.seq,
            "role": "host" if seat.is_host else "audience",
            "now": timezone.now().isoformat(),
            "hb_s": HEARTBEAT,
            "transports": ["ws", "sse", "poll"],
            "limits": {"body_min": BODY_MIN, "body_max": BODY_MAX},
        }

    def snapshot(self, seat: Seat) -> str:
        return snapshots.frame(self.epoch, self.state, seat.viewer, seat.voted, seat.chosen)

    def catch_up(self, seat: Seat, seq: int) -> str:
        """The events after `seq`; whole questions are as they are now, which is later or equal.

        Those who come back together were mostly cut off together: the same text serves them,
        but for who asked one of the questions in it.
        """
        missed = [line for line in self.recent if line.seq > seq]
        named = {number for line in missed for number in named_in(line.payload)}
        apart = {self.state.questions[number]["asker"] for number in named}
        if seat.person in apart | raised_by(self.state.hands):
            return self._caught_up_text(seq, missed, seat.viewer)
        key = (seq, seat.is_host)
        if key not in self._caught_up:
            self._caught_up[key] = self._caught_up_text(seq, missed, Viewer(seat.is_host))
        return self._caught_up[key]

    def _caught_up_text(self, seq: int, missed: list[Line], viewer: Viewer) -> str:
        return self._frame({"from": seq, **changes(self.state, missed, viewer)}, self.state)

    def _frame(self, content: dict[str, Any], after: State) -> str:
        seal = mark(self.epoch, after.seq, after.at)
        return encode({"t": "events", "epoch": self.epoch, "mark": seal, **content})

    def beat(self) -> str:
        now = timezone.now().isoformat()
        return encode({"t": "hb", "head": self.state.seq, "now": now})

    # --- The loop --------------------------------------------------------------------

    def start(self) -> None:
        draining.watch_for_the_end()
        bell.listen(self.session_id, self.wake)
        self._task = asyncio.create_task(self._run())

    def wake(self) -> None:
        """Called from any thread."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake.set)

    async def _run(self) -> None:
        try:
            await self._tend_listener()
            while not self._forgotten():
                try:
                    await self._look()
                except DatabaseError:
                    logger.warning("Session %s: database away", self.session_id, exc_info=True)
                await self._wait()
                await self._tend_listener()
        finally:
            await self._end()

    def _forgotten(self) -> bool:
        """Nobody has sat here for a while; those who poll come back within it."""
        now = time.monotonic()
        if self.seats or not self.ready.is_set():
            self._last_seated = now
        return now - self._last_seated > LINGER

    async def _wait(self) -> None:
        """Until the bell rings, or it is time to look anyway."""
        try:
            await asyncio.wait_for(self._wake.wait(), LOOK_EVERY)
        except TimeoutError:
            return
        await asyncio.sleep(DEBOUNCE)
        self._wake.clear()

    async def _look(self) -> None:
        if not self.ready.is_set():
            await self._read_all()
            self.ready.set()
        now = time.monotonic()
        if now - self._tallied >= TALLY_EVERY:
            self._tallied = now
            await database_sync_to_async(services.tally)(self.session_id)
        else:  # the last vote of a burst is not left waiting for the next bell
            self._loop.call_later(TALLY_EVERY, self._wake.set)
        while lines := await self._news():
            self._fan_out(lines)
        if now - self._rights_checked >= RIGHTS_EVERY:
            self._rights_checked = now
            await self._check_rights()
        if now - self._beaten >= HEARTBEAT:
            self._beaten = now
            self._tell_all(self.beat())

    async def _news(self) -> list[Line]:
        """What follows the last event known here, which is read with it: it must be the same."""
        known = self.state.seq
        lines = await database_sync_to_async(lines_after)(self.session_id, max(known - 1, 0), KEPT)
        if known and not (lines and (lines[0].seq, lines[0].at) == (known, self.state.at)):
            logger.warning("Session %s: the log went back; restored", self.session_id)
            await database_sync_to_async(renew_epoch)(self.session_id, self.epoch)
            self._rights_checked = 0.0
            return []
        return lines[1:] if known else lines

    async def _read_all(self) -> None:
        self.state, recent = await database_sync_to_async(_read)(self.session_id)
        self.recent = deque(recent, maxlen=KEPT)

    def _fan_out(self, lines: list[Line]) -> None:
        before, self.state = self.state, advance(self.state, lines)
        self.recent.extend(lines)
        self._caught_up.clear()
        apart = concerned(before, self.state)
        shared: dict[bool, str] = {}
        for seat in self.seats:
            if seat.person in apart:
                text = self._frame(frame(before, lines, seat.viewer), self.state)
            elif seat.is_host in shared:
                text = shared[seat.is_host]
            else:
                text = self._frame(frame(before, lines, Viewer(seat.is_host)), self.state)
                shared[seat.is_host] = text
            seat.put(text, self.state.seq)

    def _tell_all(self, text: str) -> None:
        for seat in self.seats:
            seat.put(text)

    def say_goodbye(self) -> None:
        """Everybody is told to come back in a while, each at another moment."""
        for seat in list(self.seats):
            seat.put(encode(bye("restart", least=1, most=6)), must=True, last=True)
            self.leave(seat)

    async def _check_rights(self) -> None:
        """A right that was taken away holds here within some seconds, on open sockets too."""
        people = {seat.person for seat in self.seats if seat.person is not None}
        rights = await database_sync_to_async(queries.rights_now)(self.session_id, people)
        if rights.epoch != self.epoch:  # restored from a backup: everybody starts again
            self._caught_up.clear()
            await self._read_all()
            self.epoch = rights.epoch
            for seat in self.seats:
                seat.put(encode({"t": "reset", "epoch": self.epoch}), must=True)
                seat.put(self.snapshot(seat), self.state.seq)
        for seat in list(self.seats):
            if seat.person is not None and seat.person not in rights.members:
                seat.put(encode(bye("forbidden")), must=True, last=True)
                self.leave(seat)
            elif seat.is_host != (seat.person in rights.hosts):
                seat.is_host = not seat.is_host
                role = "host" if seat.is_host else "audience"
                seat.put(encode({"t": "role", "role": role}), must=True)
                seat.put(self.snapshot(seat), self.state.seq)

    # --- The doorbell of other processes ------------------------------------------------

    async def _tend_listener(self) -> None:
        """Keep somebody at the door; whatever broke it is logged and tried again in 2 s."""
        if self._listener is None:
            self._joined = asyncio.Event()
            self._listener = asyncio.create_task(self._listen())
            joined = asyncio.create_task(self._joined.wait())
            await asyncio.wait(
                {joined, self._listener}, timeout=1, return_when=asyncio.FIRST_COMPLETED
            )
            joined.cancel()
        elif self._listener.done():
            error = self._listener.exception()
            logger.warning("Session %s: channel layer away: %r", self.session_id, error)
            self._listener = None

    async def _listen(self) -> None:
        layer = get_channel_layer()
        channel = await layer.new_channel()
        await layer.group_add(bell.group_of(self.session_id), channel)
        self._joined.set()
        while True:
            await layer.receive(channel)
            self._wake.set()

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})

    async def _end(self) -> None:
        bell.leave(self.session_id, self.wake)
        if _hubs().get(self.session_id) is self:
            del _hubs()[self.session_id]
        if self._listener is not None:
            self._listener.cancel()
            await asyncio.wait({self._listener})


_by_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[int, Hub]] = WeakKeyDictionary()


def _hubs() -> dict[int, Hub]:
    return _by_loop.setdefault(asyncio.get_running_loop(), {})


def hub_of(session: Session) -> Hub:
    """The hub of `session` in this process, started when it is the first to ask."""
    hub = _hubs().get(session.pk)
    if hub is None:
        hub = _hubs()[session.pk] = Hub(session)
        hub.start()
    return hub


async def stop_all() -> None:
    """End the hubs of this event loop."""
    for hub in list(_hubs().values()):
        await hub.stop()


def say_goodbye() -> None:
    """Before this process ends: tell everybody who is connected to it."""
    for hub in list(_hubs().values()):
        hub.say_goodbye()


def _read(session_id: int) -> tuple[State, list[Line]]:
    state = state_of(Session.objects.get(pk=session_id))
    recent = lines_after(session_id, state.seq - KEPT, KEPT)
    return state, [line for line in recent if line.seq <= state.seq]
