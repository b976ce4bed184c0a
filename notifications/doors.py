"""Addresses of ours that open something new: each higher room says what its own are.

`lms/wiring.py` connects the doors. A reply never comes in here: notifications/incoming.py asks
first where a mail belongs as one.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from django import forms
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from notifications.threads import NotTakenError
from people.inert import FileRefusedError
from people.models import User

# What mail programs put before the subject of an answer and of a forwarded mail.
_ANSWERS = re.compile(
    r"^\s*(?:re|aw|antw|sv|vs|res|回复)\s*(?:\[\d+\]|\(\d+\))?\s*[:：]", re.IGNORECASE
)
_FORWARDS = re.compile(r"^(?:\s*(?:fwd?|wg|tr|转发)\s*[:：])+", re.IGNORECASE)


@dataclass(frozen=True)
class Letterbox:
    """What somebody wrote to a door. `name` is what stands before the @, in small letters."""

    name: str
    person: User
    title: str
    body: str
    key: str  # client id: the same whenever it is opened
    files: tuple[tuple[str, bytes], ...] = ()  # names and bytes of what came with it


@dataclass(frozen=True)
class Opened:
    url: str
    thread: str  # such as "request:12"
    told: str  # a sentence for its writer


class Door(Protocol):
    """NotTakenError of `check` and `open` says to the writer why it cannot be taken."""

    proof: bool  # whether its person says once more that it is from them, before it is opened

    def knows(self, name: str) -> bool:
        """Whether an address that begins with `name` is of this kind, there or not."""

    def check(self, box: Letterbox) -> str:
        """Where it would go, in words, without opening anything."""

    def open(self, box: Letterbox) -> Opened:
        """Open it, once for each key."""


doors: list[Door] = []


def address(name: str) -> str:
    """Such as desk@mail.example.org; empty where no mail comes in."""
    return f"{name}@{settings.MAIL_DOMAIN}" if settings.MAIL_DOMAIN else ""


def find(recipients: Iterable[str]) -> tuple[Door, str] | None:
    """The door that the first of `recipients` with one leads to, and its name there."""
    for recipient in recipients:
        name, _at, host = recipient.rpartition("@")
        if host != settings.MAIL_DOMAIN.lower() or not host:
            continue
        for door in doors:
            if door.knows(name):
                return door, name
    return None


def answers_something(subject: str, references: Iterable[str]) -> bool:
    """Whether a mail says of itself that it answers another one.

    Programs give a forwarded mail the references of the one that it carries.
    """
    if _ANSWERS.match(subject):
        return True
    return bool(list(references)) and not _FORWARDS.match(subject)


class Kept(NamedTuple):
    """What became of the files of a mail, in sentences for its sender: how many were kept, and of
    each that is not taken, why."""

    told: str = ""
    whole: bool = True  # none was refused


def keep_files(files: Iterable[tuple[str, bytes]], keep: Callable[[str, bytes], object]) -> Kept:
    """Give each of `files` to `keep`, in the caller's transaction."""
    kept, refused = 0, []
    for name, data in files:
        try:
            with transaction.atomic():
                keep(name, data)
        except FileRefusedError as error:
            refused.append(str(error))
        else:
            kept += 1
    words = ngettext("%(n)d file came with it.", "%(n)d files came with it.", kept) % {"n": kept}
    told = " ".join([*([words] if kept else []), *dict.fromkeys(refused)])
    return Kept(told, not refused)


def title_of(subject: str) -> str:
    return _FORWARDS.sub("", subject).strip()


def checked(form: forms.Form) -> dict:
    """What the form of the page makes of a mail's subject and text.

    NotTakenError names what is wrong with which, as the page would.
    """
    if form.is_valid():
        return form.cleaned_data
    names = {"title": _("Subject"), "body": _("Text")}
    raise NotTakenError(
        " ".join(
            f"{names[field]}: {message}" if field in names else str(message)
            for field, messages in form.errors.items()
            for message in messages
        )
    )
