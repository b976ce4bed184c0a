"""What a service asks whoever files a request: plain values, lines of text, form fields.

A lead writes one question a line, `Label | kind | choice; choice`. A star after the label makes
it needed. Answers are kept with the label that they answered: a changed service changes no
request that was filed.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from forums.forms import TypedField
from people.fields import DayInput

KINDS = ("line", "text", "number", "date", "yesno", "choice")
MOST = 12
LONGEST_LABEL = 120
LONGEST_LINE = 300
LONGEST_TEXT = 4_000


class QuestionError(ValueError):
    """A line that says no question; the message names the line and what is wrong."""


@dataclass(frozen=True)
class Question:
    label: str
    kind: str = "line"
    needed: bool = False
    choices: tuple[str, ...] = ()


def from_rows(rows: Sequence[dict[str, Any]]) -> list[Question]:
    """The questions as a service keeps them."""
    return [Question(**row | {"choices": tuple(row["choices"])}) for row in rows]


def to_rows(questions: Sequence[Question]) -> list[dict[str, Any]]:
    return [asdict(question) | {"choices": list(question.choices)} for question in questions]


def parse(text: str) -> list[Question]:
    """The questions that the lines of `text` say. QuestionError for a line that says none."""
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1)]
    questions = [_parse_line(number, line) for number, line in lines if line]
    if len(questions) > MOST:
        raise QuestionError(_("At most %(most)d questions.") % {"most": MOST})
    if len({question.label for question in questions}) < len(questions):
        raise QuestionError(_("Two questions have the same label."))
    return questions


def _parse_line(number: int, line: str) -> Question:
    label, kind, choices = ([part.strip() for part in line.split("|")] + ["", ""])[:3]
    needed, label = label.endswith("*"), label.removesuffix("*").strip()
    options = tuple(dict.fromkeys(filter(None, (one.strip() for one in choices.split(";")))))
    kind = kind or "line"
    wrong = ""
    if line.count("|") > 2:
        wrong = _("more than two bars")
    elif not label or len(label) > LONGEST_LABEL:
        wrong = _("a label has 1 to %(most)d letters") % {"most": LONGEST_LABEL}
    elif kind not in KINDS:
        wrong = _("the kind is one of %(kinds)s") % {"kinds": ", ".join(KINDS)}
    elif (kind == "choice") != (len(options) > 1):
        wrong = _("a choice, and only a choice, names two or more possibilities")
    if wrong:
        raise QuestionError(_("Line %(number)d: %(wrong)s.") % {"number": number, "wrong": wrong})
    return Question(label, kind, needed, options)


def to_text(questions: Sequence[Question]) -> str:
    """The lines from which `parse` makes `questions` again."""
    lines = []
    for question in questions:
        parts = [question.label + ("*" if question.needed else "")]
        if question.choices:
            parts += [question.kind, "; ".join(question.choices)]
        elif question.kind != "line":
            parts.append(question.kind)
        lines.append(" | ".join(parts))
    return "\n".join(lines)


def form_field(question: Question) -> forms.Field:
    """The field of a page that asks `question`."""
    common: dict[str, Any] = {"label": question.label, "required": question.needed}
    if question.kind == "text":
        area = forms.Textarea(attrs={"rows": 4})
        return TypedField(max_length=LONGEST_TEXT, widget=area, **common)
    if question.kind == "number":
        return forms.DecimalField(max_digits=12, decimal_places=3, **common)
    if question.kind == "date":
        return forms.DateField(widget=DayInput, **common)
    if question.kind in ("choice", "yesno"):
        options = question.choices or (_("Yes"), _("No"))
        choices = [(option, option) for option in options]
        if not question.needed:
            choices.insert(0, ("", _("Not said")))
        return forms.ChoiceField(choices=choices, widget=forms.RadioSelect, **common)
    return TypedField(max_length=LONGEST_LINE, one_line=True, **common)


def told(value: Any) -> str:
    """What was answered, as it is kept and shown; "" for nothing."""
    if value in (None, ""):
        return ""
    return date_format(value, "j F Y") if isinstance(value, date) else str(value)
