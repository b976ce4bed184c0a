"""The grammar of gaps inside a text: `{2:SHORTANSWER:=right#yes~%50%nearly}`. Pure.

After Moodle's documentation of embedded answers. A text is read into one where `[[1]]`,
`[[2]]` mark the places of its gaps, and the gaps themselves.
"""

import html
import re
from decimal import Decimal

from assessments.formats.items import Refused, answer, number_row, numeral
from assessments.formats.rich import plain_text

# Short and long names of the kinds; the letters after the underscore say how it is shown.
_KINDS = {
    "SHORTANSWER": ("short_answer", ""), "SA": ("short_answer", ""), "MW": ("short_answer", ""),
    "SHORTANSWER_C": ("short_answer", "case"), "SAC": ("short_answer", "case"),
    "MWC": ("short_answer", "case"),
    "NUMERICAL": ("numerical", ""), "NM": ("numerical", ""),
    "MULTICHOICE": ("single_choice", ""), "MC": ("single_choice", ""),
    "MULTICHOICE_S": ("single_choice", ""), "MCS": ("single_choice", ""),
    "MULTICHOICE_V": ("single_choice", "list"), "MCV": ("single_choice", "list"),
    "MULTICHOICE_H": ("single_choice", "list"), "MCH": ("single_choice", "list"),
    "MULTICHOICE_VS": ("single_choice", "list"), "MCVS": ("single_choice", "list"),
    "MULTICHOICE_HS": ("single_choice", "list"), "MCHS": ("single_choice", "list"),
    "MULTIRESPONSE": ("multiple_response", ""), "MR": ("multiple_response", ""),
    "MULTIRESPONSE_H": ("multiple_response", ""), "MRH": ("multiple_response", ""),
    "MULTIRESPONSE_S": ("multiple_response", ""), "MRS": ("multiple_response", ""),
    "MULTIRESPONSE_HS": ("multiple_response", ""), "MRHS": ("multiple_response", ""),
}  # fmt: skip
START = re.compile(r"\{(\d{0,3}):([A-Z_]+):")
PLACE = re.compile(r"\[\[(\d{1,4})\]\]")
_SEPARATOR = re.compile(r"(?<!\\)~")
_FEEDBACK = re.compile(r"(?<![\\&])#")
_WEIGHT = re.compile(r"\A%(-?\d+(?:\.\d+)?)%")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_SIGNS = re.compile(r"[\\}#~/\"]")


def read(source: str) -> tuple[str, list[dict]]:
    """A text with embedded answers -> the text with its places marked, and the gaps."""
    if PLACE.search(source):
        raise Refused("PLACE_MARK", "The text has [[1]] of its own, which marks a gap here.")
    text, gaps, at = "", [], 0
    while match := START.search(source, at):
        end = _closing(source, match.end())
        gaps.append(_gap(match[1], match[2], source[match.end() : end]))
        text += f"{source[at : match.start()]}[[{len(gaps)}]]"
        at = end + 1
    return text + source[at:], gaps


def _closing(source: str, start: int) -> int:
    """Where the brace closes that opened before `start`."""
    at = start
    while at < len(source):
        if source[at] == "\\":
            at += 1
        elif source[at] == "}":
            return at
        at += 1
    raise Refused("BRACES", "The braces of a gap do not close.")


def _gap(weight: str, name: str, answers: str) -> dict:
    if name not in _KINDS:
        raise Refused("GAP_TYPE", f"There is no kind of gap called {name[:30]}.")
    kind, shown = _KINDS[name]
    rows = [_row(kind, piece) for piece in _SEPARATOR.split(answers) if piece.strip()]
    gap = {"type": kind, "weight": int(weight or 1), "answers": rows}
    if not gap["weight"]:
        raise Refused("WEIGHTS", "A gap weighs nothing.")
    if kind == "short_answer":
        gap["case"] = shown == "case"
    elif shown:
        gap["shown"] = shown
    if kind == "multiple_response":
        share_out(rows)
    return gap


def share_out(rows: list[dict]) -> None:
    """Several right answers of full marks each share the marks; a wrong one takes a share."""
    right = [row for row in rows if Decimal(row["fraction"]) == 100]
    if len(right) < 2:
        return
    for row in right:
        row["fraction"] = answer("", Decimal(100) / len(right))["fraction"]


def _row(kind: str, piece: str) -> dict:
    piece = piece.strip()
    fraction = "100" if piece.startswith("=") else "0"
    piece = piece.removeprefix("=")
    if match := _WEIGHT.match(piece):
        fraction, piece = match[1], piece[match.end() :]
    text, *said = _FEEDBACK.split(piece, maxsplit=1)
    feedback = _plain(said[0]) if said else ""
    if kind != "numerical":
        return answer(_plain(text), fraction, feedback)
    value, _colon, tolerance = _plain(text).partition(":")
    if value.strip() == "*":
        return number_row(None, None, fraction, feedback)
    middle, margin = numeral(value), abs(numeral(tolerance or "0"))
    return number_row(middle - margin, middle + margin, fraction, feedback)


def _plain(text: str) -> str:
    text = _ESCAPED.sub(r"\1", text)
    return plain_text(text) if "<" in text else html.unescape(text).strip()


# --- Writing ---------------------------------------------------------------------------

_NAMES = {
    ("short_answer", ""): "SHORTANSWER",
    ("short_answer", "case"): "SHORTANSWER_C",
    ("numerical", ""): "NUMERICAL",
    ("single_choice", ""): "MULTICHOICE",
    ("single_choice", "list"): "MULTICHOICE_V",
    ("multiple_response", ""): "MULTIRESPONSE",
}


def write(stem: str, gaps: list[dict]) -> str:
    """The text with its gaps written back into their places."""
    return PLACE.sub(lambda match: _written(gaps, int(match[1])) or match[0], stem)


def _written(gaps: list[dict], place: int) -> str:
    if not 1 <= place <= len(gaps):
        return ""
    gap = gaps[place - 1]
    shown = "case" if gap.get("case") else gap.get("shown", "")
    rows = "~".join(map(_write_row, gap["answers"]))
    return f"{{{gap['weight']}:{_NAMES[gap['type'], shown]}:{rows}}}"


def _write_row(row: dict) -> str:
    text = _escape(row["text"]) if "text" in row else number_text(row)
    mark = "=" if row["fraction"] == "100" else f"%{row['fraction']}%"
    said = f"#{_escape(row['feedback'])}" if row["feedback"] else ""
    return f"{mark}{text}{said}"


def _escape(text: str) -> str:
    return _SIGNS.sub(lambda match: f"\\{match[0]}", html.escape(text, quote=False))


def number_text(row: dict) -> str:
    """An accepted range as "middle:tolerance", "*" for any number."""
    if row["low"] is None:
        return "*"
    low, high = Decimal(row["low"]), Decimal(row["high"])
    return f"{format((low + high) / 2, 'f')}:{format((high - low) / 2, 'f')}"
