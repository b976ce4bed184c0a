"""One reader for each kind of file."""

import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import mammoth
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_raw
import yaml
from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException
from django.utils.html import escape

from courses.markdown import pieces as pieces_of_markdown
from courses.reading.html import add_html, need_alt
from courses.reading.pictures import Pictures
from courses.reading.units import RefusedError, Unit
from people.pdfs import UnopenedError, clean, open_pdf

LARGEST = 200 << 20  # bytes of one document once it is unpacked
LARGEST_PART = 5 << 20  # bytes of a link or topic of a cartridge
FRONT_MATTER = re.compile(r"\A---\n(.*?)\n---\n(.*)\Z", re.DOTALL)
OLE = b"\xd0\xcf\x11\xe0"  # an old .doc, and a .docx with a password
STYLES = """
p[style-name='Title'] => h1:fresh
p[style-name='Code'] => pre:separator('\\n')
p[style-name='HTML Preformatted'] => pre:separator('\\n')
p[style-name='Preformatted Text'] => pre:separator('\\n')
"""
BULLET = re.compile(r"\A[•◦▪‣·*–-]\s+")


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
                need_alt(piece.value["alt"], unit)
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


def read_part_of_cartridge(path: Path, unit: Unit, pictures: Pictures) -> None:
    """A link or a discussion topic (IMS Common Cartridge: imswl, imsdt)."""
    if path.stat().st_size > LARGEST_PART:
        raise RefusedError("TOO_LARGE")
    try:
        root = ElementTree.parse(path).getroot()
    except (ElementTree.ParseError, DefusedXmlException, ValueError) as error:
        raise RefusedError("BROKEN") from error
    unit.title = " ".join((root.findtext("{*}title") or "").split())
    if root.tag.endswith("webLink"):
        url = root.find("{*}url")
        address = (url.get("href") or "").strip() if url is not None else ""
        if urlsplit(address).scheme not in ("http", "https"):
            raise RefusedError("LINK")
        add_html(
            f'<p><a href="{escape(address)}">{escape(unit.title or address)}</a></p>', unit, str
        )
        return
    text = root.find("{*}text")
    words = (text.text or "") if text is not None else ""
    html = words if text is not None and text.get("texttype") == "text/html" else escape(words)
    add_html(html, unit, lambda src: pictures.beside(path, src, unit))


READERS = {
    ".docx": read_docx, ".htm": read_html, ".html": read_html, ".md": read_markdown,
    ".pdf": read_pdf, ".xml": read_part_of_cartridge,
}  # fmt: skip
