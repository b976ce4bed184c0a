"""QTI 1.2."""

from assessments.formats.qti1.reading import read

__all__ = [
    "read",
]
