"""What may stand in a text that people type: pure rules over plain strings."""

import hashlib
import json
from collections.abc import Mapping

LONGEST_POST = 20_000  # letters, as the others
LONGEST_TITLE = 200
LONGEST_TAG = 30


def fingerprint(content: Mapping[str, object]) -> str:
    """A hash of what a client sent under one cid, to tell a repeat from a reuse."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
