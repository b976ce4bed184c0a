"""Opens and cuts a PDF in a process of its own: `python -m events.cutting check|cut …`.

A PDF comes from outside and its reader is a large C++ program. So it runs without the
site's settings, memory or database, under limits of the operating system, and says what
it found as one JSON document a line. Whoever started it may kill it at any line.
"""

import json
import resource
import sys
from pathlib import Path

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_raw
from PIL import Image

MEMORY = 1 << 30  # bytes of address space
CPU_SECONDS = 120
LARGE, SMALL, TALLEST = 1200, 480, 2400  # pixels
LONGEST_TEXT = 20_000  # letters of one page


def check(path: str) -> dict:
    """How many pages there are, or why the file cannot be opened: "locked" or "broken"."""
    try:
        document = pdfium.PdfDocument(path)
        pages = len(document)
        if pages:
            document[0].get_size()
    except pdfium.PdfiumError as error:
        locked = error.err_code == pdfium_raw.FPDF_ERR_PASSWORD
        return {"refused": "locked" if locked else "broken"}
    return {"pages": pages} if pages else {"refused": "broken"}


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


def clean(text: str) -> str:
    """Text that every database keeps: no NUL, no half letters, plain line ends."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "").replace("\ufffe", "")
    text = text.encode("utf-8", "ignore").decode("utf-8")
    return text[:LONGEST_TEXT].strip()


def main(arguments: list[str]) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    order, path, *rest = arguments
    if order == "check":
        say(check(path))
        return
    folder, numbers = Path(rest[0]), [int(number) for number in rest[1:]]
    document = pdfium.PdfDocument(path)
    for number in numbers:
        say(cut(document, number, folder))


def say(found: dict) -> None:
    sys.stdout.write(json.dumps(found) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
