"""Questions written as GIFT, Moodle XML or CSV, so that reading them back gives the same. Pure.

Each question is read back as it is written. One that would come back different is left out and
named, never written differently.
"""

from collections.abc import Callable, Iterable, Iterator

from assessments.formats.items import Item, Refusal
from assessments.formats.write.gift import write_gift
from assessments.formats.write.moodle import XML_HEAD, write_moodle
from assessments.formats.write.sameness import canonical, same
from assessments.formats.write.table import write_csv

FORMATS = ("gift", "moodle-xml", "csv")
NAMES = {"gift": "GIFT", "moodle-xml": "Moodle XML", "csv": "CSV"}
EXTENSIONS = {"gift": "gift", "moodle-xml": "xml", "csv": "csv"}


def write(
    items: Iterable[Item], form: str, *, refuse: Callable[[Refusal], None] = lambda _row: None
) -> Iterator[str]:
    """The file as pieces of text; `refuse` hears of what the format cannot hold."""
    return {"gift": write_gift, "moodle-xml": write_moodle, "csv": write_csv}[form](items, refuse)


__all__ = [
    "EXTENSIONS",
    "FORMATS",
    "NAMES",
    "XML_HEAD",
    "canonical",
    "same",
    "write",
]
