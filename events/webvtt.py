"""WebVTT, read strictly: every fault is named by its line. Pure.

https://www.w3.org/TR/webvtt1/. Beyond it, cues must not overlap: a transcript is read like a text.
"""

import html
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from django.utils.translation import gettext as _

from people.letters import control_characters, one_newline

MOST_CUES = 20_000
LONGEST = 1000  # letters of a cue
MOST_FAULTS = 20  # told at once
_TIME = r"(?:(\d{2,3}):)?([0-5]\d):([0-5]\d)\.(\d{3})"
_TIMING = re.compile(rf"^{_TIME}[ \t]+-->[ \t]+{_TIME}(?:[ \t].*)?$")
_TAG = re.compile(r"<[^>]*>")
_SKIPPED = ("NOTE", "STYLE", "REGION")


class Cue(NamedTuple):
    """What is said from `start` to `end`, in milliseconds."""

    start: int
    end: int
    text: str


class FaultyError(Exception):
    """Why a file is no transcript; `faults` are sentences that name their lines."""

    def __init__(self, faults: list[str]):
        super().__init__(" ".join(faults))
        self.faults = faults


def read(data: bytes) -> list[Cue]:
    """The cues of a file; FaultyError names what is wrong, line by line."""
    try:
        lines = one_newline(data.decode("utf-8-sig")).split("\n")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise FaultyError([_("Line %(line)d: this is not UTF-8.") % {"line": line}]) from error
    if not re.match(r"^WEBVTT(?:[ \t]|$)", lines[0]):
        raise FaultyError([_("Line 1: a WebVTT file begins with the word WEBVTT.")])
    faults: list[str] = []
    cues = list(_cues(_blocks(lines), faults))
    if not cues and not faults:
        faults.append(_("There is no cue in this file."))
    if len(cues) > MOST_CUES:
        faults.append(_("There are more than %(most)d cues.") % {"most": MOST_CUES})
    if faults:
        more = len(faults) - MOST_FAULTS
        told = faults[:MOST_FAULTS]
        raise FaultyError([*told, _("And %(more)d more.") % {"more": more}] if more > 0 else told)
    return cues


def _blocks(lines: list[str]) -> Iterator[tuple[int, list[str]]]:
    """Lines that stand together, with the number of the first; without the head of the file."""
    block: list[str] = []
    for number, line in enumerate([*lines, ""], start=1):
        if line.strip():
            block.append(line)
        elif block:
            if number - len(block) > 1 and not block[0].startswith(_SKIPPED):
                yield number - len(block), block
            block = []


def _cues(blocks: Iterable[tuple[int, list[str]]], faults: list[str]) -> Iterator[Cue]:
    before: tuple[int, Cue] | None = None
    for number, block in blocks:
        if "-->" not in block[0]:  # a name of its own, which nothing here needs
            number, block = number + 1, block[1:]
        try:
            cue = _cue(block, before)
        except ValueError as fault:
            faults.append(_("Line %(line)d: %(fault)s") % {"line": number, "fault": fault})
            continue
        if before and cue.start < before[1].end:
            faults.append(
                _("Line %(line)d: it begins before the cue of line %(other)d ends (%(end)s).")
                % {"line": number, "other": before[0], "end": clock(before[1].end)}
            )
        before = (number, cue)
        yield cue


def _cue(block: list[str], before: tuple[int, Cue] | None) -> Cue:
    found = _TIMING.match(block[0].strip()) if block else None
    if not found:
        raise ValueError(_("here must be times, such as 00:01:05.000 --> 00:01:09.500."))
    start, end = _milliseconds(found.groups()[:4]), _milliseconds(found.groups()[4:])
    if end <= start:
        raise ValueError(
            _("it ends (%(end)s) before it begins (%(start)s).")
            % {"end": clock(end), "start": clock(start)}
        )
    text = " ".join(html.unescape(_TAG.sub("", " ".join(block[1:]))).split())
    if not text:
        raise ValueError(_("there is no text under these times."))
    if len(text) > LONGEST or control_characters(text):
        raise ValueError(
            _("its text is longer than %(most)d letters, or holds what is no letter.")
            % {"most": LONGEST}
        )
    return Cue(start, end, text)


def _milliseconds(parts: tuple[str | None, ...]) -> int:
    hours, minutes, seconds, thousandths = (int(part or 0) for part in parts)
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + thousandths


def clock(milliseconds: int) -> str:
    """As WebVTT writes a moment: 00:01:05.000."""
    seconds, thousandths = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}.{thousandths:03}"


def write(cues: Iterable[Cue]) -> str:
    """A file of these cues."""
    escaped = (
        f"{clock(cue.start)} --> {clock(cue.end)}\n{html.escape(cue.text, quote=False)}\n"
        for cue in cues
    )
    return "\n".join(["WEBVTT\n", *escaped])


def passages(cues: Iterable[Cue]) -> Iterator[Cue]:
    """Sentences, each from the cue in which it begins: cues are joined until one ends a sentence.

    At most 20 seconds, so that what is found is near where it leads to.
    """
    held: Cue | None = None
    for cue in cues:
        held = cue if held is None else Cue(held.start, cue.end, f"{held.text} {cue.text}")
        if held.text.endswith((".", "?", "!", "།")) or held.end - held.start > 20_000:
            yield held
            held = None
    if held:
        yield held
