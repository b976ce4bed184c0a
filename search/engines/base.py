"""What every engine takes and gives, and the order in which it goes through a plan."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from search.likeness import Clue
from search.planner import Plan, Stage

OPENING, CLOSING = "\x02", "\x03"  # round a found word, until the text is escaped
ENOUGH = 5  # hits that end the stages
STATE_WEIGHT = {"solved": 1.15, "current": 1.0, "obsolete": 0.3}
FACETS = ("kind", "pool")
Counts = dict[str, dict[str, int]]  # facet -> value -> documents


class EngineDownError(Exception):
    """The engine did not answer, or not in a way that can be read; another one may."""

    def __init__(self, reason: str, *, retry_after: float = 0.0):
        super().__init__(reason)
        self.retry_after = retry_after  # seconds that the engine asked for


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
    counts: Counts = field(default_factory=dict)


class Questions(Protocol):
    """One person's questions to one engine: what they may see and the filters are set."""

    def hits(
        self, stage: Stage, *, without: Sequence[str] = (), start: int = 0, size: int = ENOUGH
    ) -> list[Hit]:
        """Hits of one stage, best first, the keys in `without` left out."""

    def page(
        self, stage: Stage, *, without: Sequence[str], start: int, size: int
    ) -> tuple[list[Hit], Counts]:
        """The same with the documents of the stage counted by each facet, `without` included."""


class Engine(Protocol):
    name: str

    def search(
        self, plan: Plan, *, tokens: frozenset[str], filters: Filters, page: Page
    ) -> Results:
        """What of the plan a person with these audience tokens may see."""

    def similar(
        self, clues: Sequence[Clue], *, tokens: frozenset[str], kinds: Sequence[str]
    ) -> list[Hit]:
        """Up to five documents that share clues, the kinds in their order; no obsolete ones."""


def go_through(plan: Plan, questions: Questions, filters: Filters, page: Page) -> Results:
    """Stages until enough is found; a later stage adds what the earlier ones did not have.

    The same for every engine, so that they stop at the same stage and give the same documents.
    """
    earlier: list[Hit] = []
    for stage in plan.stages[:-1]:
        found = questions.hits(stage, without=[hit.key for hit in earlier])
        if len(earlier) + len(found) >= ENOUGH:
            return _page(stage, earlier, questions, filters, page)
        earlier += found
    return _page(plan.stages[-1], earlier, questions, filters, page)


def _page(
    stage: Stage, earlier: list[Hit], questions: Questions, filters: Filters, page: Page
) -> Results:
    first = earlier[page.start : page.start + page.size]
    hits, counts = questions.page(
        stage,
        without=[hit.key for hit in earlier],
        start=max(0, page.start - len(earlier)),
        size=page.size - len(first),
    )
    by_kind = counts["kind"]
    total = by_kind.get(filters.kind, 0) if filters.kind else sum(by_kind.values())
    return Results(first + hits, total, counts)
