"""An item taken apart: what it shows, and what it says to an answer. Pure."""

import html
import re

from assessments.formats.items import Draft
from assessments.formats.outcomes import (
    Outcome,
    Text,
)
from assessments.formats.qti2.declarations import Values, decimal
from assessments.formats.qti2.rules import Rules
from assessments.formats.rich import escape, from_html, plain_text
from assessments.formats.xml import Node

BLOCKS = {
    "choiceinteraction", "orderinteraction", "matchinteraction", "associateinteraction",
    "extendedtextinteraction", "uploadinteraction",
}  # fmt: skip
INLINE = {"inlinechoiceinteraction", "textentryinteraction"}
_FEEDBACK = {"feedbackinline", "feedbackblock", "modalfeedback"}


class Item:
    """An item taken apart: its text, its rules, its feedback."""

    def __init__(self, node: Node, body: Node, inline: list[Node]):
        self.places = {id(inner): place for place, inner in enumerate(inline, start=1)}
        self.rules = Rules(node)
        self.feedback = [
            (row.get("outcomeidentifier"), row.get("identifier"), row.get("showhide", "show"),
             plain_text(self._inside(row, within_feedback=True)))
            for row in node.all(*_FEEDBACK)
        ]  # fmt: skip
        self.guidance = " ".join(
            plain_text(self._inside(row)) for row in node.all("rubricblock")
            if "candidate" not in row.get("view", "candidate")
        )  # fmt: skip
        self.stem = from_html(self._inside(body))

    def text_of(self, node: Node) -> Text:
        return from_html(self._inside(node))

    def _inside(self, node: Node, *, within_feedback: bool = False) -> str:
        """What an element shows, as HTML, with a mark for each gap and without feedback."""
        return "".join(
            text_as_html(part, node)
            if isinstance(part, str)
            else self._source(part, within_feedback)
            for part in node.children
        )

    def _source(self, node: Node, within_feedback: bool) -> str:
        if id(node) in self.places:
            return f"[[{self.places[id(node)]}]]"
        if node.tag in _FEEDBACK and not within_feedback:
            return ""
        if node.tag == "rubricblock" and "candidate" not in node.get("view", "candidate"):
            return ""
        if node.tag in BLOCKS:
            prompt = node.first("prompt")
            return f"<p>{self._inside(prompt)}</p>" if prompt else ""
        if node.tag in ("stylesheet", "cataloginfo", "companionmaterialsinfo"):
            return ""
        href = f' href="{escape(node.get("href"))}"' if node.get("href") else ""
        inside = self._inside(node, within_feedback=within_feedback)
        return f"<{node.tag}{href}>{inside}</{node.tag}>" if node.tag != "br" else "<br>"

    def general(self, draft: Draft, outcomes: list[Outcome]) -> set[str]:
        """What is said to every answer becomes the general feedback; those texts."""
        common = set.intersection(*(set(outcome.feedback) for outcome in outcomes))
        draft.feedback = " ".join(
            text for text in dict.fromkeys(outcomes[0].feedback) if text in common
        )
        return common

    def run(self, answers: dict[str, Values]) -> Outcome:
        variables = self.rules.run_variables(answers)
        said = []
        for outcome, identifier, show, text in self.feedback:
            met = identifier in variables.get(outcome, [])
            if met == (show != "hide") and text:
                said.append(text)
        return Outcome(decimal(variables.get("SCORE", [])), said)


def text_as_html(text: str, within: Node) -> str:
    """A piece of text as HTML; only what is set as it stands keeps its line breaks."""
    return html.escape(text if within.tag == "pre" else re.sub(r"\s+", " ", text), quote=False)


def own_feedback(outcome: Outcome, common: set[str]) -> str:
    return " ".join(text for text in dict.fromkeys(outcome.feedback) if text not in common)
