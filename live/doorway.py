"""Those who come at the same moment are looked up together.

A line that is cut for hundreds brings them all back within a second. While one lookup is on its
way the next ones gather, and are then answered by one set of queries for all of them.
"""

import asyncio
from weakref import WeakKeyDictionary

from live import queries
from live.models import Session
from live.seats import Seat
from live.threads import beside_others

Found = tuple[Session, Seat] | None  # None: what that person may not know of


class Doorway:
    def __init__(self, session_id: int):
        self.session_id = session_id
        self.waiting: list[tuple[int, asyncio.Future[Found]]] = []
        self._looking: asyncio.Task[None] | None = None

    async def enter(self, person: int) -> Found:
        answer: asyncio.Future[Found] = asyncio.get_running_loop().create_future()
        self.waiting.append((person, answer))
        if self._looking is None:
            self._looking = asyncio.create_task(self._look())
        return await answer

    async def _look(self) -> None:
        try:
            while self.waiting:
                come, self.waiting = self.waiting, []
                await self._answer(come)
        finally:
            self._looking = None
            _doorways().pop(self.session_id, None)

    async def _answer(self, come: list[tuple[int, asyncio.Future[Found]]]) -> None:
        people = {person for person, _answer in come}
        found = await asyncio.gather(
            beside_others(_seats)(self.session_id, people), return_exceptions=True
        )
        for person, answer in come:
            if answer.done():  # who waited has gone
                continue
            if isinstance(found[0], BaseException):
                answer.set_exception(found[0])
            else:
                answer.set_result(found[0].get(person))


def _seats(session_id: int, people: set[int]) -> dict[int, tuple[Session, Seat]]:
    session = Session.objects.filter(pk=session_id).first()
    if session is None:
        return {}
    rights = queries.rights_now(session_id, people)
    voted = queries.voted_by_each(session, rights.members)
    chosen = queries.chosen_by_each(session, rights.members)
    return {
        person: (session, Seat(person, person in rights.hosts, voted[person], chosen[person]))
        for person in rights.members
    }


_by_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[int, Doorway]] = WeakKeyDictionary()


def _doorways() -> dict[int, Doorway]:
    return _by_loop.setdefault(asyncio.get_running_loop(), {})


async def enter(session_id: int, person: int) -> Found:
    """The session and a seat for `person`; two who come with one id get a seat each."""
    found = await _doorways().setdefault(session_id, Doorway(session_id)).enter(person)
    if found is None:
        return None
    session, seat = found
    return session, Seat(seat.person, seat.is_host, set(seat.voted), dict(seat.chosen))
