"""What one document becomes."""

from dataclasses import dataclass, field
from typing import Any

Piece = tuple[str, Any]


class RefusedError(Exception):
    """The file becomes no unit; str() is the code."""


@dataclass
class Unit:
    """What one document becomes."""

    title: str = ""
    summary: str = ""
    minutes: int = 0
    pieces: list[Piece] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def warn(self, code: str) -> None:
        if code not in self.warnings:
            self.warnings.append(code)
