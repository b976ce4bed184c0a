"""HTML, which all the other kinds become."""

import re
from collections.abc import Callable, Iterator
from html import unescape
from itertools import groupby
from urllib.parse import urlsplit

import nh3
from bs4 import BeautifulSoup, PageElement, Tag

from courses.reading.units import Piece, RefusedError, Unit

HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
DROPPED = {"script", "style", "head", "title", "nav", "template", "noscript", "form", "button"}
ELSEWHERE = ["video", "audio", "iframe", "object", "embed"]
INLINE = {"a", "b", "strong", "i", "em", "code", "br", "span", "u", "s", "sub", "sup", "small"}
TEXTS = {*HEADINGS, "p", "ul", "ol", "dl", "hr"}  # these become part of a text
TEXT_TAGS = {"h2", "h3", "p", "b", "strong", "i", "em", "code", "ol", "ul", "li", "a", "br", "hr"}
READ_TAGS = {
    *TEXTS,
    *INLINE,
    *ELSEWHERE,
    "li",
    "dt",
    "dd",
    "img",
    "figure",
    "figcaption",
    "pre",
    "div",
} | {
    "table",
    "thead",
    "tbody",
    "tfoot",
    "tr",
    "th",
    "td",
    "blockquote",
    "section",
    "article",
}  # what else there is goes, and its words stay
READ_ATTRIBUTES = {
    "a": {"href"}, "img": {"src", "alt", "title"}, "code": {"class"}, "pre": {"class"},
    "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"},
}  # fmt: skip
TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
CLOSED_BY_ITSELF = set("area base br col embed hr img input link meta source track wbr".split()) | {
    "p", "li", "dt", "dd", "tr", "td", "th", "thead", "tbody", "tfoot", "option",
}  # fmt: skip
MOST_NESTED = 256
TITLE = re.compile(r"<title[^>]*>([^<]*)</title>", re.IGNORECASE)


def add_html(html: str, unit: Unit, picture: Callable[[str], str]) -> None:
    """Append the pieces of `html`; `picture` gives for a `src` the file that was kept."""
    if (named := TITLE.search(html)) and not unit.title:
        unit.title = " ".join(unescape(named[1]).split())
    _need_flat(html)
    # The same tree as a browser would make of it, without what runs.
    soup = BeautifulSoup(
        nh3.clean(
            html,
            tags=READ_TAGS,
            clean_content_tags=DROPPED,
            attributes=READ_ATTRIBUTES,
            link_rel=None,
            url_schemes={"http", "https", "mailto", "tel", "data"},
        ),
        "html.parser",
    )
    for tag in soup.find_all(ELSEWHERE):
        unit.warn("MEDIA_LEFT_OUT")
        tag.decompose()
    text: list[str] = []
    for kind, value in _blocks(soup, unit, picture):
        if kind == "html":
            text.append(value)
            continue
        _flush(text, unit)
        unit.pieces.append((kind, value))
    _flush(text, unit)


def _need_flat(html: str) -> None:
    """Refuse what is nested beyond reason: the time to read it grows with the square."""
    depth = 0
    for end, name in TAG.findall(html):
        if name.lower() not in CLOSED_BY_ITSELF:
            depth = max(0, depth - 1) if end else depth + 1
            if depth > MOST_NESTED:
                raise RefusedError("NESTED")


def _flush(text: list[str], unit: Unit) -> None:
    html = "".join(text).strip()
    text.clear()
    if html:
        unit.pieces.append(("text", html))


def _blocks(parent: Tag, unit: Unit, picture: Callable[[str], str]) -> Iterator[Piece]:
    """The parts of an element: ("html", …) for text, or a piece that is not text."""
    for loose, children in groupby(list(parent.children), _is_loose):
        if not loose:
            for child in children:
                if isinstance(child, Tag):
                    yield from _element(child, unit, picture)
            continue
        paragraph = Tag(name="p")
        for child in children:
            paragraph.append(child)
        yield from _text(paragraph, unit, picture)


def _is_loose(node: PageElement) -> bool:
    """Whether it stands in a line: words, and what marks words."""
    return not isinstance(node, Tag) or node.name in INLINE


def _element(tag: Tag, unit: Unit, picture: Callable[[str], str]) -> Iterator[Piece]:
    if tag.name == "table":
        if rows := _rows(tag, unit):
            yield "table", rows
    elif tag.name == "pre":
        yield "code", {"language": _language(tag), "code": tag.get_text().strip("\n")}
    elif tag.name == "img":
        yield from _image(tag, "", unit, picture)
    elif tag.name == "figure" and len(tag.find_all("img")) == 1:
        caption = tag.find("figcaption")
        words = caption.get_text(" ", strip=True) if caption else ""
        for image in tag.find_all("img"):
            yield from _image(image, words, unit, picture)
    elif tag.name in TEXTS:
        yield from _text(tag, unit, picture)
    else:
        yield from _blocks(tag, unit, picture)


def _text(tag: Tag, unit: Unit, picture: Callable[[str], str]) -> Iterator[Piece]:
    """A paragraph, heading or list; what cannot stand inside a text follows it."""
    inner = [part.extract() for part in tag.find_all(["img", "table", "pre"])]
    for link in tag.find_all("a"):
        address = str(link.get("href", ""))
        if urlsplit(address).scheme not in ("http", "https", "mailto", "tel"):
            if address and not address.startswith("#"):
                unit.warn("LINK_LEFT_OUT")
            link.unwrap()
    for term in tag.find_all(["dt", "dd"]):
        term.name = "li"
    if tag.name == "dl":
        tag.name = "ul"
    if tag.name == "hr" or tag.get_text(strip=True):
        yield "html", str(tag)
    for part in inner:
        if part.parent is None:
            yield from _element(part, unit, picture)


def _image(tag: Tag, caption: str, unit: Unit, picture: Callable[[str], str]) -> Iterator[Piece]:
    kept = picture(str(tag.get("src", "")))
    if kept:
        alt = str(tag.get("alt") or "").strip()[:400]
        need_alt(alt, unit)
        caption = (caption or str(tag.get("title") or ""))[:300]
        yield "image", {"src": kept, "alt": alt, "caption": caption}


def need_alt(alt: str, unit: Unit) -> None:
    if not alt.strip():
        unit.warn("PICTURE_WITHOUT_ALT")


def _rows(table: Tag, unit: Unit) -> list[list[str]]:
    """Plain cells, each row as long as the longest; a cell over several stands in its first."""
    rows: list[list[str]] = []
    for row in table.find_all("tr"):
        if row.find_parent("table") is not table:
            unit.warn("TABLE_IN_TABLE")
            continue
        cells: list[str] = []
        for cell in row.find_all(["td", "th"], recursive=False):
            cells.append(cell.get_text(" ", strip=True))
            wide = str(cell.get("colspan", "1"))
            if cell.has_attr("rowspan") or wide != "1":
                unit.warn("CELLS_PARTED")
            cells += [""] * (min(int(wide), 50) - 1 if wide.isdecimal() else 0)
        rows.append(cells)
    longest = max(map(len, rows), default=0)
    return [row + [""] * (longest - len(row)) for row in rows] if longest else []


def _language(pre: Tag) -> str:
    code = pre.find("code") or pre
    for name in code.get("class") or []:
        if name.startswith("language-"):
            return name.removeprefix("language-")[:30]
    return ""


def settle_headings(unit: Unit) -> None:
    """The first h1 is the title; the other headings become h2 and h3, none skipped."""
    texts = [
        (place, BeautifulSoup(value, "html.parser"))
        for place, (kind, value) in enumerate(unit.pieces)
        if kind == "text"
    ]
    headings = [tag for _place, soup in texts for tag in soup.find_all(HEADINGS)]
    if headings and headings[0].name == "h1":
        title = headings.pop(0)
        unit.title = title.get_text(" ", strip=True)
        title.decompose()
    levels = sorted({tag.name for tag in headings})
    for tag in headings:
        tag.name = "h2" if tag.name == levels[0] else "h3"
        tag.attrs = {}
    for place, soup in texts:
        unit.pieces[place] = ("text", _safe(str(soup)))
    unit.pieces = [piece for piece in unit.pieces if piece != ("text", "")]


def _safe(html: str) -> str:
    return nh3.clean(
        html, tags=TEXT_TAGS, attributes={"a": {"href"}}, link_rel=None,
        url_schemes={"http", "https", "mailto", "tel"},
    ).strip()  # fmt: skip
