"""What every format of questions is read into, and what every writer starts from. Pure.

An `Item` holds one question as the bank keeps it: `content` by type is described in
assessments/marking.py. A `Refusal` names one that is not taken, by its number in the file,
its line, a code and a sentence. Readers give both in the order of the file and never raise.
"""

import hashlib
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.text import slugify

from assessments.marking import number

LONGEST = 60_000  # letters of one question, as it stands in its file
MOST_ANSWERS = 500
LONGEST_TITLE = 250
LONGEST_CATEGORY = 200
UNSORTED = "unsorted"
DIFFICULTIES = {"easy": 1, "medium": 2, "hard": 3, "1": 1, "2": 2, "3": 3}


class Refused(Exception):
    """A question, or a whole file, that is not taken: code, sentence and perhaps the line."""

    def __init__(self, code: str, message: str, line: int | None = None):
        super().__init__(message)
        self.code, self.message, self.line = code, message, line


@dataclass(frozen=True)
class Item:
    n: int
    line: int
    type: str
    title: str
    stem: str
    content: dict[str, Any]
    feedback: str = ""
    category: str = ""
    tags: tuple[str, ...] = ()
    competency: str = ""
    difficulty: int | None = None

    @property
    def ident(self) -> str:
        """A lasting name: from the title, else from the text."""
        name = slugify(self.title)[:100]
        if not name:
            return f"q-{_digest(self.title or self.stem)}"
        return f"{name[:80]}-{_digest(self.title)[:8]}" if _has_other_script(self.title) else name

    @property
    def shown_title(self) -> str:
        return self.title or " ".join(self.stem.split())[:60]


@dataclass(frozen=True)
class Refusal:
    n: int
    line: int
    code: str
    message: str


Read = Item | Refusal


@dataclass
class Draft:
    """A question while a reader puts it together."""

    type: str
    stem: str
    content: dict[str, Any] = field(default_factory=dict)
    title: str = ""
    feedback: str = ""
    category: str = ""
    tags: tuple[str, ...] = ()
    competency: str = ""
    difficulty: int | None = None

    def item(self, n: int, line: int) -> Item:
        """The finished item, or `Refused` where it is no question of its type."""
        check(self)
        return Item(
            n=n,
            line=line,
            type=self.type,
            title=one_line(self.title)[:LONGEST_TITLE],
            stem=visible(self.stem),
            content=self.content,
            feedback=visible(self.feedback),
            category=clean_category(self.category),
            tags=tuple(dict.fromkeys(filter(None, map(clean_tag, self.tags)))),
            competency=self.competency,
            difficulty=self.difficulty,
        )


def attempt(n: int, line: int, make: Callable[[], Draft]) -> Read:
    """The item that `make` puts together, or why it is refused."""
    try:
        return make().item(n, line)
    except Refused as refusal:
        return Refusal(n, line, refusal.code, refusal.message)
    except ArithmeticError:
        return Refusal(n, line, "NUMBER", "The question holds a number nobody can reckon with.")


def answer(text: str, fraction: Decimal | int | str, feedback: str = "", **more: Any) -> dict:
    """One answer as the bank keeps it; fractions are percent as text, "100" is full marks."""
    row = {"text": visible(text), "fraction": percent(fraction), "feedback": visible(feedback)}
    return row | {name: value for name, value in more.items() if value}


def number_row(
    low: Decimal | None, high: Decimal | None, fraction: Decimal | int | str, feedback: str = ""
) -> dict:
    """One accepted range of numbers; none at both ends stands for any other number."""
    return {
        "low": None if low is None else plain(low),
        "high": None if high is None else plain(high),
        "fraction": percent(fraction),
        "feedback": visible(feedback),
    }


def percent(value: Decimal | int | str) -> str:
    """A percentage as it is kept: no ending zeros, at most five decimals."""
    try:
        exact = Decimal(str(value).strip())
    except InvalidOperation:
        raise Refused("WEIGHTS", f"“{str(value)[:20]}” is no percentage.") from None
    if not exact.is_finite() or abs(exact) > 100:
        raise Refused("WEIGHTS", f"A weight of {str(value)[:20]} % is over 100 %.")
    return plain(exact.quantize(Decimal("0.00001")))


def plain(value: Decimal) -> str:
    """A number without exponent and without ending zeros."""
    if abs(value.adjusted()) > 60:
        raise Refused("NUMBER", "A number has at most 60 digits.")
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def numeral(text: str) -> Decimal:
    """A number of a file, or `Refused`."""
    value = number(text)
    if value is None:
        raise Refused("NUMBER", f"“{text.strip()[:40]}” is no number.")
    return value


def visible(text: str) -> str:
    """The text without characters that nobody sees, its lines ending in a plain newline."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.isprintable():
        text = "".join(letter for letter in text if letter in "\n\t" or _is_seen(letter))
    return text.strip()


def _is_seen(letter: str) -> bool:
    # Blanks of other widths are no letters to str.isprintable, and the joiners of Indic
    # scripts are "format" characters, but both belong to the text.
    return letter.isprintable() or unicodedata.category(letter) == "Zs" or letter in "\u200c\u200d"


def one_line(text: str) -> str:
    return " ".join(visible(text).split())


def clean_category(text: str) -> str:
    """A category as a path of the bank: without Moodle's contexts, parts joined by "/"."""
    parts = [one_line(part) for part in text.replace("//", "-").split("/")]
    if parts and parts[0].startswith("$") and parts[0].endswith("$"):
        parts = parts[1:]
        if parts and parts[0] == "top":
            parts = parts[1:]
    return "/".join(filter(None, parts))[:LONGEST_CATEGORY]


def difficulty(text: str) -> int | None:
    """A stated difficulty, as a word or from 1 to 3; none where nothing is stated."""
    text = text.strip().lower()
    if text and text not in DIFFICULTIES:
        raise Refused("DIFFICULTY", f"“{text[:40]}” is none of easy, medium, hard.")
    return DIFFICULTIES.get(text)


def clean_tag(text: str) -> str:
    """A tag: small letters of any script with their signs, digits, and dashes for all else."""
    kept = "".join(
        letter if unicodedata.category(letter)[0] in "LMN" or letter == "\u0f0b" else "-"
        for letter in unicodedata.normalize("NFC", text).lower()
    )
    return re.sub(r"-+", "-", kept).strip("-\u0f0b")[:60]


def _has_other_script(text: str) -> bool:
    """Whether letters are lost when the text becomes a part of an address."""
    letters = unicodedata.normalize("NFKD", text)
    return any(not letter.isascii() and letter.isalpha() for letter in letters)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


# --- What a question must have ---------------------------------------------------------


def check(draft: Draft) -> None:
    """`Refused` unless the draft can be asked and marked."""
    if not draft.stem.strip():
        raise Refused("STEM_MISSING", "There is no question text.")
    content = draft.content
    rows = content.get("answers", [])
    if max(len(rows), len(content.get("pairs", [])), len(content.get("items", []))) > MOST_ANSWERS:
        raise Refused("TOO_LONG", f"A question has at most {MOST_ANSWERS} answers.")
    _CHECKS.get(draft.type, lambda _content: None)(content)


def _check_choice(content: dict) -> None:
    _need_texts(content)
    if len(content["answers"]) < 2:
        raise Refused("ANSWERS_MISSING", "A choice needs at least two answers.")
    need_full_marks(content["answers"])


def _check_multiple(content: dict) -> None:
    _need_texts(content)
    positive = sum(
        Decimal(row["fraction"]) for row in content["answers"] if Decimal(row["fraction"]) > 0
    )
    if not Decimal(99) <= positive <= Decimal(101):
        raise Refused(
            "WEIGHTS",
            f"The weights of the right answers sum to {plain(Decimal(positive))}, not to 100 %.",
        )


def _need_texts(content: dict) -> None:
    texts = [row["text"] for row in content["answers"]]
    if not all(texts):
        raise Refused("ANSWER_EMPTY", "An answer has no text.")
    if len(set(texts)) < len(texts):
        raise Refused("ANSWER_TWICE", "The same answer stands twice.")


def _check_short(content: dict) -> None:
    if any(not row["text"] for row in content["answers"]):
        raise Refused("ANSWER_EMPTY", "An answer has no text.")
    need_full_marks(content["answers"])


def _check_numerical(content: dict) -> None:
    if not content["answers"]:
        raise Refused("NUMBER", "There is no number.")
    need_full_marks(content["answers"])


def _check_matching(content: dict) -> None:
    pairs = content["pairs"]
    rights = {right for _left, right in pairs} | set(content.get("extra", []))
    if any(not left or not right for left, right in pairs):
        raise Refused("PAIR", "A pair has an empty side.")
    if len(pairs) < 2 or len(rights) < 2:
        raise Refused("PAIR", "Matching needs at least two different pairs.")


def _check_ordering(content: dict) -> None:
    items = content["items"]
    if len(items) < 2:
        raise Refused("ANSWERS_MISSING", "An order needs at least two items.")
    if not all(items):
        raise Refused("ANSWER_EMPTY", "An item of the order has no text.")
    if len(set(items)) < len(items):
        raise Refused("ANSWER_TWICE", "The same item of the order stands twice.")


def _check_cloze(content: dict) -> None:
    if not content["gaps"]:
        raise Refused("GAPS_MISSING", "The text has no gap to fill.")
    for gap in content["gaps"]:
        _CHECKS[gap["type"]](gap)


def need_full_marks(rows: list[dict]) -> None:
    if not any(Decimal(row["fraction"]) == 100 for row in rows):
        raise Refused("NO_RIGHT_ANSWER", "No answer earns full marks.")


_CHECKS = {
    "single_choice": _check_choice,
    "multiple_response": _check_multiple,
    "short_answer": _check_short,
    "numerical": _check_numerical,
    "matching": _check_matching,
    "ordering": _check_ordering,
    "cloze": _check_cloze,
}
