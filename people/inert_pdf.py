"""A PDF written anew, confined: `python -m people.inert_pdf FILE OUT` (people/confined.py).

Says {"pages": n}, or {"refused": "locked" | "broken" | "long" | "large"}. Each page becomes a
drawing on a new page: text, fonts and pictures stay. What a document can do besides being read
is left behind with the old one: scripts, actions, links, forms, notes, attached files. A filled
form keeps what it shows.
"""

import sys
from io import BytesIO
from pathlib import Path

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_raw

from people.confined import confine, say
from people.pdfs import UnopenedError, open_pdf

MOST_PAGES = 60
LARGEST = 20 * 2**20  # bytes written: what several pages share is written for each of them


def written_anew(path: str, out: str) -> dict:
    """Write the pages of `path` to `out`; how many, or why not."""
    try:
        document = open_pdf(path)
    except UnopenedError as error:
        return {"refused": str(error)}
    if len(document) > MOST_PAGES:
        return {"refused": "long"}
    fresh = pdfium.PdfDocument.new()
    try:
        for number in range(len(document)):
            _draw(document, number, fresh)
        fresh.save(content := BytesIO())
    except pdfium.PdfiumError:
        return {"refused": "broken"}
    if content.tell() > LARGEST:
        return {"refused": "large"}
    Path(out).write_bytes(content.getbuffer())
    return {"pages": len(fresh)}


def _draw(document: pdfium.PdfDocument, number: int, fresh: pdfium.PdfDocument) -> None:
    """A new page that shows page `number` (from 0), upright as it was."""
    page = document[number]
    if pdfium_raw.FPDFPage_Flatten(page.raw, pdfium_raw.FLAT_NORMALDISPLAY) == 0:
        raise pdfium.PdfiumError("What a form or a note shows cannot be drawn into its page.")
    left, bottom, right, top = page.get_cropbox()
    turned = page.get_rotation()
    drawing = document.page_as_xobject(number, fresh).as_pageobject()
    drawing.transform(pdfium.PdfMatrix().translate(-left, -bottom))
    new = fresh.new_page(right - left, top - bottom)
    new.insert_obj(drawing)
    new.set_rotation(turned)
    new.gen_content()


def main(arguments: list[str]) -> None:
    confine()
    say(written_anew(*arguments))


if __name__ == "__main__":
    main(sys.argv[1:])
