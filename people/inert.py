"""Files from outside, kept so that no browser and no program runs them.

Whatever comes in, only what we wrote ourselves is kept. A picture is drawn anew (its hidden
data, such as the place where it was taken, is gone), a log or configuration is kept as UTF-8
text, and a PDF, where it is asked for, is written anew (people/inert_pdf.py). Everything else is
refused.
"""

import tempfile
import warnings
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from people.confined import findings
from people.inert_pdf import MOST_PAGES
from people.letters import control_characters, without_control

PICTURE = "picture"
TEXT = "text"
PDF = "pdf"
LARGEST_PICTURE = 10 * 2**20  # bytes, of a PDF too
LARGEST_TEXT = 2**20
MOST_PIXELS = 40_000_000
LONGEST_SIDE = 1600  # of a picture as it is kept
PDF_SECONDS = 20
FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
ENDINGS = {PICTURE: "webp", TEXT: "txt", PDF: "pdf"}  # of what is kept
TYPES = {PICTURE: "image/webp", TEXT: "text/plain; charset=utf-8", PDF: "application/pdf"}
_ESCAPES = str.maketrans("", "", "\x1b\x08\x0c")  # colours and pages of a terminal


class FileRefusedError(Exception):
    """Why a file is not taken; the message is for people."""


class Kept(NamedTuple):
    """What is kept of a file."""

    kind: str
    data: bytes
    width: int | None = None
    height: int | None = None

    @property
    def ending(self) -> str:
        return ENDINGS[self.kind]


def reading(data: bytes, name: str, *, pdf: bool = False) -> Kept:
    """What we keep of a file that was sent; FileRefusedError says why we do not.

    A PDF is taken only where `pdf` says so: it takes a process of its own and up to 20 seconds,
    so no transaction may be open.
    """
    if not data:
        raise FileRefusedError(_("%(name)s is empty.") % {"name": name})
    if len(data) > LARGEST_PICTURE:
        raise FileRefusedError(_("%(name)s is larger than 10 MB.") % {"name": name})
    if _begins_as_picture(data):
        return _picture(data, name)
    if pdf and data.startswith(b"%PDF"):
        return _pdf(data, name)
    return _text(data, name)


def _begins_as_picture(data: bytes) -> bool:
    webp = data[:4] == b"RIFF" and data[8:12] == b"WEBP"
    return webp or data.startswith((b"\x89PNG", b"\xff\xd8\xff", b"GIF8"))


def _picture(data: bytes, name: str) -> Kept:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture = Image.open(BytesIO(data), formats=FORMATS)
        # The size stands in the first bytes: a bomb is refused before it is unpacked.
        if picture.width * picture.height > MOST_PIXELS:
            raise FileRefusedError(
                _("%(name)s has more than 40 million pixels. Make it smaller.") % {"name": name}
            )
        picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
        upright = ImageOps.exif_transpose(picture)
        mode = "RGBA" if upright.has_transparency_data else "RGB"
        drawn = upright.convert(mode)
        drawn.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        clean = Image.new(mode, drawn.size)
        clean.paste(drawn)
        out = BytesIO()
        clean.save(out, "WEBP", quality=82, method=4)
    except FileRefusedError:
        raise
    except (OSError, ValueError, SyntaxError, MemoryError, Image.DecompressionBombError) as error:
        raise FileRefusedError(
            _("%(name)s is no picture that can be read.") % {"name": name}
        ) from error
    return Kept(PICTURE, out.getvalue(), *clean.size)


def _text(data: bytes, name: str) -> Kept:
    if len(data) > LARGEST_TEXT:
        raise FileRefusedError(
            _("%(name)s is larger than 1 MB. Cut out the part that matters.") % {"name": name}
        )
    utf16 = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        text = data.decode("utf-16" if utf16 else "utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    if control_characters(text.translate(_ESCAPES)):
        raise FileRefusedError(
            _(
                "%(name)s is neither a picture (PNG, JPEG, WebP, GIF) nor a text such as a log or "
                "a configuration."
            )
            % {"name": name}
        )
    return Kept(TEXT, without_control(text).encode())


def _pdf(data: bytes, name: str) -> Kept:
    with tempfile.TemporaryDirectory() as folder:
        came, out = Path(folder) / "came.pdf", Path(folder) / "out.pdf"
        came.write_bytes(data)
        done = findings("people.inert_pdf", str(came), str(out), seconds=PDF_SECONDS)
        refused = next((found.get("refused") for found, _child in done), "broken")
        if refused:
            raise FileRefusedError(_refusals()[refused] % {"name": name, "most": MOST_PAGES})
        return Kept(PDF, out.read_bytes())


def _refusals() -> dict[str, str]:
    return {
        "locked": _("%(name)s asks for a password. Save it without one."),
        "broken": _("%(name)s is no PDF that can be read. Export it once more."),
        "long": _("%(name)s has more than %(most)d pages. Hand in those that matter."),
        "large": _("%(name)s is too large once it is written anew. Shrink its pictures."),
    }


def shown(name: str) -> str:
    """The name of a file as a page shows it: no path, one line, not too long."""
    last = PurePosixPath(without_control(name).replace("\\", "/")).name
    return " ".join(last.split())[-120:] or "file"
