"""What every engine takes and gives."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from search.planner import Plan

OPENING, CLOSING = "\x02", "\x03"  # round a found word, until the text is escaped
ENOUGH = 5  # hits that end the stages
STATE_WEIGHT = {"solved": 1.15, "current": 1.0, "obsolete": 0.3}
FACETS = ("kind", "pool")


class EngineDownError(Exception):
    """The engine did not answer; another one may."""


@dataclass(frozen=True)
class Filters:
    kind: str = ""
    pool: str = ""

    def items(self) -> list[tuple[str, str]]:
        return [(name, getattr(self, name)) for name in FACETS if getattr(self, name)]


@dataclass(frozen=True)
class Page:
    number: int = 1
    size: int = 20

    @property
    def start(self) -> int:
        return (self.number - 1) * self.size


@dataclass(frozen=True)
class Hit:
    key: str
    kind: str
    title: str
    snippet: str  # plain text, found words between OPENING and CLOSING
    url: str
    pool: str
    author: str
    state: str
    when: datetime


@dataclass(frozen=True)
class Results:
    hits: list[Hit] = field(default_factory=list)
    total: int = 0
    counts: dict[str, dict[str, int]] = field(default_factory=dict)  # facet -> value -> documents


class Engine(Protocol):
    name: str

    def search(
        self, plan: Plan, *, tokens: frozenset[str], filters: Filters, page: Page
    ) -> Results:
        """What of the plan a person with these audience tokens may see."""

    def similar(self, text: str, *, tokens: frozenset[str], kinds: Iterable[str]) -> list[Hit]:
        """Documents of `kinds` that share rare words with `text`."""
