"""Commands in, frames out: the same JSON on every transport.

A command names its kind in `t` and carries a client id; repeating it is always safe.
The answer is `ack{cid, seq, obj, dup}` or `nack{cid, code, reason, retry, retry_after}`.
A client repeats by itself only what has `retry: true`; all else keeps the text and says why.
"""

import hashlib
import json
from typing import Annotated, Any, ClassVar, Literal, NamedTuple
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
)

VERSION = 1
BODY_MIN, BODY_MAX = 10, 600
ANSWER_MAX = 4000
REASON_MAX = 300
HEARTBEAT = 15  # seconds; network address tables forget after 60
RETRYABLE = frozenset({"rate_limited", "paused", "try_again"})
STATUS = {
    "forbidden": 403,
    "unknown_question": 404,
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


def _storable(text: str) -> str:
    """PostgreSQL stores no NUL, and nobody half a surrogate pair (an error that is a ValueError).

    Other control characters carry nothing that a reader could see.
    """
    text.encode()
    if any(ord(letter) < 32 and letter not in "\n\t" for letter in text):
        raise ValueError("control characters")
    return text


def _stripped(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


Text = Annotated[str, AfterValidator(_stripped), AfterValidator(_storable)]
Id = Annotated[int, Field(strict=True, ge=1, le=2**62)]
Seconds = Annotated[int, Field(strict=True, ge=0, le=7 * 24 * 3600)]
NameMode = Literal["named", "to_hosts", "anonymous"]


class Command(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    cid: UUID
    t: str

    needs: ClassVar[Literal["anyone", "asker", "answerer", "host"]] = "anyone"

    @property
    def digest(self) -> str:
        """What the command asks for, without its id: the same id must ask for the same."""
        content = self.model_dump(mode="json", exclude={"cid", "key"})
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


class Ask(Command):
    t: Literal["q.ask"]
    body: Text
    name_mode: NameMode = "named"


Key = Annotated[str, Field(max_length=16)]


class OnQuestion(Command):
    q: Id
    key: Key = ""  # of the question that is meant: after a restore, ids may mean others
    rev: Id | None = None


class Edit(OnQuestion):
    needs = "asker"
    t: Literal["q.edit"]
    body: Text


class Withdraw(OnQuestion):
    needs = "asker"
    t: Literal["q.withdraw"]


class SetVote(Command):
    t: Literal["vote.set"]
    q: Id
    key: Key = ""
    value: Literal[0, 1]


class Answer(OnQuestion):
    needs = "answerer"
    t: Literal["q.answer"]
    body: Text


class Approve(OnQuestion):
    needs = "host"
    t: Literal["mod.approve"]


class Dismiss(OnQuestion):
    needs = "host"
    t: Literal["mod.dismiss"]
    reason: Text


class Merge(OnQuestion):
    needs = "host"
    t: Literal["mod.merge"]
    into: Id


class Pin(OnQuestion):
    needs = "host"
    t: Literal["mod.pin"]


class Unpin(OnQuestion):
    needs = "host"
    t: Literal["mod.unpin"]


class Answered(OnQuestion):
    needs = "host"
    t: Literal["mod.answered"]
    how: Literal["live", "written", "owed"]
    answer: Text = ""
    timecode: Seconds | None = None


class Reopen(OnQuestion):
    needs = "host"
    t: Literal["mod.reopen"]


class Open(Command):
    needs = "host"
    t: Literal["sess.open"]


class Pause(Command):
    needs = "host"
    t: Literal["sess.pause"]


class Close(Command):
    needs = "host"
    t: Literal["sess.close"]


class Configure(Command):
    needs = "host"
    t: Literal["sess.config"]
    moderated: Annotated[bool, Field(strict=True)]
    names: NameMode


_commands: TypeAdapter[Command] = TypeAdapter(
    Annotated[
        Ask
        | Edit
        | Withdraw
        | SetVote
        | Answer
        | Approve
        | Dismiss
        | Merge
        | Pin
        | Unpin
        | Answered
        | Reopen
        | Open
        | Pause
        | Close
        | Configure,
        Field(discriminator="t"),
    ]
)
COMMANDS = (
    *("q.ask", "q.edit", "q.withdraw", "q.answer", "vote.set"),
    *("mod.approve", "mod.dismiss", "mod.merge", "mod.pin", "mod.unpin"),
    *("mod.answered", "mod.reopen"),
    *("sess.open", "sess.pause", "sess.close", "sess.config"),
)


def parse(data: Any) -> Command:
    """A command from a client's JSON, or a Nack that says what is wrong with it."""
    try:
        command = _commands.validate_python(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = str(first["loc"][-1]) if first["loc"] else ""
        raise Nack("bad_payload", _unreadable(where), field=where) from error
    _check_lengths(command)
    return command


def _unreadable(where: str) -> Any:
    if where in ("body", "answer", "reason"):
        return _("The text holds characters that cannot be kept, such as control characters.")
    return _("The command could not be read.")


def _check_lengths(command: Command) -> None:
    if isinstance(command, Ask | Edit):
        check_length(command.body, BODY_MIN, BODY_MAX, "body")
    elif isinstance(command, Answer):
        check_length(command.body, 1, ANSWER_MAX, "body")
    elif isinstance(command, Answered):
        check_length(command.answer, int(command.how == "written"), ANSWER_MAX, "answer")
    elif isinstance(command, Dismiss):
        check_length(command.reason, 1, REASON_MAX, "reason")


def check_length(text: str, least: int, most: int, field: str) -> None:
    """Nothing is ever cut: text outside the limits is refused and stays with its writer."""
    if len(text) < least:
        sentence = _("Write at least %(least)d characters; this is %(have)d.")
        raise Nack("too_short", sentence % {"least": least, "have": len(text)}, field=field)
    if len(text) > most:
        sentence = _("At most %(most)d characters fit; this is %(have)d. Nothing was cut.")
        raise Nack("too_long", sentence % {"most": most, "have": len(text)}, field=field)


def cid_of(data: Any) -> str | None:
    """The client id of whatever came in, to answer with, even when the rest is unreadable."""
    cid = data.get("cid") if isinstance(data, dict) else None
    return cid if isinstance(cid, str) and len(cid) <= 64 else None


def encode(frame: Any) -> str:
    return json.dumps(frame, ensure_ascii=False, separators=(",", ":"))
