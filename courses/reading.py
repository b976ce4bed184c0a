"""Reads documents that become units, confined: `python -m courses.reading ROOT OUT FILE…`.

Says for each file, in one line (people/confined.py): {"file", "title", "summary", "minutes",
"pieces": [[kind, value]], "warnings": [code]}, or {"file", "refused": code}. `pieces` are those
of courses/markdown.py; the `src` of a picture is a file below OUT that was found to be one.
No file outside of ROOT is opened, and nothing is fetched.
"""

import base64
import binascii
import io
import re
import sys
import warnings
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from html import unescape
from itertools import count, groupby
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import mammoth
import nh3
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_raw
import yaml
from bs4 import BeautifulSoup, PageElement, Tag
from defusedxml import ElementTree
from django.utils.html import escape
from PIL import Image

from courses.markdown import pieces as pieces_of_markdown
from people.confined import confine, say
from people.pdfs import UnopenedError, clean, open_pdf

LARGEST = 200 << 20  # bytes of one document once it is unpacked
LARGEST_PICTURE = 10 << 20
MOST_PIXELS = 40_000_000
PICTURES = {"PNG": "png", "JPEG": "jpg", "GIF": "gif", "WEBP": "webp"}
FRONT_MATTER = re.compile(r"\A---\n(.*?)\n---\n(.*)\Z", re.DOTALL)
OLE = b"\xd0\xcf\x11\xe0"  # an old .doc, and a .docx with a password
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
STYLES = """
p[style-name='Title'] => h1:fresh
p[style-name='Code'] => pre:separator('\\n')
p[style-name='HTML Preformatted'] => pre:separator('\\n')
p[style-name='Preformatted Text'] => pre:separator('\\n')
"""
BULLET = re.compile(r"\A[•◦▪‣·*–-]\s+")
Piece = tuple[str, Any]


class RefusedError(Exception):
    """The file becomes no unit; str() is the code."""


@dataclass
class Unit:
    """What one document becomes."""

    title: str = ""
    summary: str = ""
    minutes: int = 0
    pieces: list[Piece] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def warn(self, code: str) -> None:
        if code not in self.warnings:
            self.warnings.append(code)


class Pictures:
    """Takes the pictures of documents out of them, into files of their own."""

    def __init__(self, root: Path, out: Path):
        self.root, self.out, self.numbers = root, out, count(1)

    def beside(self, document: Path, src: str, unit: Unit) -> str:
        """The picture that `document` names; "" with a warning where it is none."""
        if src.startswith("data:"):
            return self._embedded(src, unit)
        address = urlsplit(src)
        if address.scheme or address.netloc:
            unit.warn("PICTURE_ELSEWHERE")
            return ""
        path = (document.parent / unquote(address.path)).resolve()
        if not path.is_relative_to(self.root) or not path.is_file():
            unit.warn("PICTURE_MISSING")
            return ""
        if path.stat().st_size > LARGEST_PICTURE:
            unit.warn("PICTURE_LARGE")
            return ""
        return self.keep(path.read_bytes(), unit, stem=path.stem)

    def _embedded(self, src: str, unit: Unit) -> str:
        try:
            content = base64.b64decode(src.partition(",")[2], validate=True)
        except binascii.Error:
            unit.warn("PICTURE_BROKEN")
            return ""
        return self.keep(content, unit)

    def keep(self, content: bytes, unit: Unit, *, stem: str = "picture") -> str:
        if len(content) > LARGEST_PICTURE:
            unit.warn("PICTURE_LARGE")
            return ""
        try:
            extension = _kind_of_picture(content)
        except RefusedError as refusal:
            unit.warn(str(refusal))
            return ""
        path = self.out / f"{next(self.numbers):05}-{stem[:60]}.{extension}"
        path.write_bytes(content)
        return str(path)


def _kind_of_picture(content: bytes) -> str:
    if b"<svg" in content[:2000]:
        try:
            root = ElementTree.fromstring(content, forbid_dtd=False)
        except (ElementTree.ParseError, ValueError) as error:
            raise RefusedError("PICTURE_BROKEN") from error
        if root.tag.endswith("}svg"):
            return "svg"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(content))
            if picture.format not in PICTURES:
                raise RefusedError("PICTURE_KIND")
            if picture.width * picture.height > MOST_PIXELS:
                raise RefusedError("PICTURE_LARGE")
            picture.load()
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise RefusedError("PICTURE_LARGE") from error
    except (OSError, ValueError, SyntaxError) as error:  # what Pillow raises for a broken one
        known = content[:4] not in (b"\x01\x00\x00\x00", b"\xd7\xcd\xc6\x9a")  # EMF, WMF
        raise RefusedError("PICTURE_BROKEN" if known else "PICTURE_KIND") from error
    return PICTURES[picture.format]


# --- HTML: what all the others become --------------------------------------------------------


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
        _need_alt(alt, unit)
        caption = (caption or str(tag.get("title") or ""))[:300]
        yield "image", {"src": kept, "alt": alt, "caption": caption}


def _need_alt(alt: str, unit: Unit) -> None:
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


# --- One reader for each kind of file --------------------------------------------------------


def read_html(path: Path, unit: Unit, pictures: Pictures) -> None:
    html = _decoded(path)
    add_html(html, unit, lambda src: pictures.beside(path, src, unit))


def read_markdown(path: Path, unit: Unit, pictures: Pictures) -> None:
    source = _decoded(path)
    if match := FRONT_MATTER.match(source):
        _head(match[1], unit)
        source = match[2]
    for piece in pieces_of_markdown(source):
        if piece.kind == "text":
            add_html(str(piece.value), unit, lambda src: pictures.beside(path, src, unit))
        elif piece.kind == "image" and isinstance(piece.value, dict):
            src = pictures.beside(path, piece.value["src"], unit)
            if src:
                _need_alt(piece.value["alt"], unit)
                unit.pieces.append(("image", piece.value | {"src": src}))
        else:
            unit.pieces.append((piece.kind, piece.value))


def _head(source: str, unit: Unit) -> None:
    try:
        head = yaml.safe_load(source)
    except yaml.YAMLError:
        head = None
    if not isinstance(head, dict):
        unit.warn("HEAD_UNREADABLE")
        return
    unit.title = str(head.get("title") or "")
    unit.summary = str(head.get("summary") or "")[:400]
    minutes = head.get("minutes")
    unit.minutes = minutes if isinstance(minutes, int) and 0 < minutes < 1000 else 0


def _decoded(path: Path) -> str:
    content = path.read_bytes()
    if len(content) > LARGEST:
        raise RefusedError("TOO_LARGE")
    try:
        text = content.decode(
            "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
        )
    except UnicodeDecodeError as error:
        raise RefusedError("NOT_UTF8") from error
    return text.replace("\x00", "").replace("\r\n", "\n")


def read_docx(path: Path, unit: Unit, pictures: Pictures) -> None:
    with path.open("rb") as file:
        if file.read(4) == OLE:
            raise RefusedError("LOCKED")
        try:
            with zipfile.ZipFile(file) as archive:
                if sum(info.file_size for info in archive.infolist()) > LARGEST:
                    raise RefusedError("TOO_LARGE")

            def keep(image) -> dict[str, str]:
                with image.open() as opened:
                    return {"src": pictures.keep(opened.read(), unit)}

            done = mammoth.convert_to_html(
                file, style_map=STYLES, convert_image=mammoth.images.img_element(keep)
            )
        except (zipfile.BadZipFile, KeyError, OSError, ValueError, SyntaxError) as error:
            raise RefusedError("BROKEN") from error
    add_html(done.value, unit, str)


def read_pdf(path: Path, unit: Unit, pictures: Pictures) -> None:
    try:
        document = open_pdf(str(path))
    except UnopenedError as error:
        raise RefusedError(str(error).upper()) from error
    lines = [line for number in range(len(document)) for line in _lines(document[number])]
    if not any(text for _size, text in lines):
        raise RefusedError("NO_TEXT")
    unit.warn("PDF_TEXT_ONLY")
    usual = Counter(size for size, text in lines for _letter in text).most_common(1)[0][0]
    add_html("".join(_paragraphs(lines, usual)).replace("</ul><ul>", ""), unit, str)


def _lines(page: pdfium.PdfPage) -> Iterator[tuple[int, str]]:
    """Each line of a page with the size of its letters; an empty one between paragraphs."""
    textpage = page.get_textpage()
    place = 0
    for line in textpage.get_text_range().split("\n"):
        size = round(pdfium_raw.FPDFText_GetFontSize(textpage.raw, place))
        place += len(line) + 1
        yield size, clean(line)
    yield 0, ""


def _paragraphs(lines: list[tuple[int, str]], usual: int) -> Iterator[str]:
    """HTML of the lines: larger letters are a heading, a dot or dash before it an item."""
    waiting: list[str] = []
    largest = max(size for size, _line in lines)
    for size, line in [*lines, (0, "")]:
        heading, item = size > usual * 1.15, BULLET.match(line)
        if waiting and (not line or heading or item):
            yield f"<p>{escape(' '.join(waiting))}</p>"
            waiting = []
        if line and heading:
            level = 1 if size == largest else 2
            yield f"<h{level}>{escape(line)}</h{level}>"
        elif item:
            yield f"<ul><li>{escape(line[item.end() :])}</li></ul>"
        elif line:
            waiting.append(line)


READERS = {
    ".docx": read_docx, ".htm": read_html, ".html": read_html, ".md": read_markdown,
    ".pdf": read_pdf,
}  # fmt: skip


def read(path: Path, pictures: Pictures) -> dict:
    """What `path` becomes, or the code of why it does not."""
    unit = Unit()
    try:
        if not path.stat().st_size:
            raise RefusedError("EMPTY")
        READERS[path.suffix.lower()](path, unit, pictures)
        settle_headings(unit)
        if not unit.pieces:
            raise RefusedError("EMPTY")
    except RefusedError as refusal:
        return {"refused": str(refusal)}
    except RecursionError:
        return {"refused": "NESTED"}
    except MemoryError:
        return {"refused": "TOO_LARGE"}
    unit.title = unit.title[:255]
    return asdict(unit)


def main(arguments: list[str]) -> None:
    confine()
    root, out, *files = arguments
    pictures = Pictures(Path(root).resolve(), Path(out))
    for file in files:
        say({"file": file, **read(pictures.root / file, pictures)})


if __name__ == "__main__":
    main(sys.argv[1:])
