"""QTI 2.0 to 2.2 and 3.0: one XML file for each item. Pure.

`xml.short` gives both the same names. As with QTI 1.2, what earns marks is found by running
the response processing of the item on each possible answer; an expression that this reader
does not know refuses the item instead of guessing.
"""

from collections.abc import Iterator
from functools import partial
from typing import BinaryIO

from assessments.formats.items import Draft, Read, Refused, attempt
from assessments.formats.qti2.blocks import BLOCK_READERS
from assessments.formats.qti2.gaps import read_gaps
from assessments.formats.qti2.item import BLOCKS, INLINE, Item
from assessments.formats.xml import Node, records


def read(file: BinaryIO) -> Iterator[Read]:
    """The items of a QTI 2 or 3 file, taken or refused; there is nearly always one."""
    for n, node in enumerate(records(file, "assessmentitem"), start=1):
        yield attempt(n, node.line, partial(_draft, node))


def _draft(node: Node) -> Draft:
    if node.fault:
        raise node.fault
    body = node.first("itembody")
    if body is None:
        raise Refused("STEM_MISSING", "The item shows nothing.")
    _refuse_special(node, body)
    found = [inner for inner in body.all() if inner.tag.endswith("interaction")]
    blocks = [inner for inner in found if inner.tag in BLOCKS]
    inline = [inner for inner in found if inner.tag in INLINE]
    for inner in found:
        if inner.tag not in BLOCKS | INLINE:
            raise Refused("INTERACTION", f"A <{inner.tag}> cannot be asked here.")
    if len(blocks) > 1 or (blocks and inline):
        raise Refused("COMPOSITE", "The item asks several questions in one.")
    item = Item(node, body, inline)
    draft = Draft("description", item.stem[0], title=node.get("title") or node.get("identifier"))
    if item.stem[1] != "plain":
        draft.content["format"] = item.stem[1]
    if blocks:
        BLOCK_READERS[blocks[0].tag](item, draft, blocks[0])
    elif inline:
        read_gaps(item, draft, inline)
    else:
        item.general(draft, [item.rules.run({})])
    return draft


def _refuse_special(node: Node, body: Node) -> None:
    if node.get("adaptive") in ("true", "1"):
        raise Refused("ADAPTIVE", "The item changes while it is answered.")
    if any(node.elements("templatedeclaration", "templateprocessing")):
        raise Refused("TEMPLATE", "The item makes up its numbers anew for each person.")
    if any(node.all("printedvariable", "templateblock", "templateinline")):
        raise Refused("TEMPLATE", "The text of the item shows a variable.")
    if any(node.elements("assessmentstimulusref")) or any(body.all("include")):
        raise Refused("REFERENCE", "The item borrows a text from another file.")
