"""Common Cartridge 1.0 to 1.3: what its manifest says of the files of an unpacked course.

Pages, links and discussion topics become units, in the order and under the titles of its
organization; questions go into the question bank (assessments/formats/package.py).
"""

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

MANIFEST = "imsmanifest.xml"
LARGEST_MANIFEST = 5 << 20  # bytes
BECOME_UNITS = ("imswl", "imsdt")  # beginnings of the types of links and of topics


@dataclass
class Cartridge:
    """What a manifest says; one without anything stands for a folder that has none."""

    titles: dict[str, str] = field(
        default_factory=dict
    )  # file -> title, in the order of the course
    types: dict[str, str] = field(default_factory=dict)  # file -> type of its resource
    broken: bool = False

    def refusal(self, file: str) -> str:
        """Why an .xml file becomes no unit, as a code of the report; "" where it does."""
        kind = self.types.get(file, "")
        if kind.startswith(BECOME_UNITS):
            return ""
        return "QUESTIONS" if "qti" in kind else "KIND"

    def place(self, file: str) -> int:
        """Where it stands in the course; what its organization does not name comes last."""
        return self._places.get(file, len(self._places))

    def __post_init__(self) -> None:
        self._places = {file: place for place, file in enumerate(self.titles)}


def read_cartridge(folder: Path) -> Cartridge:
    """The cartridge whose manifest lies in `folder`; `broken` where it cannot be read."""
    path = folder / MANIFEST
    if not path.is_file() or path.is_symlink():
        return Cartridge()
    if path.stat().st_size > LARGEST_MANIFEST:
        return Cartridge(broken=True)
    try:
        root = ElementTree.parse(path).getroot()
    except (ElementTree.ParseError, DefusedXmlException, ValueError):
        return Cartridge(broken=True)
    files: dict[str, str] = {}
    types: dict[str, str] = {}
    for resource in root.iterfind(".//{*}resource"):
        own = [
            resource.get("href") or "",
            *(each.get("href", "") for each in resource.iterfind("{*}file")),
        ]
        names = [unquote(name).replace("\\", "/").removeprefix("./") for name in own if name]
        if names:
            files[resource.get("identifier", "")] = names[0]
            types.update(dict.fromkeys(names, resource.get("type", "").strip().lower()))
    titles: dict[str, str] = {}
    for item in root.iterfind(".//{*}item"):
        if file := files.get(item.get("identifierref", "")):
            titles.setdefault(file, " ".join((item.findtext("{*}title") or "").split()))
    return Cartridge(titles, types)
