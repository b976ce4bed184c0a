"""Questions that stand below the text: choice, order, pairs, essay, file. Pure."""

from assessments.formats.items import Draft, Refused, answer
from assessments.formats.outcomes import (
    as_true_false,
    flat,
    option,
    shares,
    weights,
)
from assessments.formats.qti2.declarations import Declaration
from assessments.formats.qti2.item import Item, own_feedback
from assessments.formats.xml import Node


def _choice(item: Item, draft: Draft, node: Node) -> None:
    row = item.rules.declaration(node)
    choices = {c.get("identifier"): item.text_of(c) for c in node.elements("simplechoice")}
    if not choices:
        raise Refused("ANSWERS_MISSING", "There is nothing to choose from.")
    outcomes = {name: item.run({row.identifier: [name]}) for name in choices}
    common = item.general(draft, list(outcomes.values()))
    scores = {name: outcome.score for name, outcome in outcomes.items()}
    many = row.cardinality == "multiple"
    if many:
        right = [v for v in row.correct if v in choices] or [
            key for key, value, _exact in row.entries if value > 0 and key in choices
        ]
        marks, exact = weights(
            scores, right, lambda chosen: item.run({row.identifier: chosen}).score
        )
        draft.type = "multiple_response"
        draft.content |= {"exact": True} if exact else {}
    else:
        marks = shares(scores)
        draft.type = "single_choice"
    draft.content["answers"] = [
        option(text, marks[name], own_feedback(outcomes[name], common), item.stem[1])
        for name, text in choices.items()
    ]
    if not many:
        as_true_false(draft)


def _order(item: Item, draft: Draft, node: Node) -> None:
    row = item.rules.declaration(node)
    choices = {c.get("identifier"): flat(item.text_of(c)) for c in node.elements("simplechoice")}
    if sorted(row.correct) != sorted(choices):
        raise Refused("ORDER", "The file does not say which order of all items is right.")
    full = item.run({row.identifier: row.correct})
    if full.score <= 0:
        raise Refused("NO_RIGHT_ANSWER", "No answer earns full marks.")
    item.general(draft, [full, item.run({row.identifier: row.correct[::-1]})])
    draft.type = "ordering"
    draft.content |= {"items": [choices[name] for name in row.correct], "exact": True}


def _match(item: Item, draft: Draft, node: Node) -> None:
    sets = [
        {c.get("identifier"): flat(item.text_of(c)) for c in part.elements()}
        for part in node.elements("simplematchset")
    ]
    if len(sets) != 2:
        raise Refused("PAIR", "Matching needs two sets.")
    row = item.rules.declaration(node)
    _pairs(item, draft, row, *sets)


def _associate(item: Item, draft: Draft, node: Node) -> None:
    """Pairs out of one set: the first of each is asked, the others are offered."""
    row = item.rules.declaration(node)
    choices = {
        c.get("identifier"): flat(item.text_of(c)) for c in node.elements("simpleassociablechoice")
    }
    firsts = [key.split()[0] for key in _right_pairs(row) if key.split()]
    lefts = {name: choices[name] for name in firsts if name in choices}
    rights = {name: text for name, text in choices.items() if name not in lefts}
    _pairs(item, draft, row, lefts, rights)


def _right_pairs(row: Declaration) -> list[str]:
    return row.correct or [key for key, value, _exact in row.entries if value > 0]


def _pairs(
    item: Item, draft: Draft, row: Declaration, lefts: dict[str, str], rights: dict[str, str]
) -> None:
    keys = [key.split() for key in _right_pairs(row)]
    if any(len(key) != 2 for key in keys):
        raise Refused("PAIR", "A right pair does not have two sides.")
    if [left for left, _right in keys] != list(dict.fromkeys(left for left, _right in keys)):
        keys = [[right, left] for left, right in keys]  # several rights to a left: ask the rights
        lefts, rights = rights, lefts
    asked = [left for left, _right in keys]
    if sorted(asked) != sorted(lefts) or any(right not in rights for _left, right in keys):
        raise Refused("PAIR", "Not every item on one side has exactly one partner.")
    full = item.run({row.identifier: _right_pairs(row)}).score
    if full <= 0:
        raise Refused("NO_RIGHT_ANSWER", "No answer earns full marks.")
    alone = [item.run({row.identifier: [key]}).score for key in _right_pairs(row)]
    draft.type = "matching"
    used = {right for _left, right in keys}
    draft.content |= {
        "pairs": [[lefts[left], rights[right]] for left, right in keys],
        "extra": [text for name, text in rights.items() if name not in used],
    }
    if abs(sum(alone) - full) > full / 100:
        draft.content["exact"] = True
    elif len(set(alone)) > 1:
        draft.content["weights"] = [answer("", score / full * 100)["fraction"] for score in alone]
    item.general(draft, [item.run({row.identifier: [key]}) for key in _right_pairs(row)])


def _essay(item: Item, draft: Draft, _node: Node) -> None:
    draft.type = "essay"
    item.general(draft, [item.run({})])
    if item.guidance:
        draft.content["guidance"] = item.guidance


def _upload(item: Item, draft: Draft, node: Node) -> None:
    _essay(item, draft, node)
    draft.type = "file"


BLOCK_READERS = {
    "choiceinteraction": _choice,
    "orderinteraction": _order,
    "matchinteraction": _match,
    "associateinteraction": _associate,
    "extendedtextinteraction": _essay,
    "uploadinteraction": _upload,
}
