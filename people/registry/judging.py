"""What both kinds of registry file share: clean cells, judge dates and names. Pure.

The reason codes and their meaning: docs/guides/registry.md.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

ACCEPTED, UNCHANGED, WARNED, REFUSED, IGNORED = (
    "accepted",
    "unchanged",
    "warned",
    "refused",
    "ignored",
)
OUTCOMES = (ACCEPTED, UNCHANGED, WARNED, REFUSED, IGNORED)
LONGEST = 200  # letters of a cell
OPEN_WORDS = {"till date", "to date", "till now", "present", "current", "now", "ongoing", "-"}
MONTHS = {
    name: number
    for number, name in enumerate(
        "jan feb mar apr may jun jul aug sep oct nov dec".split(), start=1
    )
}
MOJIBAKE = re.compile(r"à[¼½¾]|Ã[\x80-¿]|Â[\x80-¿]|â€")
# The main reason of a row stands first.
_FIRST = ("TEXT_SUSPECT", "CONTROL_CHARACTER", "FORMULA_TEXT")


@dataclass
class Judgement:
    """What an importer says to one record."""

    record: int
    line: int
    id: str
    outcome: str = ACCEPTED
    reasons: list[str] = field(default_factory=list)
    column: str = ""
    message: str = ""
    values: dict = field(default_factory=dict)  # what is taken
    cells: list[str] = field(default_factory=list)  # as they came, for correction

    def refuse(self, code: str, column: str, message: str) -> None:
        if self.outcome != REFUSED:
            self.outcome, self.reasons = REFUSED, []
            self.column, self.message = column, message
        self.reasons.append(code)

    def warn(self, code: str, column: str, message: str) -> None:
        if self.outcome == REFUSED or code in self.reasons:
            return
        self.outcome = WARNED
        if code in _FIRST:
            self.reasons.insert(0, code)
        else:
            self.reasons.append(code)
        if not self.message or self.reasons[0] == code:
            self.column, self.message = column, message

    @property
    def refused(self) -> bool:
        return self.outcome == REFUSED

    def as_dict(self) -> dict:
        names = ("record", "line", "id", "outcome", "reasons", "column", "message")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True)
class Report:
    """What an importer says to a file: to each record, and in numbers."""

    rows: list[Judgement]

    @property
    def counts(self) -> dict[str, int]:
        found = Counter(row.outcome for row in self.rows)
        return {outcome: found[outcome] for outcome in OUTCOMES}

    @property
    def changed(self) -> list[Judgement]:
        return [row for row in self.rows if row.outcome in (ACCEPTED, WARNED)]

    def as_rows(self) -> list[dict]:
        return [row.as_dict() for row in self.rows]

    def lines(self) -> Iterator[str]:
        """For a terminal: what was refused or taken with a warning, then the numbers."""
        for row in self.rows:
            if row.outcome in (WARNED, REFUSED):
                yield (
                    f"line {row.line:>5}  {row.outcome:<8} {row.id[:14]:<14} "
                    f"{', '.join(row.reasons)}: {row.message}"
                )
        yield "  ".join(f"{count} {name}" for name, count in self.counts.items())


def begin(number: int, line: int, cells: list[str], columns: list[str]) -> Judgement:
    """Judge the shape of a record and clean its cells into `values`."""
    first = cells[0].strip() if cells else ""
    judged = Judgement(number, line, first, cells=list(cells))
    if not any(cell.strip() for cell in cells):
        judged.outcome, judged.reasons, judged.message = IGNORED, ["BLANK_LINE"], "An empty line."
        return judged
    names = [re.sub(r"[\s_]+", "", cell.casefold()) for cell in cells]
    if names == [name.replace("_", "") for name in columns]:
        judged.outcome, judged.reasons = IGNORED, ["HEADER_REPEATED"]
        judged.message = "The header once more."
        return judged
    if len(cells) != len(columns):
        judged.refuse(
            "COLUMN_COUNT", "", f"The row has {len(cells)} cells, the header {len(columns)}."
        )
        return judged
    for name, cell in zip(columns, cells, strict=True):
        judged.values[name] = _clean(judged, name, cell)
    return judged


def _clean(judged: Judgement, column: str, cell: str) -> str:
    visible = "".join(letter for letter in cell if _kept(letter))
    if visible != cell:
        judged.warn("CONTROL_CHARACTER", column, "Invisible characters were removed.")
    text = visible.strip()
    if text != visible:
        judged.warn("TRIMMED", column, "Spaces before or after the text were removed.")
    single = re.sub(r"[\r\n\t]+| {2,}", " ", text)
    if single != text:
        judged.warn("WHITESPACE", column, "A line break or double space became one space.")
    if len(single) > LONGEST:
        judged.refuse("VALUE_TOO_LONG", column, f"{len(single)} letters; {LONGEST} is the most.")
    if single[:1] in ("=", "+", "-", "@") and column != "phone" and single not in OPEN_WORDS:
        judged.warn("FORMULA_TEXT", column, "Begins like a formula; kept as plain text.")
    if MOJIBAKE.search(single):
        judged.warn("TEXT_SUSPECT", column, "This looks decoded with a wrong encoding.")
    return single


def _kept(letter: str) -> bool:
    return letter in "\r\n\t" or unicodedata.category(letter) not in ("Cc", "Cf", "Cs", "Co", "Cn")


def require(judged: Judgement, **codes: str) -> None:
    """Refuse empty cells: column -> reason code."""
    for column, code in codes.items():
        if not judged.values[column]:
            judged.refuse(code, column, f"The cell {column} is empty.")


def known_name(
    judged: Judgement, column: str, names: Iterable[str], aliases: Mapping[str, str], code: str
) -> str | None:
    """The known name that a cell means, however it is written; None if there is none.

    `aliases` maps other spellings, casefolded, to names; `code` is the warning for them.
    """
    text = judged.values[column]
    by_fold = {name.casefold(): name for name in names}
    name = by_fold.get(text.casefold())
    if name == text:
        return name
    if name:
        judged.warn("CASE_NORMALISED", column, f"Read as {name}.")
        return name
    name = aliases.get(text.casefold())
    if name:
        judged.warn(code, column, f"{text} is another spelling of {name}.")
    return name


def read_day(judged: Judgement, column: str, *, open_words: bool = False) -> date | None:
    """The day in a cell; None where it is empty, open or refused. Day first where both fit."""
    text = judged.values[column]
    if not text:
        return None
    if open_words and text.casefold() in OPEN_WORDS:
        judged.warn("DATE_OPEN_WORD", column, f"“{text}” was read as still open.")
        return None
    found = _parse_day(text)
    if found is None:
        judged.refuse("DATE_INVALID", column, f"“{text}” is no date. Write it as 2026-01-31.")
        return None
    day, code = found
    if code:
        judged.warn(code, column, f"“{text}” was read as {day.isoformat()}.")
    return day


def _parse_day(text: str) -> tuple[date, str] | None:
    if match := re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", text, re.ASCII):
        return _day(match[1], match[2], match[3], "")
    if match := re.fullmatch(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", text, re.ASCII):
        either = int(match[1]) <= 12 and int(match[2]) <= 12 and match[1] != match[2]
        return _day(match[3], match[2], match[1], "DATE_DAY_FIRST" if either else "DATE_FORMAT")
    if match := re.fullmatch(r"(\d{1,2})[ -]([A-Za-z]{3,9})[ -](\d{4})", text, re.ASCII):
        month = MONTHS.get(match[2][:3].lower(), 0)
        return _day(match[3], month, match[1], "DATE_FORMAT")
    return None


def _day(year, month, day, code: str) -> tuple[date, str] | None:
    try:
        return date(int(year), int(month), int(day)), code
    except ValueError:
        return None


def warn_far_future(judged: Judgement, column: str, day: date | None, as_of: date) -> None:
    if day and day > as_of + timedelta(days=366):
        judged.warn("DATE_FUTURE", column, f"{day.isoformat()} is more than a year ahead.")
