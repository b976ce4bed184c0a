"""GIFT, the plain-text format of questions, read by a parser of our own. Pure.

Grammar after Moodle's documentation of the format: blank lines part questions, `//` begins a
comment line, `$CATEGORY:` opens a shelf, `::title::` names a question, `[markdown]` states a
format, braces hold the answers, a backslash takes the meaning from `~ = # { } :`. A comment
`[tag:word]` before a question tags it;
`[competency:code]` and `[difficulty:easy]` are ours. Text stays as it was written, with its format.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial

from assessments.formats.items import (
    LONGEST,
    Draft,
    Read,
    Refused,
    answer,
    attempt,
    difficulty,
    need_full_marks,
    number_row,
    numeral,
)
from assessments.formats.rich import plain_text
from assessments.marking import number

ESCAPED = re.compile(r"\\([~=#{}:\\n])")
FORMAT = re.compile(r"\A\s*\[(html|markdown|plain|moodle)\]\s*", re.IGNORECASE)
TITLE = re.compile(r"\A\s*::(.*?)::", re.DOTALL)
WEIGHT = re.compile(r"\A%([+-]?\d+(?:[.,]\d+)?)%")
MARK = re.compile(r"\[(tag|competency|difficulty):([^\]]+)\]")
INLINE_COMMENT = re.compile(r"(?:^|\s)//.*$", re.MULTILINE)
GAP = " _____ "
# Escaped characters stand as letters of the private area while the text is cut.
_PRIVATE = {letter: chr(0xE000 + place) for place, letter in enumerate("~=#{}:\\n")}
_PUBLIC = str.maketrans(
    {private: "\n" if letter == "n" else letter for letter, private in _PRIVATE.items()}
)


@dataclass
class _Block:
    """The lines of one question, with the line on which it begins."""

    line: int
    marks: tuple[tuple[str, str], ...] = ()  # what the comments above say of it
    lines: list[str] = field(default_factory=list)
    letters: int = 0
    depth: int = 0

    def take(self, line: str) -> None:
        self.letters += len(line) + 1
        if self.letters <= LONGEST:  # what is longer is refused, and need not be kept
            self.lines.append(line)
        hidden = ESCAPED.sub("", line)
        self.depth += hidden.count("{") - hidden.count("}")


def read(lines: Iterable[str]) -> Iterator[Read]:
    """The questions of a GIFT text, one at a time, taken or refused."""
    category = ""
    n = 0
    for block in _blocks(lines):
        if block.lines and block.lines[0].startswith("$CATEGORY:"):
            category = ESCAPED.sub(r"\1", block.lines[0].removeprefix("$CATEGORY:"))
            continue
        n += 1
        yield attempt(n, block.line, partial(_question, block, category))


def _blocks(lines: Iterable[str]) -> Iterator[_Block]:
    """Paragraphs; blank lines inside braces belong to the question, unless another begins."""
    current: _Block | None = None
    marks: tuple[tuple[str, str], ...] = ()
    blank = False
    for line_number, raw in enumerate(lines, start=1):
        line = raw.rstrip().removeprefix("\ufeff")
        bare = line.strip()
        if bare.startswith("//"):
            marks += tuple(MARK.findall(bare))
            continue
        if bare.startswith("$CATEGORY:") and not (current and current.depth > 0 and not blank):
            if current:
                yield current
            yield _Block(line_number, lines=[bare])
            current, marks = None, ()
            continue
        if not bare:
            if current and current.depth <= 0:
                yield current
                current = None
            blank = True
            continue
        if current and blank and _begins_another(bare):
            yield current  # its braces never closed
            current = None
        blank = False
        if current is None:
            current = _Block(line_number, marks)
            marks = ()
        current.take(line)
    if current:
        yield current


def _begins_another(bare: str) -> bool:
    return bare.startswith("::") or "{" in ESCAPED.sub("", bare)


def _question(block: _Block, category: str) -> Draft:
    if block.letters > LONGEST:
        raise Refused("TOO_LONG", f"A question has at most {LONGEST:,} letters.")
    body = ESCAPED.sub(lambda match: _PRIVATE[match[1]], "\n".join(block.lines))
    title, body = _title(body)
    before, answers, after = _parts(body)
    form, before = _format(before.strip())
    stem = GAP.join([before, after.strip()]).strip() if after.strip() else before
    draft = Draft("description", _show(stem), title=_show(title))
    draft.category = category
    draft.tags = tuple(value for name, value in block.marks if name == "tag")
    stated = dict(block.marks)
    draft.competency = stated.get("competency", "").strip()
    draft.difficulty = difficulty(stated.get("difficulty", ""))
    if form != "plain":
        draft.content["format"] = form
    if answers is not None:
        answers, general = _general_feedback(answers)
        draft.feedback = _show(_format(general)[1])
        draft.type, content = _content(answers.strip(), form)
        draft.content = content | draft.content
    return draft


def _title(body: str) -> tuple[str, str]:
    match = TITLE.match(body)
    return (match[1].strip(), body[match.end() :]) if match else ("", body)


def _format(text: str, inherited: str = "plain") -> tuple[str, str]:
    """The format that a text states, or the one it inherits, and the text without it."""
    match = FORMAT.match(text)
    if not match:
        return inherited, text
    name = match[1].lower()
    return ("plain" if name == "moodle" else name), text[match.end() :]


def _parts(body: str) -> tuple[str, str | None, str]:
    """What stands before, in and after the braces; None in the middle where there are none."""
    start, end = body.find("{"), body.rfind("}")
    if start < 0 and end < 0:
        return body, None, ""
    if start < 0 or end < start:
        raise Refused("BRACES", "The braces round the answers do not close.")
    inside = body[start + 1 : end]
    if "{" in inside or "}" in inside:
        raise Refused("BRACES", "There is more than one pair of braces.")
    return body[:start], inside, body[end + 1 :]


def _general_feedback(answers: str) -> tuple[str, str]:
    head, _mark, general = answers.partition("####")
    return head, general.strip()


def _content(answers: str, form: str) -> tuple[str, dict]:
    if not answers:
        return "essay", {}
    if answers.startswith("#"):
        return "numerical", _numerical(answers[1:].strip())
    if truth := _true_false(answers):
        return "true_false", truth
    options = _options(answers, form)
    if all(option.right for option in options) and any("->" in o.text for o in options):
        return "matching", _matching(options)
    return _choice_or_text(options)


@dataclass(frozen=True)
class _Option:
    right: bool
    weight: str
    text: str
    feedback: str
    form: str
    formats: dict[str, str]  # of text and feedback, where they differ from the question's

    @property
    def fraction(self) -> str:
        return self.weight or ("100" if self.right else "0")


def _options(answers: str, form: str) -> list[_Option]:
    pieces = re.split(r"(?=[=~])", answers)
    if pieces[0].strip():
        raise Refused("ANSWER_MARK", "Each answer begins with = or ~.")
    return [_option(piece, form) for piece in pieces[1:]]


def _option(piece: str, form: str) -> _Option:
    weight, rest = _weight(piece[1:].strip())
    text, _mark, feedback = rest.partition("#")
    own, text = _format(text, form)
    said, feedback = _format(feedback, own)
    formats = {"format": own if own != form else ""}
    formats["feedback_format"] = said if said != own else ""
    return _Option(piece[0] == "=", weight, text.strip(), feedback.strip(), own, formats)


def _weight(text: str) -> tuple[str, str]:
    match = WEIGHT.match(text)
    return (match[1].replace(",", "."), text[match.end() :]) if match else ("", text)


def _choice_or_text(options: list[_Option]) -> tuple[str, dict]:
    rows = [
        answer(_show(option.text), option.fraction, _show(option.feedback), **option.formats)
        for option in options
    ]
    if all(option.right for option in options):
        return "short_answer", {"answers": rows, "case": False}
    if any(option.right for option in options):
        need_full_marks(rows)
        return "single_choice", {"answers": rows}
    return "multiple_response", {"answers": rows}


def _true_false(answers: str) -> dict | None:
    parts = [part.strip() for part in answers.split("#")]
    word = INLINE_COMMENT.sub("", parts[0]).strip().upper()  # a comment to the word, no feedback
    if word not in ("T", "TRUE", "F", "FALSE"):
        return None
    wrong, right = ([*parts[1:], "", ""])[:2]
    return {
        "answer": word in ("T", "TRUE"),
        "feedback_wrong": _show(_format(wrong)[1]),
        "feedback_right": _show(_format(right)[1]),
    }


def _matching(options: list[_Option]) -> dict:
    pairs = []
    for option in options:
        left, arrow, right = option.text.partition("->")
        if not arrow:
            raise Refused("PAIR", "Each pair is written =left -> right.")
        pairs.append([_flat(left, option), _flat(right, option)])
    if any(not right for _left, right in pairs):
        raise Refused("PAIR", "A pair has no right side.")
    # A pair without a left side only offers its right side.
    extra = [right for left, right in pairs if not left]
    return {"pairs": [pair for pair in pairs if pair[0]], "extra": extra}


def _flat(text: str, option: _Option) -> str:
    """A side of a pair is offered in a list to choose from, which shows no markup."""
    return plain_text(_show(text)) if option.form == "html" else _show(text)


def _numerical(answers: str) -> dict:
    first, *marked = re.split(r"(?=[=~])", answers)
    pieces = [f"={first}", *marked] if first.strip() else marked
    return {"answers": [_number_answer(piece[0] == "=", piece[1:].strip()) for piece in pieces]}


def _number_answer(right: bool, text: str) -> dict:
    weight, rest = _weight(text)
    value, _mark, feedback = rest.partition("#")
    fraction = weight or ("100" if right else "0")
    said = _show(_format(feedback)[1])
    if not right and value.strip() in ("", "*"):  # what is said to every other number
        return number_row(None, None, fraction, said)
    return number_row(*_range(value.strip()), fraction, said)


def _range(text: str) -> tuple[Decimal, Decimal]:
    text = _show(text)
    if ".." in text:
        low, high = (number(part) for part in text.split("..", 1))
        if low is None or high is None or low > high:
            raise Refused("NUMBER", f"“{text[:40]}” is no range of numbers.")
        return low, high
    value, _colon, tolerance = text.partition(":")
    middle, margin = numeral(value), abs(numeral(tolerance or "0"))
    return middle - margin, middle + margin


def _show(text: str) -> str:
    """The text with its escaped characters back."""
    return text.translate(_PUBLIC).strip()
