"""Answers to mark as a table: taken out, marked without a network, brought back.

Each row is one answer that its marker holds. `points` is filled in, one number for each
criterion, parted by semicolons; a row without points is left as it was.
"""

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from assessments import human_marking
from assessments.human_marking import MarkingRefusedError, rubric_of
from assessments.models import Marking
from assessments.queries import names_of
from assessments.services import latest_responses
from assessments.wording import answer_in_words, stem_in_words
from people.models import User
from people.registry.reading import UnreadableError, read_table
from people.spreadsheet import table_file

HOLDS = timedelta(days=7)  # a claim on what is marked without a network
MOST = 50  # answers in one sheet
LARGEST = 2 * 2**20  # bytes of a sheet that comes back
LONGEST_COMMENT = 2000
COLUMNS = (
    "marking", "quiz", "candidate", "question", "guidance", "answer", "criteria", "points",
    "comment",
)  # fmt: skip


@dataclass(frozen=True)
class Row:
    """What a marker filled in. `line` is that of the file."""

    line: int
    marking: str
    points: str
    comment: str


@dataclass(frozen=True)
class Outcome:
    """What becomes of a row: marked, unchanged, empty or refused."""

    line: int
    marking: str
    code: str
    message: str = ""


def take(*, by: User) -> list[Marking]:
    """Hold for a week what waits and nobody else holds, at most 50 answers."""
    rows = list(human_marking.queue_for(by)[:MOST])
    return [human_marking.claim(row, by=by, holds=HOLDS) for row in rows]


def held_by(person: User):
    """The answers that somebody holds now."""
    return human_marking.queue_for(person).filter(
        claimed_by=person, claimed_until__gt=timezone.now()
    )


def give_back_all(*, by: User) -> int:
    rows = list(held_by(by))
    for row in rows:
        human_marking.give_back(row, by=by)
    return len(rows)


def written(rows: Iterable[Marking]) -> bytes:
    """The sheet as CSV."""
    return table_file(COLUMNS, map(_cells, rows))


def _cells(row: Marking) -> list[str]:
    version = row.slot.question_version
    kept = latest_responses(row.slot.attempt).get(row.slot_id)
    answer = kept.answer if kept else None
    return [
        str(row.pk),
        row.slot.attempt.quiz.title,
        names_of(row),
        stem_in_words(version.stem, version.content),
        version.content.get("guidance", ""),
        _("(a file: open it on the page of this answer)")
        if isinstance(answer, dict)
        else answer_in_words(version.type, version.content, answer),
        "; ".join(f"{text or _('percent')} 0-{most}" for text, most in rubric_of(version)),
        "",
        "",
    ]


def read(data: bytes) -> list[Row]:
    """The rows of a sheet that came back. UnreadableError says what the file is not."""
    if len(data) > LARGEST:
        raise UnreadableError(_("The file is larger than 2 MB."))
    if data[:2] == b"PK":
        raise UnreadableError(_("This is a workbook. Save the sheet as CSV and bring that."))
    table = read_table(data, wanted=COLUMNS, required=("marking", "points"))
    rows = []
    for record in table.records[: 20 * MOST]:
        cells = dict(zip(table.columns, record.cells, strict=False))
        rows.append(
            Row(
                record.line,
                cells.get("marking", "").strip()[:40],
                cells.get("points", "").strip()[:200],
                cells.get("comment", "").strip(),
            )
        )
    return rows


def bring_back(rows: Iterable[Row], *, by: User, dry_run: bool) -> list[Outcome]:
    """Give the marks of `rows`, or say what would come of each. Safe to repeat.

    Each row stands for itself: one that is refused keeps no other from being marked.
    """
    rows = list(rows)
    numbers = [int(row.marking) for row in rows if _is_number(row.marking)]
    known = Marking.objects.select_related("slot__question_version", "slot__attempt").in_bulk(
        numbers
    )
    seen: set[str] = set()
    outcomes = []
    for row in rows:
        marking = known.get(int(row.marking)) if _is_number(row.marking) else None
        try:
            if row.marking in seen:
                raise MarkingRefusedError(_("This answer stands in an earlier row too."))
            code = _bring_one(row, marking, by=by, dry_run=dry_run)
        except MarkingRefusedError as error:
            outcomes.append(Outcome(row.line, row.marking, "refused", str(error)))
        else:
            outcomes.append(Outcome(row.line, row.marking, code))
        seen.add(row.marking)
    return outcomes


def _bring_one(row: Row, marking: Marking | None, *, by: User, dry_run: bool) -> str:
    if not row.points:
        return "empty"
    if marking is None:
        raise MarkingRefusedError(_("There is no such answer to mark."))
    most = [limit for _text, limit in rubric_of(marking.slot.question_version)]
    points = _points(row.points, most)
    if len(row.comment) > LONGEST_COMMENT:
        raise MarkingRefusedError(_("The comment is longer than 2000 letters."))
    if marking.marker_id == by.pk:
        if (marking.points, marking.comment) == (points, row.comment):
            return "unchanged"
        raise MarkingRefusedError(_("You marked this answer already, otherwise than here."))
    if marking.marker_id is not None or not marking.is_held_by(by, timezone.now()):
        raise MarkingRefusedError(_("You do not hold this answer, or not any more."))
    if not dry_run:
        human_marking.give_mark(marking, by=by, points=points, comment=row.comment)
    return "marked"


def _points(text: str, most: list[int]) -> list[int]:
    parts = [part.strip() for part in re.split(r"[;,+]", text)]
    if not all(_is_number(part) for part in parts) or len(parts) != len(most):
        raise MarkingRefusedError(
            _("Points are %(count)d whole numbers, parted by semicolons.") % {"count": len(most)}
        )
    points = [int(part) for part in parts]
    if any(given > limit for given, limit in zip(points, most, strict=True)):
        raise MarkingRefusedError(
            _("At most %(most)s points.") % {"most": "; ".join(map(str, most))}
        )
    return points


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 16


def packed(rows: Iterable[Row]) -> list[dict]:
    """Rows as plain values, for the step from the report to the marks."""
    return [asdict(row) for row in rows]
