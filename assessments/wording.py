"""Answers, right answers and feedback in words. Pure: the types of assessments/marking.py."""

from decimal import Decimal
from typing import Any

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from assessments.formats import cloze
from assessments.formats.report import best, number_text
from assessments.formats.rich import clean_html, escape, plain_text
from assessments.marking import matching_answer
from people.markup import render_markdown

GAP = "_____"


def rich(text: str, form: str = "plain") -> SafeString:
    """A text of a question as HTML that is safe to show."""
    if form == "markdown":
        html = render_markdown(text).strip()
        only = html.startswith("<p>") and html.count("<p>") == 1 and html.endswith("</p>")
        return mark_safe(html[3:-4] if only else html)  # noqa: S308 (cleaned there)
    if form == "html":
        return mark_safe(clean_html(text))  # noqa: S308 (cleaned there)
    return mark_safe(escape(text))  # noqa: S308 (escaped there)


def flat(text: str, form: str = "plain") -> str:
    """A text of a question without its markup."""
    if form == "markdown":
        return plain_text(str(render_markdown(text)))
    return plain_text(text) if form == "html" else text


def form_of(content: dict, row: dict | None = None) -> str:
    """The format of a question's texts, or of one answer's."""
    return (row or {}).get("format") or content.get("format", "plain")


def stem_in_words(stem: str, content: dict) -> str:
    return flat(cloze.PLACE.sub(GAP, stem) if "gaps" in content else stem, form_of(content))


def answer_in_words(kind: str, content: dict, answer: Any) -> str:
    """An answer as text; empty for none."""
    if answer is None:
        return ""
    if kind == "single_choice":
        return _text(content, content["answers"][answer])
    if kind == "multiple_response":
        return "; ".join(_text(content, content["answers"][index]) for index in answer)
    if kind == "true_false":
        return _("True") if answer else _("False")
    if kind == "matching":
        lefts = [pair[0] for pair in content["pairs"]]
        return "; ".join(f"{x} → {y or '?'}" for x, y in zip(lefts, answer, strict=False))
    if kind == "ordering":
        return _in_order(content["items"], answer)
    if kind == "cloze":
        gaps = zip(content["gaps"], answer, strict=False)
        return "; ".join(answer_in_words(gap["type"], gap, given) or "?" for gap, given in gaps)
    if kind == "file" and isinstance(answer, dict):
        return answer["name"]
    return str(answer)


def _in_order(items: list[str], places: list[int]) -> str:
    """Items behind the places that somebody gave them; those without one stand last."""
    given = [place or len(items) + 1 for place in places]
    rows = sorted(zip(given, items, strict=False), key=lambda row: row[0])
    return "; ".join(f"{p}. {item}" if p <= len(items) else f"? {item}" for p, item in rows)


def right_in_words(kind: str, content: dict) -> str:
    """What earns full marks; empty where people judge that."""
    if kind == "true_false":
        return _("True") if content["answer"] else _("False")
    if kind == "matching":
        return "; ".join(f"{left} → {right}" for left, right in content["pairs"])
    if kind == "ordering":
        return _in_order(content["items"], list(range(1, len(content["items"]) + 1)))
    if kind == "cloze":
        return "; ".join(right_in_words(gap["type"], gap) for gap in content["gaps"])
    if kind == "numerical":
        return _range(best(content["answers"]))
    rows = [row for row in content.get("answers", []) if Decimal(row["fraction"]) > 0]
    return "; ".join(_text(content, row) for row in rows)


def _range(row: dict) -> str:
    if row["low"] is None or row["low"] == row["high"]:
        return number_text(row)
    return f"{row['low']} – {row['high']}"


def _text(content: dict, row: dict) -> str:
    return flat(row["text"], form_of(content, row))


def feedback_to(kind: str, content: dict, answer: Any) -> SafeString:
    """What the author says to this answer; the general feedback comes beside it."""
    if answer is None:
        return SafeString("")
    if kind == "true_false":
        name = "feedback_right" if answer is content["answer"] else "feedback_wrong"
        return rich(content[name], form_of(content))
    if kind == "cloze":
        gaps = zip(content["gaps"], answer, strict=False)
        told = [feedback_to(gap["type"], gap, given) for gap, given in gaps]
    elif kind == "multiple_response":
        told = [_said(content, content["answers"][index]) for index in answer]
    else:
        met = matching_answer(kind, content, answer)
        told = [_said(content, met)] if met else []
    return mark_safe(" ".join(filter(None, told)))  # noqa: S308 (each is safe)


def _said(content: dict, row: dict) -> SafeString:
    return rich(row["feedback"], row.get("feedback_format") or form_of(content, row))
