"""GIFT, the plain-text format of questions, read by a parser of our own. Pure.

Grammar after Moodle's documentation of the format: blank lines part questions, `//` begins a
comment line, `$CATEGORY:` opens a shelf, `::title::` names a question, `[markdown]` states a
format, braces hold the answers, a backslash takes the meaning from `~ = # { } :`. Every item
is taken, or refused with its line, a code and a sentence; no text raises.
"""

import hashlib
import re
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.text import slugify

from assessments.marking import number

ESCAPED = re.compile(r"\\([~=#{}:\\n])")
FORMAT = re.compile(r"\A\[(?:html|markdown|plain|moodle)\]\s*", re.IGNORECASE)
TITLE = re.compile(r"\A\s*::(.*?)::", re.DOTALL)
WEIGHT = re.compile(r"\A%(-?\d+(?:\.\d+)?)%")
# Escaped characters stand as letters of the private area while the text is cut.
_PRIVATE = {letter: chr(0xE000 + place) for place, letter in enumerate("~=#{}:\\n")}
_PUBLIC = {private: "\n" if letter == "n" else letter for letter, private in _PRIVATE.items()}
LONGEST = 20_000  # letters of one question


class Refused(Exception):
    """A question that is not taken: code and sentence."""

    def __init__(self, code: str, message: str):
        super().__init__(message)
        self.code, self.message = code, message


@dataclass(frozen=True)
class Item:
    n: int
    line: int
    category: str
    ident: str
    title: str
    type: str
    stem: str
    content: dict
    feedback: str


@dataclass(frozen=True)
class Refusal:
    n: int
    line: int
    code: str
    message: str


@dataclass
class _Block:
    line: int
    lines: list[str] = field(default_factory=list)


def parse(text: str, *, category: str = "") -> tuple[list[Item], list[Refusal]]:
    """The questions of a GIFT text: those taken and those refused, in their order."""
    taken: list[Item] = []
    refused: list[Refusal] = []
    n = 0
    for block in _blocks(text):
        body = "\n".join(block.lines)
        if body.startswith("$CATEGORY:"):
            category = body.removeprefix("$CATEGORY:").strip()[:200]
            continue
        n += 1
        try:
            taken.append(_question(n, block.line, category, body))
        except Refused as refusal:
            refused.append(Refusal(n, block.line, refusal.code, refusal.message))
    return taken, refused


def _blocks(text: str) -> list[_Block]:
    """Paragraphs with the line on which each begins; braces keep blank lines inside."""
    blocks: list[_Block] = []
    current: _Block | None = None
    depth = 0
    for line_number, raw in enumerate(text.lstrip("\ufeff").splitlines(), start=1):
        line = raw.rstrip()
        bare = line.strip()
        if bare.startswith("//"):
            continue
        if bare.startswith("$CATEGORY:") and not (current and depth):
            blocks.append(_Block(line_number, [bare]))
            current, depth = None, 0
            continue
        if not bare and depth <= 0:
            current = None
            continue
        if current is None:
            current = _Block(line_number)
            blocks.append(current)
            depth = 0
        current.lines.append(line)
        hidden = ESCAPED.sub("", line)
        depth += hidden.count("{") - hidden.count("}")
    return blocks


def _question(n: int, line: int, category: str, body: str) -> Item:
    if len(body) > LONGEST:
        raise Refused("TOO_LONG", f"A question has at most {LONGEST:,} letters.")
    body = ESCAPED.sub(lambda match: _PRIVATE[match[1]], body)
    title, body = _title(body)
    before, answers, after = _parts(body)
    stem = FORMAT.sub("", before.strip())
    if after.strip():
        stem = f"{stem} _____ {after.strip()}"
    if not stem:
        raise Refused("STEM_MISSING", "There is no question text.")
    answers, general = _general_feedback(answers)
    kind, content = _content(answers.strip())
    shown = _show(title) or _show(stem)[:60]
    return Item(
        n=n,
        line=line,
        category=category or "unsorted",
        ident=_ident(_show(title), _show(stem)),
        title=shown,
        type=kind,
        stem=_show(stem),
        content=content,
        feedback=_show(general),
    )


def _title(body: str) -> tuple[str, str]:
    match = TITLE.match(body)
    return (match[1].strip(), body[match.end() :]) if match else ("", body)


def _parts(body: str) -> tuple[str, str, str]:
    start, end = body.find("{"), body.rfind("}")
    if start < 0 and end < 0:
        raise Refused("DESCRIPTION", "A text without answers is no question of a quiz.")
    if start < 0 or end < start:
        raise Refused("BRACES", "The braces round the answers do not close.")
    inside = body[start + 1 : end]
    if "{" in inside or "}" in inside:
        raise Refused("BRACES", "There is more than one pair of braces.")
    return body[:start], inside, body[end + 1 :]


def _general_feedback(answers: str) -> tuple[str, str]:
    head, mark, general = answers.partition("####")
    return head, general.strip() if mark else ""


def _content(answers: str) -> tuple[str, dict]:
    if not answers:
        raise Refused("ESSAY", "An essay is marked by people; quizzes do not take it yet.")
    if answers.startswith("#"):
        return "numerical", _numerical(answers[1:])
    if truth := _true_false(answers):
        return "true_false", truth
    options = _options(answers)
    if any("->" in option.text for option in options):
        return "matching", _matching(options)
    return _choice_or_text(options)


@dataclass(frozen=True)
class _Option:
    right: bool
    weight: str
    text: str
    feedback: str


def _options(answers: str) -> list[_Option]:
    pieces = re.split(r"(?=[=~])", answers)
    if pieces[0].strip():
        raise Refused("ANSWER_MARK", "Each answer begins with = or ~.")
    found = []
    for piece in pieces[1:]:
        rest = piece[1:].strip()
        weight = WEIGHT.match(rest)
        if weight:
            rest = rest[weight.end() :]
        text, _mark, feedback = rest.partition("#")
        text = FORMAT.sub("", text.strip())
        if not text:
            raise Refused("ANSWER_EMPTY", "An answer has no text.")
        found.append(_Option(piece[0] == "=", weight[1] if weight else "", text, feedback.strip()))
    return found


def _choice_or_text(options: list[_Option]) -> tuple[str, dict]:
    rows = [
        {
            "text": _show(option.text),
            "fraction": _fraction(option),
            "feedback": _show(option.feedback),
        }
        for option in options
    ]
    if all(option.right for option in options):
        _need_full_marks(rows)
        return "short_answer", {"answers": rows, "case": False}
    if len({row["text"] for row in rows}) < len(rows):
        raise Refused("ANSWER_TWICE", "The same answer stands twice.")
    if any(option.right for option in options):
        _need_full_marks(rows)
        return "single_choice", {"answers": rows}
    positive = sum(Decimal(row["fraction"]) for row in rows if Decimal(row["fraction"]) > 0)
    if not Decimal("99") <= positive <= Decimal("101"):
        raise Refused(
            "WEIGHTS", f"The weights of the right answers sum to {positive}, not to 100 %."
        )
    return "multiple_response", {"answers": rows}


def _fraction(option: _Option) -> str:
    if option.weight:
        value = Decimal(option.weight)
        if abs(value) > 100:
            raise Refused("WEIGHTS", f"A weight of {value} % is over 100 %.")
        return option.weight
    return "100" if option.right else "0"


def _need_full_marks(rows: list[dict]) -> None:
    if not any(Decimal(row["fraction"]) == 100 for row in rows):
        raise Refused("NO_RIGHT_ANSWER", "No answer earns full marks.")


def _true_false(answers: str) -> dict | None:
    parts = [part.strip() for part in answers.split("#")]
    word = parts[0].upper()
    if word not in ("T", "TRUE", "F", "FALSE"):
        return None
    wrong, right = ([*parts[1:], "", ""])[:2]
    return {
        "answer": word in ("T", "TRUE"),
        "feedback_wrong": _show(wrong),
        "feedback_right": _show(right),
    }


def _matching(options: list[_Option]) -> dict:
    pairs = []
    for option in options:
        left, arrow, right = option.text.partition("->")
        if not arrow or not option.right:
            raise Refused("PAIR", "Each pair is written =left -> right.")
        pairs.append([_show(left.strip()), _show(right.strip())])
    if any(not right for _left, right in pairs):
        raise Refused("PAIR", "A pair has no right side.")
    asked = [pair for pair in pairs if pair[0]]
    if len(asked) < 2 or len({pair[1] for pair in pairs}) < 2:
        raise Refused("PAIR", "Matching needs at least two different pairs.")
    # A pair without a left side only offers its right side.
    extra = [right for left, right in pairs if not left]
    return {"pairs": asked, "extra": extra}


def _numerical(answers: str) -> dict:
    answers = answers.strip()
    marked = answers.startswith(("=", "~"))
    rows = []
    for piece in re.split(r"(?=[=~])", answers)[1:] if marked else [answers]:
        rest = piece[1:].strip() if marked else piece
        if marked and piece[0] == "~":
            continue  # feedback for every other number: the general feedback serves it
        weight = WEIGHT.match(rest)
        text, _mark, feedback = (rest[weight.end() :] if weight else rest).partition("#")
        low, high = _range(text.strip())
        rows.append(
            {
                "low": str(low),
                "high": str(high),
                "fraction": weight[1] if weight else "100",
                "feedback": _show(feedback.strip()),
            }
        )
    if not rows:
        raise Refused("NUMBER", "There is no number.")
    _need_full_marks(rows)
    return {"answers": rows}


def _range(text: str) -> tuple[Decimal, Decimal]:
    if ".." in text:
        low, high = (number(part) for part in text.split("..", 1))
    else:
        value, _colon, tolerance = text.partition(":")
        middle, margin = number(value), number(tolerance or "0")
        if middle is None or margin is None:
            raise Refused("NUMBER", f"“{_show(text)[:40]}” is no number.")
        low, high = middle - abs(margin), middle + abs(margin)
    if low is None or high is None or low > high:
        raise Refused("NUMBER", f"“{_show(text)[:40]}” is no range of numbers.")
    return low, high


def _show(text: str) -> str:
    """The text with its escaped characters back, and without characters nobody sees."""
    shown = "".join(_PUBLIC.get(letter, letter) for letter in text).strip()
    return "".join(letter for letter in shown if letter in "\n\t" or letter.isprintable())


def _ident(title: str, stem: str) -> str:
    """A lasting name: from the title, else from the text."""
    name = slugify(title)[:100]
    return name or f"q-{hashlib.sha256(stem.encode()).hexdigest()[:16]}"
