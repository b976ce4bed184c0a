"""What a rule may ask of a person, and what comes of it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from competencies.standing import Held


@dataclass(frozen=True)
class Passed:
    """A course completed or a quiz passed."""

    on: date
    percent: Decimal | None = None
    title: str = ""
    completion: int | None = None


@dataclass(frozen=True)
class Observed:
    on: date
    level: int
    until: date | None = None


@dataclass(frozen=True)
class Stay:
    """A posting, from a day to a day."""

    starts: date
    ends: date | None
    at_centre: bool


@dataclass(frozen=True)
class Facts:
    """All that a rule may ask of one person."""

    courses: Mapping[str, tuple[Passed, ...]] = field(default_factory=dict)
    quizzes: Mapping[str, tuple[Passed, ...]] = field(default_factory=dict)
    observations: Mapping[str, tuple[Observed, ...]] = field(default_factory=dict)
    standing: Mapping[str, Held] = field(default_factory=dict)
    stays: tuple[Stay, ...] = ()
    certificates: Mapping[str, tuple[date, date | None]] = field(default_factory=dict)
    levels: Mapping[tuple[str, str], int] = field(default_factory=dict)  # (competency, name)


@dataclass(frozen=True)
class Mark:
    """A result in percent that a rule was met with."""

    title: str
    percent: Decimal
    required: Decimal | None


@dataclass(frozen=True)
class Outcome:
    """Whether a rule is met, since which day, by what; or what is missing."""

    met: bool
    on: date | None = None
    basis: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    marks: tuple[Mark, ...] = ()
    completion: int | None = None
