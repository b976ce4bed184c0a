"""The map of the dzongkhags: how much of something stands well or badly in each."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from people.models import Dzongkhag

# Column and row of each dzongkhag, by ISO code: Bhutan in 20 tiles, west to east, north to south.
TILES = {
    "BT-GA": (2, 0), "BT-33": (4, 0), "BT-44": (5, 0), "BT-TY": (6, 0),
    "BT-11": (0, 1), "BT-15": (1, 1), "BT-23": (2, 1), "BT-24": (3, 1),
    "BT-32": (4, 1), "BT-42": (5, 1), "BT-41": (6, 1),
    "BT-13": (0, 2), "BT-12": (1, 2), "BT-22": (2, 2), "BT-21": (3, 2),
    "BT-34": (4, 2), "BT-43": (5, 2), "BT-45": (6, 2),
    "BT-14": (0, 3), "BT-31": (3, 3),
}  # fmt: skip
COLUMNS, ROWS = 7, 4
GAP, INSET = 6, 8
LONG_NAME = 13  # letters; a longer one is squeezed into its tile, whatever the font


class Tone(StrEnum):
    """How one thing stands; the worst of a dzongkhag colours its tile."""

    GOOD = "good"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True)
class Tile:
    """A dzongkhag on the map, and its row in the table beneath."""

    iso: str
    name: str
    counts: dict[Tone, int]

    width = 124
    height = 74

    @property
    def all(self) -> int:
        return sum(self.counts.values())

    @property
    def worst(self) -> str:
        """The tone that most needs eyes; empty for a dzongkhag without anything here."""
        order = (Tone.BAD, Tone.WARN, Tone.GOOD)
        return next((tone.value for tone in order if self.counts[tone]), "")

    @property
    def x(self) -> int:
        return TILES[self.iso][0] * (self.width + GAP)

    @property
    def y(self) -> int:
        return TILES[self.iso][1] * (self.height + GAP)

    @property
    def inner(self) -> int:
        return self.width - 2 * INSET

    @property
    def is_long(self) -> bool:
        return len(self.name) > LONG_NAME

    @property
    def bars(self) -> list[tuple[str, float, float]]:
        """Tone, start and width of each part of the tile's bar."""
        found, start = [], float(INSET)
        for tone in Tone:
            width = self.inner * self.counts[tone] / self.all if self.all else 0.0
            if width:
                found.append((tone.value, round(start, 1), round(width, 1)))
            start += width
        return found


@dataclass(frozen=True)
class Map:
    """The tiles by name, and what the three tones mean here, good first."""

    tiles: Sequence[Tile]
    words: Sequence[str]

    width = COLUMNS * (Tile.width + GAP) - GAP
    height = ROWS * (Tile.height + GAP) - GAP

    @property
    def keys(self) -> list[tuple[str, str]]:
        return [(tone.value, word) for tone, word in zip(Tone, self.words, strict=True)]


def map_of(found: Iterable[tuple[Dzongkhag, Tone]], *, words: Sequence[str]) -> Map:
    """How many things of each dzongkhag stand how; `words` name good, middling and bad."""
    counts: dict[tuple[str, str], Counter[Tone]] = defaultdict(Counter)
    for dzongkhag, tone in found:
        counts[dzongkhag.name, dzongkhag.iso][tone] += 1
    tiles = [
        Tile(iso, name, {tone: row[tone] for tone in Tone})
        for (name, iso), row in sorted(counts.items())
    ]
    return Map(tiles, words)
