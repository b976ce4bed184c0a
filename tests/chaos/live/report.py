"""The page of a run: what happened, when, and how each oracle stands. One file, no request."""

import time
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any

from tests.chaos.live.faults import NAMES, Happened
from tests.chaos.live.oracles import Verdict
from tests.live.server import ROOT

SHOWN = 20  # counterexamples of one oracle
STYLE = Path(__file__).with_name("report.css")


def write(folder: Path, run: dict[str, Any], verdicts: dict[str, Verdict], faults: list) -> Path:
    """Write the page into `folder`; where it lies."""
    broken = [name for name, verdict in verdicts.items() if verdict.wrong]
    words = f"{len(broken)} of {len(verdicts)} oracles are broken" if broken else "Nothing was lost"
    parts = [
        f"<h1>{words}</h1>",
        f"<p class=soft>{escape(run['said'])}</p>",
        _numbers(run["numbers"]),
        "<h2>What must be true</h2>",
        *(_oracle(name, verdict) for name, verdict in verdicts.items()),
        "<h2>What went wrong, and when</h2>",
        _timeline(faults, run["began"], run["ended"]),
        _table(faults, run["began"]),
    ]
    if run["strange"]:
        listed = "".join(f"<li>{escape(each)}" for each in run["strange"])
        parts += ["<h2>What clients and servers complained of</h2>", f"<ul>{listed}</ul>"]
    style = (ROOT / "static/css/tokens.css").read_text() + STYLE.read_text()
    page = (
        "<!doctype html><html lang=en><meta charset=utf-8>"
        "<meta name=viewport content='width=device-width, initial-scale=1'>"
        f"<title>{words} · chaos run of a live session</title>"
        f"<style>{style}</style><main>{''.join(parts)}</main></html>"
    )
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"chaos-{run['seed']}.html"
    path.write_text(page)
    return path


def _numbers(numbers: dict[str, Any]) -> str:
    each = "".join(
        f"<div><dd>{f'{value:,}' if isinstance(value, int) else escape(str(value))}</dd>"
        f"<dt>{escape(name)}</dt></div>"
        for name, value in numbers.items()
    )
    return f"<dl class=numbers>{each}</dl>"


def _oracle(name: str, verdict: Verdict) -> str:
    broken = bool(verdict.wrong)
    mark = f"<span class='mark{' mark--broken' * broken}'>{'broken' if broken else 'holds'}</span>"
    notes = "".join(f"<p class=soft>{escape(note)}</p>" for note in verdict.notes)
    wrong = "".join(f"<li>{escape(each)}" for each in verdict.wrong[:SHOWN])
    if len(verdict.wrong) > SHOWN:
        wrong += f"<li>and {len(verdict.wrong) - SHOWN} more"
    return (
        f"<section class='oracle{' oracle--broken' * broken}'><h3>{name} {mark}</h3>"
        f"<p>{escape(verdict.says)}.</p><p class=soft>{verdict.checked:,} checks.</p>{notes}"
        f"{f'<ul>{wrong}</ul>' if wrong else ''}</section>"
    )


def _timeline(faults: list[Happened], began: float, ended: float) -> str:
    """One lane for each kind of fault, from the left to the right of the run."""
    kinds = [kind for kind in NAMES if any(fault.name == kind for fault in faults)]
    left, width, height = 330, 1000, 22
    across = (width - left) / (ended - began)
    drawn = []
    for row, kind in enumerate(kinds):
        y = row * height
        drawn.append(f"<text x=0 y={y + 15}>{escape(NAMES[kind])}</text>")
        drawn.append(f"<line class=lane x1={left} x2={width} y1={y + 11} y2={y + 11} />")
        for fault in faults:
            if fault.name == kind:
                x = left + (fault.began - began) * across
                wide = max(3, (fault.ended - fault.began) * across)
                css = f"fault{' fault--restore' * (kind == 'restore')}"
                drawn.append(
                    f"<rect class='{css}' x={x:.1f} y={y + 4} width={wide:.1f} height=14 />"
                )
    box = f"0 0 {width} {len(kinds) * height + 4}"
    svg = f"<svg viewBox='{box}' role=img aria-label='Faults over time'>{''.join(drawn)}</svg>"
    return f"<div class=wide>{svg}</div>"


def _table(faults: list[Happened], began: float) -> str:
    rows = "".join(
        f"<tr><td>{_clock(fault.began - began)}<td>{fault.ended - fault.began:.1f} s"
        f"<td>{escape(NAMES[fault.name])}<td>{escape(fault.detail)}"
        for fault in faults
    )
    head = "<tr><th>At<th>Took<th>What<th>More"
    return f"<div class=wide><table><thead>{head}</thead><tbody>{rows}</tbody></table></div>"


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def said(seed: int, minutes: float, people: int) -> str:
    day = datetime.fromtimestamp(time.time()).astimezone()
    return (
        f"Seed {seed}, {minutes:g} minutes, {people} people and 3 hosts, two web processes, "
        f"PostgreSQL and Redis on one computer, on {day:%-d %B %Y at %H:%M %Z}. "
        "make chaos SEED=… draws the same faults again."
    )
