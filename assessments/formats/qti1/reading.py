"""QTI 1.2: one XML file of items, alone or in a Common Cartridge. Pure.

What earns marks is found by running the item's own response processing on each possible
answer, as a player would; so it does not matter in which of the many ways it is written.
"""

from collections.abc import Iterator
from functools import partial
from typing import BinaryIO

from assessments.formats.items import (
    Draft,
    Read,
    Refused,
    attempt,
)
from assessments.formats.qti1.item import Item, metadata_of
from assessments.formats.qti1.several import read_several
from assessments.formats.qti1.single import (
    asks_number,
    general_feedback,
    read_choice,
    read_groups,
    read_number,
    read_ordering,
    read_text,
)
from assessments.formats.xml import Node, records

_REFUSED = {
    "response_xy": "HOTSPOT", "response_extension": "EXTENSION", "render_hotspot": "HOTSPOT",
    "render_slider": "SLIDER", "render_extension": "EXTENSION", "matimage": "MEDIA",
    "mataudio": "MEDIA", "matvideo": "MEDIA", "matapplet": "MEDIA", "matapplication": "MEDIA",
    "material_ref": "REFERENCE", "mat_extension": "EXTENSION",
}  # fmt: skip
_SENTENCES = {
    "HOTSPOT": "Points on a picture cannot be asked here.",
    "SLIDER": "A slider cannot be asked here.",
    "EXTENSION": "The question uses an extension of the format that nobody else knows.",
    "MEDIA": "The question shows a picture or plays media.",
    "REFERENCE": "The question borrows its text from elsewhere in the file.",
}
_UNTITLED = {"root_section", "root section", "", "main"}


def read(file: BinaryIO) -> Iterator[Read]:
    """The items of a QTI 1.2 file, one at a time, taken or refused."""
    bank = ""
    n = 0
    for node in records(file, "item", "qtimetadata"):
        if node.tag == "qtimetadata":
            bank = metadata_of(node).get("bank_title", bank)
            continue
        n += 1
        yield attempt(n, node.line, partial(_draft, node, bank))


def _category(node: Node, bank: str) -> str:
    titles = [bank] if bank else []
    for outer in node.path:
        title = outer.get("title").strip()
        if outer.tag in ("assessment", "objectbank", "section") and (
            title.lower() not in _UNTITLED
        ):
            titles.append(title.replace("/", "//"))
    return "/".join(dict.fromkeys(titles))


def _draft(node: Node, bank: str) -> Draft:
    if node.fault:
        raise node.fault
    presentation = node.first("presentation")
    if presentation is None:
        raise Refused("STEM_MISSING", "The item shows nothing.")
    for inner in presentation.all(*_REFUSED):
        code = _REFUSED[inner.tag]
        raise Refused(code, f"{_SENTENCES[code]} (<{inner.tag}>)")
    item = Item(node, presentation)
    draft = Draft("description", item.stem, title=node.get("title"))
    draft.category = _category(node, bank)
    if item.form != "plain":
        draft.content["format"] = item.form
    _read_responses(item, draft)
    return draft


def _read_responses(item: Item, draft: Draft) -> None:
    if not item.responses:
        general_feedback(item, draft, [item.rules.run({})])
        return
    if len(item.responses) > 1:
        read_several(item, draft)
        return
    only = item.responses[0]
    ordered = only.get("rcardinality").lower() == "ordered"
    if only.tag == "response_grp":
        read_groups(item, draft, only)
    elif only.tag == "response_lid" and ordered:
        read_ordering(item, draft, only)
    elif only.tag == "response_lid":
        read_choice(item, draft, only)
    elif asks_number(item, only):
        read_number(item, draft, only)
    else:
        read_text(item, draft, only)
