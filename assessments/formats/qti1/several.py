"""Items with several responses: matching, or a text with gaps. Pure."""

from assessments.formats.items import (
    Draft,
    Refused,
    answer,
)
from assessments.formats.outcomes import (
    Text,
    flat,
    join,
    shares,
)
from assessments.formats.qti1.item import Item
from assessments.formats.qti1.material import material_text
from assessments.formats.qti1.single import (
    asks_number,
    general_feedback,
    labels_of,
    number_rows,
    text_rows,
)
from assessments.formats.report import number_text
from assessments.formats.xml import Node


def read_several(item: Item, draft: Draft) -> None:
    """Pairs where each response has a text of its own and all offer the same; else gaps."""
    lists = [labels_of(row) for row in item.responses]
    lefts = [_left(row) for row in item.responses]
    offered = [sorted(flat(label) for label in labels.values()) for labels in lists]
    if all(lefts) and all(offered) and all(row == offered[0] for row in offered):
        _match_each(item, draft, lists, lefts)
        return
    draft.type = "cloze"
    draft.content["gaps"] = [_gap(item, draft, row) for row in item.responses]
    _weigh(item, draft.content["gaps"])
    draft.stem, form = _with_places(item, draft)
    draft.content.pop("format", None)
    if form != "plain":
        draft.content["format"] = form


def _left(response: Node) -> str:
    parts = [material_text(row) for row in response.elements("material")]
    return flat(join(parts, " "))


def _match_each(item: Item, draft: Draft, lists: list[dict], lefts: list[str]) -> None:
    pairs = []
    for response, labels, left in zip(item.responses, lists, lefts, strict=True):
        scores = {name: item.rules.run({response.get("ident"): [name]}).score for name in labels}
        best = max(scores, key=lambda name: scores[name])
        if scores[best] <= 0:
            raise Refused("PAIR", f"The file does not say what fits “{left[:40]}”.")
        pairs.append([left, flat(labels[best])])
    used = {right for _left_, right in pairs}
    offered = dict.fromkeys(flat(label) for label in lists[0].values())
    draft.type = "matching"
    draft.content |= {"pairs": pairs, "extra": [text for text in offered if text not in used]}
    general_feedback(item, draft, [item.rules.run({})])


def _gap(item: Item, draft: Draft, response: Node) -> dict:
    if response.tag == "response_grp":
        raise Refused("GAP_TYPE", "A group of pairs cannot stand inside a text.")
    if response.tag == "response_lid":
        ident, labels = response.get("ident"), labels_of(response)
        marks = shares({name: item.rules.run({ident: [name]}).score for name in labels})
        rows = [answer(flat(labels[name]), marks[name]) for name in labels]
        if item.kind.startswith("fill_in_multiple_blanks"):
            return {"type": "short_answer", "weight": 1, "answers": rows, "case": False}
        return {"type": "single_choice", "weight": 1, "answers": rows}
    if asks_number(item, response):
        rows = number_rows(item, draft, response)
        return {"type": "numerical", "weight": 1, "answers": rows}
    rows, case = text_rows(item, draft, response)
    if not rows:
        raise Refused("NO_RIGHT_ANSWER", "A gap has no right answer.")
    return {"type": "short_answer", "weight": 1, "answers": rows, "case": case}


def _weigh(item: Item, gaps: list[dict]) -> None:
    """Gaps that earn more than others weigh more, where their marks are whole numbers."""
    earned = []
    for response, gap in zip(item.responses, gaps, strict=True):
        ident = response.get("ident")
        chosen = list(labels_of(response)) if response.tag == "response_lid" else []
        typed = [number_text(row) if "low" in row else row["text"].strip("*")
                 for row in gap["answers"]]  # fmt: skip
        earned.append(max(item.rules.run({ident: [v]}).score for v in chosen or typed))
    least = min(earned)
    if least > 0 and len(set(earned)) > 1 and all(score % least == 0 for score in earned):
        for gap, score in zip(gaps, earned, strict=True):
            gap["weight"] = min(999, int(score / least))


def _with_places(item: Item, draft: Draft) -> Text:
    """The text with [[1]], [[2]] for the gaps; Canvas names them [name] in the text."""
    text, named = draft.stem, 0
    for place, response in enumerate(item.responses, start=1):
        name = f"[{response.get('ident').removeprefix('response_')}]"
        if name in text:
            text, named = text.replace(name, f"[[{place}]]", 1), named + 1
    return (text, item.form) if named == len(item.responses) else item.marked()
