"""Commands in, frames out: the same JSON on every transport.

A command (commands.py) carries a client id; repeating it is always safe.
The answer is `ack{cid, seq, obj, dup}` or `nack{cid, code, reason, retry, retry_after}`.
A client repeats by itself only what has `retry: true`; all else keeps the text and says why.
"""

import hashlib
import json
from typing import Any, NamedTuple
from uuid import UUID

VERSION = 1
BODY_MIN, BODY_MAX = 10, 600
ANSWER_MAX = 4000
REASON_MAX = 300
POLL_MIN, POLL_MAX = 5, 300
OPTIONS_MIN, OPTIONS_MAX, OPTION_LETTERS = 2, 10, 100
HEARTBEAT = 15  # seconds; network address tables forget after 60
RETRYABLE = frozenset({"rate_limited", "paused", "try_again"})
STATUS = {
    "forbidden": 403,
    "unknown_question": 404,
    "unknown_poll": 404,
    "unknown_hand": 404,
    "closed": 409,
    "paused": 409,
    "conflict": 409,
    "rate_limited": 429,
    "try_again": 503,
}  # anything else: 422


class Nack(Exception):
    """A command that was refused, with a sentence for the person."""

    def __init__(
        self,
        code: str,
        reason: Any,
        *,
        retry_after: float | None = None,
        current: dict[str, Any] | None = None,
        field: str = "",
    ):
        super().__init__(code)
        self.code, self.reason, self.field = code, reason, field
        self.retry_after, self.current = retry_after, current

    @property
    def status(self) -> int:
        return STATUS.get(self.code, 422)

    def frame(self, cid: str | None) -> dict[str, Any]:
        frame: dict[str, Any] = {
            "t": "nack",
            "cid": cid,
            "code": self.code,
            "reason": str(self.reason),
            "retry": self.code in RETRYABLE,
        }
        if self.retry_after is not None:
            frame["retry_after"] = round(self.retry_after, 1)
        if self.current is not None:
            frame["current"] = self.current
        return frame


class Ack(NamedTuple):
    cid: str
    seq: int  # of the command's event; the head, where the command needs no event
    obj: int | None = None  # the question concerned
    dup: bool = False

    def frame(self) -> dict[str, Any]:
        return {"t": "ack", "cid": self.cid, "seq": self.seq, "obj": self.obj, "dup": self.dup}


def key_of(person_id: int, cid: UUID) -> str:
    """A question's name that a restore does not change, and that tells nothing of its asker."""
    return hashlib.sha256(f"{person_id}:{cid}".encode()).hexdigest()[:16]


def cid_of(data: Any) -> str | None:
    """The client id of whatever came in, to answer with, even when the rest is unreadable."""
    cid = data.get("cid") if isinstance(data, dict) else None
    return cid if isinstance(cid, str) and len(cid) <= 64 else None


def encode(frame: Any) -> str:
    return json.dumps(frame, ensure_ascii=False, separators=(",", ":"))
