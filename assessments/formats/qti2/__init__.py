"""QTI 2.0 to 2.2 and 3.0."""

from assessments.formats.qti2.item import BLOCKS, INLINE
from assessments.formats.qti2.reading import read

__all__ = [
    "BLOCKS",
    "INLINE",
    "read",
]
