"""What an import says of each question, as plain data. Pure."""

from decimal import Decimal
from typing import Any

from assessments.formats.items import Item, plain

# In this contract, what people mark goes by one name.
_TYPES = {"file": "essay", "observation": "essay"}


def taken(item: Item) -> dict[str, Any]:
    """An item as the command's JSON shows it; docs/guides/questions.md says what is what."""
    content = item.content
    return {
        "n": item.n,
        "line": item.line,
        "type": _TYPES.get(item.type, item.type),
        "title": item.shown_title,
        "stem": item.stem,
        "answers": [_answer(row) for row in _answers(item)],
        "pairs": _pairs(item),
        "tolerance": _tolerance(content.get("answers", [])),
        "feedback": item.feedback,
    }


def _answer(row: dict) -> dict[str, Any]:
    text = row["text"] if "text" in row else number_text(row)
    return {"text": text, "fraction": float(row["fraction"]), "feedback": row.get("feedback", "")}


def _answers(item: Item) -> list[dict]:
    content = item.content
    if item.type == "true_false":
        right, wrong = content["feedback_right"], content["feedback_wrong"]
        return [
            {"text": word, "fraction": "100" if said == content["answer"] else "0",
             "feedback": right if said == content["answer"] else wrong}
            for word, said in (("TRUE", True), ("FALSE", False))
        ]  # fmt: skip
    if item.type == "ordering":
        share = plain((Decimal(100) / len(content["items"])).quantize(Decimal("0.00001")))
        return [{"text": text, "fraction": share} for text in content["items"]]
    if item.type == "cloze":
        return [row for gap in content["gaps"] for row in gap["answers"]]
    if item.type == "observation":
        return [{"text": row["text"], "fraction": "0"} for row in content["criteria"]]
    return content.get("answers", [])


def _pairs(item: Item) -> list[list[str]]:
    content = item.content
    if item.type == "cloze":  # which answer belongs to which place
        return [
            [f"[[{place}]]", _answer(best(gap["answers"]))["text"]]
            for place, gap in enumerate(content["gaps"], start=1)
        ]
    extra = [["", right] for right in content.get("extra", [])]
    return [*content.get("pairs", []), *extra]


def best(rows: list[dict]) -> dict:
    """The answer that earns most, the first of equals."""
    return max(rows, key=lambda row: Decimal(row["fraction"]))


def number_text(row: dict) -> str:
    """The middle of an accepted range, "*" for any number."""
    if row["low"] is None:
        return "*"
    return plain((Decimal(row["low"]) + Decimal(row["high"])) / 2)


def _tolerance(rows: list[dict]) -> float | None:
    """How far from the best number an answer may lie."""
    ranges = [row for row in rows if row.get("low") is not None]
    if not ranges:
        return None
    row = best(ranges)
    return float((Decimal(row["high"]) - Decimal(row["low"])) / 2)
