"""What every transport does alike: who enters, where they left off, and a command's answer."""

from typing import Any

from channels.db import database_sync_to_async
from django.contrib.auth import get_user_model
from django.db import OperationalError
from django.utils import timezone
from django.utils.translation import gettext as _

from live import doorway, exposing, services
from live.commands import parse
from live.gate import gate
from live.hub import NOTHING, Have, Hub, hub_of
from live.models import Session
from live.protocol import Nack, cid_of
from live.seats import Seat
from live.threads import beside_others

MARK_MAX = 80


class Refused(Exception):
    """Nobody may enter here: `sign_in`, `unknown`, `too_many`, or a wrong `method`."""

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code


async def enter(user: Any, session_id: int) -> tuple[Session, Seat]:
    """The session and a seat in it, to be left again; or Refused."""
    if not user.is_authenticated:
        raise Refused("sign_in")
    found = await doorway.enter(session_id, user.pk)
    if found is None:
        raise Refused("unknown")
    if not gate.take_seat(user.pk):
        raise Refused("too_many")
    return found


def leave(seat: Seat, hub: Hub | None) -> None:
    if hub:
        hub.leave(seat)
    if seat.person is not None:
        gate.leave_seat(seat.person)


def have(data: Any) -> Have:
    """`have: {epoch, seq, mark}` of a client, as far as it can be read."""
    if not isinstance(data, dict):
        return NOTHING
    epoch, seq, mark = data.get("epoch"), data.get("seq"), data.get("mark")
    return Have(
        epoch if isinstance(epoch, str) else None,
        seq if isinstance(seq, int) and not isinstance(seq, bool) and abs(seq) < 2**62 else None,
        mark if isinstance(mark, str) and len(mark) <= MARK_MAX else "",
    )


async def sit(session: Session, seat: Seat, have: Have) -> Hub:
    hub = hub_of(session)
    await hub.join(seat, have)
    return hub


async def command(seat: Seat, session_id: int, data: Any, hub: Hub | None) -> dict[str, Any]:
    """The frame that answers a command from a socket.

    Who sits in a hub may know of the session: the hub looks again every few seconds.
    """
    admitted = hub is not None and seat in hub.seats
    answer = await beside_others(answer_to)(seat.person, session_id, data, admitted)
    if answer["t"] != "ack" or answer["dup"]:  # what was known already may be overruled by now
        return answer
    if data["t"] == "vote.set":
        (seat.voted.add if data["value"] else seat.voted.discard)(answer["obj"])
    elif data["t"] == "poll.answer":
        seat.chosen[answer["obj"]] = sorted(set(data["choices"]))
    return answer


@database_sync_to_async
def seen(seat: Seat, session_id: int, data: dict[str, Any]) -> None:
    """Questions that came before somebody's eyes: no command, no answer, lost without harm."""
    numbers = data.get("qs")
    if isinstance(numbers, list) and all(type(number) is int for number in numbers):
        person = get_user_model().objects.filter(pk=seat.person or 0, is_active=True).first()
        if person and Session.objects.visible_to(person).filter(pk=session_id).exists():
            exposing.note_seen(person, session_id, numbers, timezone.now())


def answer_to(
    person_id: int | None, session_id: int, data: Any, admitted: bool = False
) -> dict[str, Any]:
    """Perform a command of a person who is read again each time: rights end when they end."""
    try:
        return perform(person_id, session_id, data, admitted=admitted)
    except Nack as nack:
        return nack.frame(cid_of(data))


def perform(person_id: int | None, session_id: int, data: Any, *, admitted: bool) -> dict[str, Any]:
    """The acknowledgement; Nack with the reason, also when the database is away for a moment.

    `admitted`: the caller knows that the person may know of the session.
    """
    command = parse(data)
    try:
        person = get_user_model().objects.get(pk=person_id or 0)
        if not admitted and not Session.objects.visible_to(person).filter(pk=session_id).exists():
            raise Nack("forbidden", _("This session is not open to you."))
        return services.perform(person, session_id, command).frame()
    except OperationalError as error:
        reason = _("The server could not store this now. It is kept here and sent again.")
        raise Nack("try_again", reason, retry_after=2) from error
