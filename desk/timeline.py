"""The way of a request as a drawing: pure values in, places on a line out."""

from dataclasses import dataclass

from desk.states import State

WAY = (
    State.NEW,
    State.TRIAGED,
    State.CLAIMED,
    State.IN_WORK,
    State.DELIVERED,
    State.ACCEPTED,
    State.CLOSED,
)
# Where a state that is no station of its own stands on the way.
BESIDE = {State.WAITING: State.IN_WORK, State.REOPENED: State.IN_WORK}
STEP = 96  # between two stations, in the units of the drawing


@dataclass(frozen=True)
class Station:
    state: State
    x: int
    reached: bool
    here: bool


def path_of(state: str, been: list[str]) -> list[Station]:
    """The stations of the way; reached up to the one where the request stands now.

    Declined and withdrawn end the way at the station that was reached before.
    """
    now = BESIDE.get(State(state), State(state))
    if now not in WAY:
        last = [BESIDE.get(State(name), State(name)) for name in been]
        now = next((name for name in reversed(last) if name in WAY), State.NEW)
    place = WAY.index(now)
    return [
        Station(name, 48 + number * STEP, number <= place, number == place)
        for number, name in enumerate(WAY)
    ]
