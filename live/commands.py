"""What a client can ask for: the form of each command, and its limits.

A command names its kind in `t`. Who may is `needs`; what it does is in services.py, actions.py
and polling.py.
"""

import hashlib
import json
from typing import Annotated, Any, ClassVar, Literal
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

from live.protocol import (
    ANSWER_MAX,
    BODY_MAX,
    BODY_MIN,
    OPTION_LETTERS,
    OPTIONS_MAX,
    OPTIONS_MIN,
    POLL_MAX,
    POLL_MIN,
    REASON_MAX,
    Nack,
)


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
Switch = Annotated[int, Field(strict=True, ge=0, le=1)]
NameMode = Literal["named", "to_hosts", "anonymous"]


class Command(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    cid: UUID
    t: str

    needs: ClassVar[Literal["anyone", "asker", "answerer", "host"]] = "anyone"

    @property
    def digest(self) -> str:
        """What the command asks for, without its id: the same id must ask for the same."""
        content = self.model_dump(mode="json", exclude={"cid", "key", "into_key"})
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


class Wish(Command):
    """Set, never added: of several by one person the newest counts (wishes.py)."""

    device: Annotated[str, Field(max_length=36)] = ""
    n: Id = 1  # grows on that device


class SetVote(Wish):
    t: Literal["vote.set"]
    q: Id
    key: Key = ""
    value: Switch


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
    into_key: Key = ""


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


class AskName(OnQuestion):
    needs = "host"
    t: Literal["name.ask"]
    reason: Text


class ShowName(OnQuestion):
    needs = "host"
    t: Literal["name.show"]


class LeaveName(OnQuestion):
    needs = "host"
    t: Literal["name.leave"]


class StartPoll(Command):
    needs = "host"
    t: Literal["poll.start"]
    kind: Literal["single", "multiple", "scale"]
    text: Text
    options: Annotated[list[Text], Field(max_length=50)] = []


class OnPoll(Command):
    p: Id
    key: Key = ""


class ShowPoll(OnPoll):
    needs = "host"
    t: Literal["poll.show"]
    value: Switch


class EndPoll(OnPoll):
    needs = "host"
    t: Literal["poll.end"]


class AnswerPoll(Wish):
    t: Literal["poll.answer"]
    p: Id
    key: Key = ""
    choices: Annotated[
        list[Annotated[int, Field(strict=True, ge=0, lt=OPTIONS_MAX)]], Field(max_length=50)
    ]


class SetHand(Command):
    t: Literal["hand.set"]
    value: Switch


class OnHand(Command):
    needs = "host"
    h: Id


class CallHand(OnHand):
    t: Literal["hand.call"]


class LowerHand(OnHand):
    t: Literal["hand.lower"]


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
        | AskName
        | ShowName
        | LeaveName
        | StartPoll
        | ShowPoll
        | EndPoll
        | AnswerPoll
        | SetHand
        | CallHand
        | LowerHand
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
    *("name.ask", "name.show", "name.leave"),
    *("poll.start", "poll.show", "poll.end", "poll.answer"),
    *("hand.set", "hand.call", "hand.lower"),
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
    elif isinstance(command, Dismiss | AskName):
        check_length(command.reason, 1, REASON_MAX, "reason")
    elif isinstance(command, StartPoll):
        check_length(command.text, POLL_MIN, POLL_MAX, "text")
        _check_options(command)


def _check_options(command: StartPoll) -> None:
    options = command.options
    for option in options:
        check_length(option, 1, OPTION_LETTERS, "options")
    if command.kind == "scale" and len(options) not in (0, 2):
        raise Nack(
            "bad_payload", _("Two words for the ends of the scale, or none."), field="options"
        )
    if (
        command.kind != "scale"
        and not OPTIONS_MIN <= len(set(options)) == len(options) <= OPTIONS_MAX
    ):
        raise Nack("bad_payload", _("Two to ten different answers, one a line."), field="options")


def check_length(text: str, least: int, most: int, field: str) -> None:
    """Nothing is ever cut: text outside the limits is refused and stays with its writer."""
    if len(text) < least:
        sentence = _("Write at least %(least)d characters; this is %(have)d.")
        raise Nack("too_short", sentence % {"least": least, "have": len(text)}, field=field)
    if len(text) > most:
        sentence = _("At most %(most)d characters fit; this is %(have)d. Nothing was cut.")
        raise Nack("too_long", sentence % {"most": most, "have": len(text)}, field=field)
