"""The picture of a gap: a bar for what is held and a mark for the target, as SVG."""

from dataclasses import dataclass

from competencies.queries import Line

LEFT, STEP, ROW = 72, 96, 30  # in units of the drawing: narrow, so that a phone can read it


@dataclass(frozen=True)
class Bar:
    code: str
    y: int
    middle: int
    held: int  # width
    target: int | None  # x of the mark
    met: bool


@dataclass(frozen=True)
class Chart:
    bars: list[Bar]
    left: int
    full: int  # width of the highest level
    width: int
    height: int


def gap_chart(lines: list[Line]) -> Chart | None:
    """The bars of the lines that have a target; None where there is nothing to draw."""
    wanted = [line for line in lines if line.target]
    if not wanted:
        return None
    bars = [
        Bar(
            code=line.competency.code,
            y=row * ROW + 6,
            middle=row * ROW + 20,
            held=line.level_now * STEP,
            target=LEFT + line.target.order * STEP if line.target else None,
            met=line.met,
        )
        for row, line in enumerate(wanted)
    ]
    return Chart(bars, LEFT, 3 * STEP, LEFT + 3 * STEP + 10, len(bars) * ROW + 10)
