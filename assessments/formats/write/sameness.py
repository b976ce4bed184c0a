"""Whether two items say the same. Pure."""

from dataclasses import replace

from assessments.formats.items import Item, Read, Refusal, Refused
from assessments.formats.rich import from_html


def same(left: Item, right: Read) -> bool:
    """Whether two items say the same, wherever in their files they stand."""
    return isinstance(right, Item) and canonical(left) == canonical(right)


def canonical(item: Item) -> Item:
    """An item whose HTML is written as the bank writes it, without its place in a file."""
    content = dict(item.content)
    form = content.pop("format", "plain")
    stem, shown = _settled(item.stem, form)
    if shown != "plain":
        content["format"] = shown
    if "answers" in content:
        content["answers"] = [_row(row, form, shown) for row in content["answers"]]
    return replace(item, n=0, line=0, stem=stem, content=content)


def _settled(text: str, form: str) -> tuple[str, str]:
    try:
        return from_html(text) if form == "html" else (text, form)
    except Refused:
        return text, form


def _row(row: dict, form: str, shown: str) -> dict:
    """An answer with its formats as they differ from those of the text shown above it."""
    if "text" not in row:
        return row
    own, said = row.get("format", form), row.get("feedback_format", row.get("format", form))
    text, own = _settled(row["text"], own)
    feedback, said = _settled(row["feedback"], said)
    new = {"text": text, "fraction": row["fraction"], "feedback": feedback}
    new |= {"format": own} if own != shown else {}
    return new | ({"feedback_format": said} if feedback and said != own else {})


def comes_back(item: Item, back: list[Read]) -> bool:
    """Whether what was read back is the one item, whose shelf is written apart."""
    only = back[0] if len(back) == 1 else None
    return isinstance(only, Item) and same(item, replace(only, category=item.category))


def unfit(item: Item, form: str) -> Refusal:
    message = f"“{item.shown_title}” has something that {form} cannot hold."
    return Refusal(item.n, item.line, "NOT_IN_FORMAT", message)
