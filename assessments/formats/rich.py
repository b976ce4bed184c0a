"""HTML of question files -> text that the bank keeps. Pure.

Paragraphs and line breaks become plain text. Where more carries meaning (emphasis, lists,
tables, code, raised and lowered signs) the HTML stays, cleaned. Pictures, sound and formulas
in MathML cannot be carried over yet: the question is refused by name rather than maimed.
"""

import html
import re
from html.parser import HTMLParser

import nh3

from assessments.formats.items import Refused, visible

_MEANT = set(
    "a b strong i em u s del ins code pre kbd samp var sub sup ul ol li dl dt dd table caption"
    " thead tbody tfoot tr th td blockquote h1 h2 h3 h4 h5 h6 hr small mark q cite abbr dfn".split()
)
_MEDIA = {"img", "audio", "video", "object", "embed", "iframe", "svg", "canvas", "picture", "map"}
_HIDDEN = {"script", "style"}
_SIGNS = {"sup": "^", "sub": "_"}  # 10 raised to 3 must not read 103
_BLOCKS = {"p", "div", "li", "tr", "pre", "blockquote", "table", "ul", "ol", "dl", "dt", "dd",
           "h1", "h2", "h3", "h4", "h5", "h6", "hr"}  # fmt: skip
CLEAN_TAGS = _MEANT | {"p", "br"}
CLEAN_ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}, "th": {"scope"}, "abbr": {"title"}}
_EMPTY_PARAGRAPH = re.compile(r"<p>(?:\s|&nbsp;|<br>)*</p>")


class _Reader(HTMLParser):
    """Collects the tags met and the plain reading of the text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.parts: list[str] = []
        self.skipped = self.kept = 0

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        if tag == "br":
            self.parts.append("\n")
        elif tag in _BLOCKS:
            self.parts.append("\n\n")
        if tag in _SIGNS:
            self.parts.append(_SIGNS[tag])
        if tag == "pre":
            self.kept += 1
        if tag in _HIDDEN:
            self.skipped += 1

    def handle_endtag(self, tag):
        if tag in _BLOCKS:
            self.parts.append("\n\n")
        if tag == "pre":
            self.kept -= 1
        if tag in _HIDDEN and self.skipped:
            self.skipped -= 1

    def handle_data(self, data):
        if not self.skipped:
            self.parts.append(data if self.kept > 0 else re.sub(r"[ \t\r\n\f]+", " ", data))


def _read(source: str) -> _Reader:
    reader = _Reader()
    reader.feed(source)
    reader.close()
    return reader


def plain_text(source: str) -> str:
    """The text of HTML as a person reads it, without its tags."""
    text = "".join(_read(source).parts).replace("\u00a0", " ")
    lines = [line.strip() for line in visible(text).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def from_html(source: str) -> tuple[str, str]:
    """HTML as (text, format): "plain" where paragraphs and breaks say all, else "html"."""
    tags = _read(source).tags
    if tags & _MEDIA:
        name = min(tags & _MEDIA)
        raise Refused("MEDIA", f"The question shows a picture or plays media (<{name}>).")
    if "math" in tags:
        raise Refused("MATH", "The question holds a formula in MathML.")
    if not tags & _MEANT:
        return plain_text(source), "plain"
    return clean_html(source), "html"


def clean_html(source: str) -> str:
    """HTML that is safe to show on a page of ours, whatever it came from."""
    cleaned = nh3.clean(
        source,
        tags=CLEAN_TAGS,
        attributes=CLEAN_ATTRIBUTES,
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow noopener noreferrer ugc",
    )
    return visible(_EMPTY_PARAGRAPH.sub("", cleaned))


def escape(text: str) -> str:
    """Plain text as HTML."""
    return html.escape(text, quote=False).replace("\n", "<br>")
