"""Texts as QTI 1.2 writes them. Pure."""

from assessments.formats.outcomes import (
    Text,
    join,
)
from assessments.formats.rich import escape, from_html
from assessments.formats.xml import Node


def material_text(node: Node) -> Text:
    parts = []
    for child in node.all("mattext", "matemtext", "matbreak"):
        if child.tag == "matbreak":
            parts.append(("\n", "plain"))
            continue
        text = child.text().strip()
        kind = child.get("texttype", "text/plain").lower()
        inner = child.elements()
        if inner:  # XHTML that stands in the file as elements
            text, kind = "".join(map(_source, child.children)), "text/html"
        if "html" in kind or ("<" in text and ">" in text and "</" in text):
            parts.append(from_html(text))
        else:
            parts.append((text, "plain"))
    return join(parts, " ")


def _source(part: "Node | str") -> str:
    if isinstance(part, str):
        return escape(part)
    inside = "".join(map(_source, part.children))
    return f"<{part.tag}>{inside}</{part.tag}>"
