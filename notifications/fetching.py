"""Empties a mailbox over IMAP: each mail is taken in, then marked as seen."""

import imaplib
import logging
import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from django.conf import settings

from notifications.incoming import Result, receive
from notifications.reading import LARGEST

logger = logging.getLogger(__name__)
TIMEOUT = 20  # seconds
BATCH = 50  # mails of one round
PORTS = {"imaps": 993, "imap": 143}
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")


class MailboxError(Exception):
    """The mailbox cannot be read; the message says why."""


@dataclass(frozen=True)
class Mailbox:
    """`MAIL_IN_URL` in its parts."""

    secure: bool
    host: str
    port: int
    user: str
    password: str
    folder: str

    @classmethod
    def of(cls, url: str) -> "Mailbox":
        """MailboxError where `url` is none, such as imaps://user:password@host:993/INBOX."""
        parts = urlsplit(url)
        if parts.scheme not in PORTS or not parts.hostname:
            raise MailboxError("MAIL_IN_URL must be like imaps://user:password@host:993/INBOX.")
        return cls(
            secure=parts.scheme == "imaps",
            host=parts.hostname,
            port=parts.port or PORTS[parts.scheme],
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            folder=unquote(parts.path.lstrip("/")) or "INBOX",
        )


def fetch() -> int:
    """The worker's job: how many mails came in. A mailbox that is away is asked again later."""
    if not settings.MAIL_IN_URL:
        return 0
    try:
        return sum(1 for _result in fetch_all(settings.MAIL_IN_URL))
    except MailboxError as error:
        logger.warning("Mail in: %s", error)
        return 0


def fetch_all(url: str) -> Iterator[Result]:
    """Take in what nobody saw yet, and mark each mail as seen once it is kept here.

    Killed in between, the mail comes again and is known. MailboxError says what failed.
    """
    mailbox = Mailbox.of(url)
    connect = imaplib.IMAP4_SSL if mailbox.secure else imaplib.IMAP4
    try:
        server = connect(mailbox.host, mailbox.port, timeout=TIMEOUT)
        with ExitStack() as on_failure:  # a logout on a line that broke would leave it open
            on_failure.callback(server.shutdown)
            yield from _unseen(server, mailbox)
            on_failure.pop_all()
        server.logout()
    except (imaplib.IMAP4.error, OSError) as error:
        raise MailboxError(f"{mailbox.host}: {error}") from error


def _unseen(server: imaplib.IMAP4, mailbox: Mailbox) -> Iterator[Result]:
    server.login(mailbox.user, mailbox.password)
    _wanted(server.select(f'"{mailbox.folder}"'))
    found = _wanted(server.uid("SEARCH", "UNSEEN"))
    for uid in (found[0] or b"").split()[:BATCH]:
        yield receive(_content(server, uid.decode()))
        _wanted(server.uid("STORE", uid.decode(), "+FLAGS", r"(\Seen)"))


def _content(server: imaplib.IMAP4, uid: str) -> bytes:
    """The mail, or as much of one that is too large as shows that it is too large."""
    size = _SIZE.search(b" ".join(_pieces(_wanted(server.uid("FETCH", uid, "(RFC822.SIZE)")))))
    part = "BODY.PEEK[]"
    if size and int(size[1]) > LARGEST:
        part = f"BODY.PEEK[]<0.{LARGEST + 1}>"
    answer = _wanted(server.uid("FETCH", uid, f"({part})"))
    return max(_pieces(answer), key=len)


def _pieces(answer: list) -> list[bytes]:
    return [
        piece
        for each in answer
        for piece in (each if isinstance(each, tuple) else (each,))
        if isinstance(piece, bytes)
    ]


def _wanted(answer: tuple[str, list]) -> list:
    status, data = answer
    if status != "OK":
        raise imaplib.IMAP4.error(f"{status} {data}")
    return data
