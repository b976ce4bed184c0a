"""What proves by mail who writes and where: signed words that fit into a mail address.

Small letters, digits and hyphens only: mail servers may fold an address to small letters.
"""

import base64
import hashlib
import re
from dataclasses import dataclass

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.utils.crypto import constant_time_compare, salted_hmac

SIGNATURE_LENGTH = 16  # letters of 5 bits
TOKEN = re.compile(r"\b([a-z]+)-([0-9]{1,18})-([0-9]{1,18})-([a-z2-7]{16})\b")
BRACKETED = re.compile(rf"\[?{TOKEN.pattern}\]?", re.IGNORECASE)
BOUNCE = re.compile(r"\bb-([0-9]{1,18})-([a-z2-7]{16})\b")
UNSUBSCRIBE = Signer(salt="notifications.unsubscribe")
SECTION = Signer(salt="notifications.section")
CONFIRM = Signer(salt="notifications.confirm")


@dataclass(frozen=True)
class Place:
    """Where a reply belongs, and whose it is."""

    thread: str
    person_id: int


def _signature(kind: str, value: str) -> str:
    digest = salted_hmac(f"notifications.{kind}", value, algorithm="sha256").digest()
    return base64.b32encode(digest).decode().lower()[:SIGNATURE_LENGTH]


def reply_token(thread: str, person_id: int) -> str:
    """Such as "topic-17-4-abcdefghijklmnop": for one thread and one person."""
    return f"{thread.replace(':', '-')}-{person_id}-{_signature('reply', f'{thread} {person_id}')}"


def read_reply_token(text: str) -> Place | None:
    """The place of the first token in `text` (an address, a subject) that we signed."""
    for kind, number, person, signature in TOKEN.findall(text.lower()):
        thread = f"{kind}:{number}"
        if constant_time_compare(signature, _signature("reply", f"{thread} {person}")):
            return Place(thread, int(person))
    return None


def names_token(text: str) -> bool:
    """Whether `text` holds something in the form of a token, signed by us or not."""
    return bool(TOKEN.search(text.lower()))


def without_token(subject: str) -> str:
    """A subject as others than the owner of its token may read it."""
    return BRACKETED.sub("", subject).strip()


def bounce_token(mail_id: int) -> str:
    return f"b-{mail_id}-{_signature('bounce', str(mail_id))}"


def read_bounce_token(text: str) -> int | None:
    """The number of the mail whose return address `text` is."""
    found = BOUNCE.search(text.lower())
    if found and constant_time_compare(found[2], _signature("bounce", found[1])):
        return int(found[1])
    return None


def message_id(event: str, person_id: int | str) -> str:
    """The Message-ID of the mail that tells a person of an event: the same always, no guess."""
    name = hashlib.sha256(event.encode()).hexdigest()[:12]
    return f"<{name}.{person_id}.{_signature('message', f'{event} {person_id}')}@{host()}>"


def root_id(thread: str) -> str:
    """What all mails of a thread refer to, so that mail programs show them together."""
    return f"<{thread.replace(':', '.')}@{host()}>"


def host() -> str:
    return settings.MAIL_DOMAIN or "commons.invalid"


def unsubscribe_token(person_id: int | None) -> str:
    return UNSUBSCRIBE.sign(str(person_id))


def read_unsubscribe_token(token: str) -> int | None:
    return _unsigned(UNSUBSCRIBE, token)


def confirm_token(mail_id: int) -> str:
    """Names a mail that came in, to the owner of the address that it is sent to."""
    return CONFIRM.sign(str(mail_id))


def read_confirm_token(token: str) -> int | None:
    return _unsigned(CONFIRM, token)


def section_token(person_id: int, section: str) -> str:
    """Names a section of one person's weekly mail."""
    return SECTION.sign(f"{person_id}:{section}")


def read_section_token(token: str) -> tuple[int, str] | None:
    try:
        person, _colon, section = SECTION.unsign(token).partition(":")
        return int(person), section
    except (BadSignature, ValueError):
        return None


def _unsigned(signer: Signer, token: str) -> int | None:
    try:
        return int(signer.unsign(token))
    except (BadSignature, ValueError):
        return None
