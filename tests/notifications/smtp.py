"""A real mail server for tests: what it took, and what it is told to refuse."""

from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.live.server import free_port


class Postbox:
    """Takes every mail but those to `refused`: address -> what it answers."""

    def __init__(self) -> None:
        self.taken: list[Envelope] = []
        self.refused: dict[str, str] = {}
        self.cut_off = False  # takes the text, and goes away before it says so

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list
    ) -> str:
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.taken.append(envelope)
        if self.cut_off:
            server.transport.abort()
        return "250 OK"

    @property
    def mails(self) -> list[EmailMessage]:
        return [message_from_bytes(each.content, policy=policy.default) for each in self.taken]


@contextmanager
def postbox(box: Postbox | None = None) -> Iterator[tuple[Postbox, int]]:
    """A server that runs, and its port."""
    box = box or Postbox()
    # Its name is said: else it asks the DNS for one at each connection.
    controller = Controller(
        box, hostname="127.0.0.1", port=free_port(), server_hostname="mail.example.org"
    )
    controller.start()
    try:
        yield box, controller.port
    finally:
        controller.stop()
