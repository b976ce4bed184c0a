"""Characters: those that no database keeps and no page shows, those that people type over."""

import re
import secrets

READABLE = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # none that is read as another

# Control characters but tab and line feed, and lone surrogates: databases refuse some, no
# page shows any. Right-to-left and joining marks are letters' neighbours and stay.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x9f\ud800-\udfff]")


def one_newline(text: str) -> str:
    """`text` with line ends as one line feed: browsers send two characters."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def control_characters(text: str) -> int:
    """How many characters of `text` can be neither shown nor stored."""
    return len(_CONTROL.findall(one_newline(text)))


def without_control(text: str) -> str:
    return _CONTROL.sub("", one_newline(text))


def readable_code(length: int) -> str:
    """Letters and digits drawn by chance, for people to read off and type."""
    return "".join(secrets.choice(READABLE) for _place in range(length))
