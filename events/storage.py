"""Where materials lie. The migrations of this room name the function here."""

from people.storage import private_files

__all__ = ["private_files"]
