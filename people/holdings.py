"""What a person holds and would leave behind; each room with owned things adds to it."""

from collections.abc import Callable, Iterable
from typing import NamedTuple


class Holding(NamedTuple):
    kind: str  # in words, such as "Open request"
    title: str
    url: str


holding_sources: list[Callable[[object], Iterable[Holding]]] = []


def holdings_of(person) -> list[Holding]:
    """Everything that `person` holds now, by room."""
    return [holding for source in holding_sources for holding in source(person)]
