"""Markdown that people typed -> HTML that is safe to show; and code with its parts marked.

CommonMark with tables and bare links, no raw HTML; nh3 is a second wall behind the parser.
Code is highlighted on the server with classes, which a strict content policy allows.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.lexers.special import TextLexer
from pygments.util import ClassNotFound

_TAGS = set(
    "p br hr h2 h3 h4 h5 h6 ul ol li blockquote pre code em strong s a table thead tbody tr th td"
    " span div".split()
)
_ATTRIBUTES = {
    "a": {"href", "title"},
    "span": {"class"},
    "div": {"class", "tabindex"},
    "ol": {"start"},
    "th": {"scope"},
}
_FORMATTER = HtmlFormatter(nowrap=True)
MENTION = re.compile(r"((?<![\w@/.])@[A-Za-z][A-Za-z0-9-]{2,19}\b)")
LONGEST_HIGHLIGHT = 20_000  # letters; longer code is shown plain


def highlight_code(code: str, language: str = "") -> SafeString:
    """Code as a scrollable block with its parts marked, where the language is known."""
    try:
        lexer = get_lexer_by_name(language.strip().lower()) if language else TextLexer()
    except ClassNotFound:
        lexer = TextLexer()
    if len(code) > LONGEST_HIGHLIGHT:
        lexer = TextLexer()
    marked = highlight(code, lexer, _FORMATTER)
    # Everything in `marked` was escaped by the formatter.
    return mark_safe(f'<div class="code" tabindex="0"><pre><code>{marked}</code></pre></div>')  # noqa: S308


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "linkify": True, "breaks": True})
    parser.enable(["table", "strikethrough", "linkify"])
    for name in ("fence", "code_block"):
        parser.add_render_rule(name, _code)
    for name in ("table_open", "table_close"):
        parser.add_render_rule(name, _table)
    # A post stands under the headings of its page: its own begin at the third level.
    for name in ("heading_open", "heading_close"):
        parser.add_render_rule(name, _lower_heading)
    # Pictures are attachments, never addresses elsewhere: no third-party request.
    parser.disable("image")
    return parser


def _code(renderer, tokens, index, options, env) -> str:
    token = tokens[index]
    return highlight_code(token.content, token.info.split(" ")[0])


def _table(renderer, tokens, index, options, env) -> str:
    """A table wider than a phone scrolls by itself, by keyboard too."""
    if tokens[index].nesting == 1:
        return '<div class="table-scroll" tabindex="0"><table>\n'
    return "</table></div>\n"


def _lower_heading(renderer, tokens, index, options, env) -> str:
    token = tokens[index]
    token.tag = f"h{min(6, int(token.tag[1]) + 2)}"
    return renderer.renderToken(tokens, index, options, env)


def _link_people(tokens: list[Token], people: Mapping[str, str]) -> None:
    """Make links of the `@id` in texts that name somebody of `people`; never in code or links."""
    for block in tokens:
        depth, pieces = 0, []
        for token in block.children or []:
            depth += token.nesting if token.type.startswith("link_") else 0
            named = token.type == "text" and not depth
            pieces += _with_links(token, people) if named else [token]
        if block.children:
            block.children = pieces


def _with_links(token: Token, people: Mapping[str, str]) -> list[Token]:
    pieces: list[Token] = []
    for part in MENTION.split(token.content):
        address = people.get(part[1:].upper()) if part.startswith("@") else None
        words = Token("text", "", 0, content=part, level=token.level)
        if address is None:
            pieces.append(words)
        else:
            link = Token("link_open", "a", 1, attrs={"href": address}, level=token.level)
            pieces += [link, words, Token("link_close", "a", -1, level=token.level)]
    return pieces


def render_markdown(text: str, *, people: Mapping[str, str] | None = None) -> SafeString:
    """HTML of `text`; links open nothing by themselves and carry no endorsement.

    `people` gives the address of each id, in capital letters, that `@id` leads to.
    """
    parser = _parser()
    env: dict[str, Any] = {}
    tokens = parser.parse(text.replace("\x00", ""), env)
    if people:
        _link_people(tokens, people)
    html = parser.renderer.render(tokens, parser.options, env)
    clean = nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow noopener noreferrer ugc",
    )
    return mark_safe(clean)  # noqa: S308 (nh3 has cleaned it)
