"""Pictures taken out of documents, into files of their own."""

import base64
import binascii
import io
import warnings
from itertools import count
from pathlib import Path
from urllib.parse import unquote, urlsplit

from defusedxml import ElementTree
from PIL import Image

from courses.reading.units import RefusedError, Unit

LARGEST_PICTURE = 10 << 20
FILES_OF_CARTRIDGE = "$IMS-CC-FILEBASE$"
MOST_PIXELS = 40_000_000
PICTURES = {"PNG": "png", "JPEG": "jpg", "GIF": "gif", "WEBP": "webp"}


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
        path = self._path(document, unquote(address.path))
        if not path.is_relative_to(self.root) or not path.is_file():
            unit.warn("PICTURE_MISSING")
            return ""
        if path.stat().st_size > LARGEST_PICTURE:
            unit.warn("PICTURE_LARGE")
            return ""
        return self.keep(path.read_bytes(), unit, stem=path.stem)

    def _path(self, document: Path, name: str) -> Path:
        """Beside the document, or in the folder that a cartridge keeps its files in."""
        if name.startswith(FILES_OF_CARTRIDGE):
            name = name.removeprefix(FILES_OF_CARTRIDGE).lstrip("/")
            in_folder = (self.root / "web_resources" / name).resolve()
            if in_folder.is_file():
                return in_folder
        return (document.parent / name).resolve()

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
