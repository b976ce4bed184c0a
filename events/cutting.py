"""Opens and cuts a PDF, confined: `python -m events.cutting check|cut …` (people/confined.py)."""

import sys
from pathlib import Path

import pypdfium2 as pdfium
from PIL import Image

from people.confined import confine, say
from people.pdfs import UnopenedError, clean, open_pdf

LARGE, SMALL, TALLEST = 1200, 480, 2400  # pixels


def check(path: str) -> dict:
    """How many pages there are, or why the file cannot be opened: "locked" or "broken"."""
    try:
        return {"pages": len(open_pdf(path))}
    except UnopenedError as error:
        return {"refused": str(error)}


def cut(document: pdfium.PdfDocument, number: int, folder: Path) -> dict:
    """Page `number` (from 1) as text and as two pictures in `folder`."""
    page = document[number - 1]
    width, height = page.get_size()
    scale = min(LARGE / max(width, 1), TALLEST / max(height, 1))
    large = page.render(scale=scale).to_pil().convert("RGB")
    small = large.resize(
        (max(1, round(large.width * SMALL / LARGE)), max(1, round(large.height * SMALL / LARGE))),
        Image.Resampling.LANCZOS,
    )
    for picture, name in ((large, "large"), (small, "small")):
        picture.save(folder / f"{number:04}-{name}.webp", quality=78, method=3)
    text = page.get_textpage().get_text_bounded()
    return {"number": number, "text": clean(text), "width": large.width, "height": large.height}


def main(arguments: list[str]) -> None:
    confine()
    order, path, *rest = arguments
    if order == "check":
        say(check(path))
        return
    folder, numbers = Path(rest[0]), [int(number) for number in rest[1:]]
    document = pdfium.PdfDocument(path)
    for number in numbers:
        say(cut(document, number, folder))


if __name__ == "__main__":
    main(sys.argv[1:])
