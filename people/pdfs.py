"""A PDF as it is opened in a confined process (people/confined.py)."""

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_raw

LONGEST_TEXT = 20_000  # letters of one page


class UnopenedError(Exception):
    """The file cannot be opened; str() is "locked" or "broken"."""


def open_pdf(path: str) -> pdfium.PdfDocument:
    """The document, whose first page can be read; UnopenedError says why it is none."""
    try:
        document = pdfium.PdfDocument(path)
        if not len(document):
            raise UnopenedError("broken")
        document[0].get_size()
    except pdfium.PdfiumError as error:
        locked = error.err_code == pdfium_raw.FPDF_ERR_PASSWORD
        raise UnopenedError("locked" if locked else "broken") from error
    return document


def clean(text: str) -> str:
    """Text that every database keeps: no NUL, no half letters, plain line ends."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "").replace("\ufffe", "")
    text = text.encode("utf-8", "ignore").decode("utf-8")
    return text[:LONGEST_TEXT].strip()
