"""What became of a mail that came in."""

import uuid
from dataclasses import dataclass

from notifications.models import IncomingMail
from people.models import User

Outcome = IncomingMail.Outcome
NAMESPACE = uuid.UUID("7e1f8f0a-6c5e-4a53-9d0f-0d4f3f1f6a55")  # of the client ids of mails


@dataclass(frozen=True)
class Result:
    """What became of a mail, why, and where it is to be seen."""

    outcome: str
    reason: str
    url: str = ""
    person: User | None = None
    thread: str = ""
    door: str = ""  # what it opens when its person says that it is from them
    text: str = ""  # kept while the mail is held

    def as_told(self) -> dict[str, str]:
        """What the commands print."""
        return {"outcome": str(self.outcome), "reason": self.reason, "url": self.url}


def cid_key(row: IncomingMail) -> str:
    """The client id of what a mail becomes: the same whenever it is posted."""
    return str(uuid.uuid5(NAMESPACE, row.digest))
