"""What may stand in a text that people type: pure rules over plain strings."""

import hashlib
import json
import re
from collections.abc import Mapping

LONGEST_POST = 20_000  # letters, as the others
LONGEST_TITLE = 200
LONGEST_TAG = 30

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


def fingerprint(content: Mapping[str, object]) -> str:
    """A hash of what a client sent under one cid, to tell a repeat from a reuse."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
