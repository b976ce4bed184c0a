"""What people write to and fro about: each higher room says what its kind of thread is.

`lms/wiring.py` connects the kinds. A thread is named by kind and number: "topic:17".
"""

from collections.abc import Iterable
from typing import NamedTuple, Protocol

from people.models import User


class NotTakenError(Exception):
    """A mail is not taken as a reply; the message says to its writer why."""


class Replied(NamedTuple):
    """Where a reply stands, and what became of its files, in sentences for its writer."""

    url: str
    told: str
    whole: bool  # every file was kept


class ThreadKind(Protocol):
    name: str  # such as "topic"

    def subject(self, number: int) -> str:
        """What the mails of the thread have as subject; empty where there is no such thread."""

    def visible_to(self, number: int, person: User) -> bool:
        """Whether the person may read it now: asked again when a mail goes out."""

    def words(self, number: int, event: str) -> str:
        """What was said in this event, as Markdown, for the mail; empty where it stays inside."""

    def reply(
        self, number: int, *, person: User, body: str, key: str, files: Iterable[tuple[str, bytes]]
    ) -> Replied:
        """Take a reply in, once for each `key`, with files (names and bytes).

        NotTakenError says why not.
        """


kinds: list[ThreadKind] = []


def find(thread: str) -> tuple[ThreadKind, int] | None:
    """The kind and the number of a thread; None where no room knows the kind."""
    name, _colon, number = thread.partition(":")
    for kind in kinds:
        if kind.name == name and number.isdecimal():
            return kind, int(number)
    return None
