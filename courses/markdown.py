"""A unit written in markdown -> the blocks of a unit. Pure: no database.

CommonMark with tables, and four things on a line of their own: an image, a fenced code
block (in the language `letter` a text to send, whose lines wrap), a callout (`> [!NOTE]`,
`> [!TIP]`, `> [!WARNING]`), and `{{check: QUESTION}}` or `{{quiz}}`. What stands between
them becomes text blocks.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token

PARSER = MarkdownIt("commonmark", {"html": False}).enable("table")
CHECK = re.compile(r"\{\{check:\s*([\w-]+)\s*\}\}")
QUIZ = re.compile(r"\{\{quiz\}\}")
CALLOUT = re.compile(r"\[!(NOTE|TIP|WARNING)\]\s*")


@dataclass(frozen=True)
class Piece:
    """One block: its kind and value as plain data, images and questions still by name."""

    kind: str  # text, image, code, callout, table, check, quiz
    value: dict | str | list


def pieces(source: str) -> list[Piece]:
    """The pieces of a unit in their order."""
    found: list[Piece] = []
    text: list[Token] = []
    for tokens in _top_level(PARSER.parse(source)):
        piece = _special(tokens)
        if piece is None:
            text.extend(tokens)
            continue
        found += _as_text(text)
        text = []
        found.append(piece)
    return found + _as_text(text)


def _as_text(tokens: list[Token]) -> list[Piece]:
    return [Piece("text", _html(tokens))] if tokens else []


def _html(tokens: list[Token]) -> str:
    return PARSER.renderer.render(tokens, PARSER.options, {}).strip()


def _top_level(tokens: list[Token]) -> Iterator[list[Token]]:
    """Tokens in groups, each one whole element of the top level."""
    group: list[Token] = []
    depth = 0
    for token in tokens:
        group.append(token)
        depth += token.nesting
        if depth == 0:
            yield group
            group = []


def _special(tokens: list[Token]) -> Piece | None:
    first = tokens[0]
    if first.type == "fence":
        return Piece("code", {"language": first.info.strip(), "code": first.content.rstrip("\n")})
    if first.type == "table_open":
        return Piece("table", _table(tokens))
    if first.type == "blockquote_open":
        return _callout(tokens)
    if first.type == "paragraph_open":
        return _line(tokens[1])
    return None


def _line(inline: Token) -> Piece | None:
    content = inline.content.strip()
    if match := CHECK.fullmatch(content):
        return Piece("check", match[1])
    if QUIZ.fullmatch(content):
        return Piece("quiz", "")
    children = inline.children or []
    if len(children) == 1 and children[0].type == "image":
        image = children[0]
        return Piece(
            "image",
            {
                "src": str(image.attrs["src"]),
                "alt": image.content,
                "caption": str(image.attrs.get("title") or ""),
            },
        )
    return None


def _callout(tokens: list[Token]) -> Piece | None:
    inline = next((token for token in tokens if token.type == "inline"), None)
    match = CALLOUT.match(inline.content) if inline else None
    if not inline or not match:
        return None
    body = inline.content[match.end() :]
    replaced = PARSER.parseInline(body)[0]
    inline.content, inline.children = body, replaced.children
    return Piece("callout", {"kind": match[1].lower(), "text": _html(tokens[1:-1])})


def _table(tokens: list[Token]) -> list[list[str]]:
    """Rows of plain cells, the header first."""
    rows: list[list[str]] = []
    for token in tokens:
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline":
            rows[-1].append(_plain(token))
    return rows


def _plain(inline: Token) -> str:
    kept = ("text", "code_inline")
    parts = [
        " " if child.type in ("softbreak", "hardbreak") else child.content
        for child in inline.children or []
        if child.type in (*kept, "softbreak", "hardbreak")
    ]
    return "".join(parts)
