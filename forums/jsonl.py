"""One line of a file of topics -> a topic in plain values, or why not. Pure: no database.

A line is a JSON object: `cid`, `title`, `body`, `author`, `created`, and, where there are,
`kind`, `tags`, `replies` (each `body`, `author`, `created`, `cid`, `accepted`).
"""

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, BinaryIO

from django.utils.translation import gettext as _

from forums.text import (
    LONGEST_POST,
    LONGEST_TAG,
    LONGEST_TITLE,
)
from people.letters import control_characters, one_newline, without_control

LONGEST_LINE = 4 * 2**20  # bytes
LONGEST_NAME = 100
LONGEST_CID = 200
MOST_TAGS = 20
MOST_REPLIES = 2000
SPACE = uuid.UUID("6b6f0f8e-0f0c-4d51-8a5c-0c8f1f3f4a77")  # cids that are no UUIDs
OLDEST = datetime(1970, 1, 1, tzinfo=UTC)
KINDS = ("question", "discussion")
TOPIC_FIELDS = ("cid", "kind", "title", "body", "author", "created", "tags", "replies")
REPLY_FIELDS = ("cid", "body", "author", "created", "accepted")


class RefusedError(Exception):
    """Why a line is not taken: a code for programs, a sentence for people."""

    def __init__(self, reason: str, message: str, cid: str = ""):
        super().__init__(message)
        self.reason, self.message, self.cid = reason, message, cid


@dataclass(frozen=True)
class ReplyLine:
    cid: uuid.UUID
    body: str
    author: str
    created: datetime
    accepted: bool


@dataclass(frozen=True)
class TopicLine:
    """What a line says, in one form: two lines that say the same are equal."""

    cid: uuid.UUID
    kind: str
    title: str
    body: str
    author: str
    created: datetime
    tags: tuple[str, ...]
    replies: tuple[ReplyLine, ...]
    name: str = field(compare=False)  # the cid as it stands in the file
    source: dict[str, Any] = field(compare=False)  # the line, with the fields that we know
    ignored: tuple[str, ...] = field(compare=False)  # other fields, which are left out


def lines_of(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Lines with their numbers, blank ones left out; of a line that is too long only the start."""
    number = 0
    while line := file.readline(LONGEST_LINE + 1):
        number += 1
        start = line
        while line and not line.endswith(b"\n") and len(line) > LONGEST_LINE:
            line = file.readline(LONGEST_LINE + 1)
        if number == 1:
            start = start.removeprefix(b"\xef\xbb\xbf")
        if start.strip():
            yield number, start


def read(raw: bytes, *, now: datetime) -> TopicLine:
    """The topic of one line; RefusedError says what is wrong with it."""
    if len(raw) > LONGEST_LINE:
        raise RefusedError("line_too_long", _("The line is longer than 4 MB."))
    entry = _parsed(raw)
    name = _text(entry, "cid", longest=LONGEST_CID).strip()
    try:
        return _topic(entry, name, now)
    except RefusedError as error:
        raise RefusedError(error.reason, error.message, name) from None


def key_of(name: str) -> uuid.UUID:
    """The UUID that stands for a cid: itself, where it is one."""
    try:
        return uuid.UUID(name)
    except ValueError:
        return uuid.uuid5(SPACE, name)


def shown_name(author: str) -> str:
    """An author as a page may show it: no page gives mail addresses away."""
    name = author.partition("<")[0].strip(' "') if "<" in author else author
    return (name or author.strip("<> ")).partition("@")[0].strip() or "?"


def _parsed(raw: bytes) -> dict[str, Any]:
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        raise RefusedError("not_utf8", _("The line is not UTF-8 text.")) from None
    try:
        entry = json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise RefusedError("bad_json", _("The line is not one JSON document.")) from None
    if not isinstance(entry, dict):
        raise RefusedError("not_an_object", _("The line is JSON, but not an object."))
    return entry


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise RefusedError("doubled_field", _("A field stands twice in one object."))
    return found


def _no_number(name: str) -> None:
    raise ValueError(name)


def _topic(entry: dict[str, Any], name: str, now: datetime) -> TopicLine:
    cid = key_of(name)
    kind = entry.get("kind", "question")
    if kind not in KINDS:
        raise RefusedError("wrong_kind", _("“kind” is “question” or “discussion”."))
    replies = _list(entry, "replies", MOST_REPLIES)
    read = [_reply(row, cid, number, now) for number, row in enumerate(replies, start=1)]
    if len({reply.cid for reply in read} | {cid}) <= len(read):
        raise RefusedError("doubled_cid", _("Two posts of the topic have the same “cid”."))
    accepted = sum(reply.accepted for reply in read)
    if accepted > 1:
        raise RefusedError("two_accepted", _("More than one reply is the accepted answer."))
    if accepted and kind != "question":
        raise RefusedError("accepted_in_discussion", _("A discussion has no accepted answer."))
    source = {key: entry[key] for key in TOPIC_FIELDS if key in entry}
    if "replies" in source:
        known = [{key: row[key] for key in REPLY_FIELDS if key in row} for row in replies]
        source["replies"] = known
    ignored = set(entry) - set(TOPIC_FIELDS)
    ignored |= {f"replies.{key}" for row in replies for key in set(row) - set(REPLY_FIELDS)}
    return TopicLine(
        cid=cid,
        kind=kind,
        title=" ".join(_text(entry, "title", longest=LONGEST_TITLE).split()),
        body=_body(entry),
        author=_text(entry, "author", longest=LONGEST_NAME).strip(),
        created=_moment(entry, now),
        tags=_tags(entry),
        replies=tuple(read),
        name=name,
        source=source,
        ignored=tuple(sorted(without_control(key)[:40] for key in ignored))[:10],
    )


def _reply(row: Any, topic: uuid.UUID, number: int, now: datetime) -> ReplyLine:
    if not isinstance(row, dict):
        raise RefusedError("wrong_type", _("Reply %(n)d is not an object.") % {"n": number})
    try:
        cid = row.get("cid")
        accepted = row.get("accepted", False)
        if not isinstance(accepted, bool):
            raise RefusedError("wrong_type", _("“accepted” is true or false."))
        return ReplyLine(
            cid=uuid.uuid5(topic, str(number))
            if cid is None
            else key_of(_text(row, "cid", longest=LONGEST_CID).strip()),
            body=_body(row),
            author=_text(row, "author", longest=LONGEST_NAME).strip(),
            created=_moment(row, now),
            accepted=accepted,
        )
    except RefusedError as error:
        where = _("Reply %(n)d: %(message)s") % {"n": number, "message": error.message}
        raise RefusedError(error.reason, where) from None


def _text(entry: dict[str, Any], key: str, *, longest: int) -> str:
    if key not in entry:
        raise RefusedError("missing", _("“%(key)s” is missing.") % {"key": key})
    value = entry[key]
    if not isinstance(value, str):
        raise RefusedError("wrong_type", _("“%(key)s” is not a text.") % {"key": key})
    if len(value) > longest:
        words = {"key": key, "number": len(value), "longest": longest}
        raise RefusedError(
            "too_long", _("“%(key)s” has %(number)d letters; at most %(longest)d.") % words
        )
    if control_characters(value):
        raise RefusedError(
            "control_characters",
            _("“%(key)s” holds characters that can be neither shown nor kept, such as NUL.")
            % {"key": key},
        )
    if not value.strip():
        raise RefusedError("empty", _("“%(key)s” is empty.") % {"key": key})
    return value


def _body(entry: dict[str, Any]) -> str:
    return one_newline(_text(entry, "body", longest=LONGEST_POST)).strip()


def _moment(entry: dict[str, Any], now: datetime) -> datetime:
    text = _text(entry, "created", longest=40).strip()
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise RefusedError(
                "naive_date", _("“created” says no time zone, as in 2026-03-01T09:00:00+06:00.")
            )
        moment = moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise RefusedError(
            "bad_date", _("“created” is no date and time, as in 2026-03-01T09:00:00+06:00.")
        ) from None
    if not OLDEST <= moment <= now + timedelta(days=1):
        raise RefusedError("odd_date", _("“created” lies before 1970 or in the future."))
    return moment


def _tags(entry: dict[str, Any]) -> tuple[str, ...]:
    found = set()
    for tag in _list(entry, "tags", MOST_TAGS):
        if not isinstance(tag, str):
            raise RefusedError("wrong_type", _("A tag is not a text."))
        word = " ".join(_text({"tags": tag}, "tags", longest=200).split()).lower()
        if len(word) > LONGEST_TAG:
            raise RefusedError(
                "too_long", _("A tag is longer than %(n)d letters.") % {"n": LONGEST_TAG}
            )
        found.add(word)
    return tuple(sorted(found))


def _list(entry: dict[str, Any], key: str, most: int) -> list[Any]:
    value = entry.get(key, [])
    if not isinstance(value, list):
        raise RefusedError("wrong_type", _("“%(key)s” is not a list.") % {"key": key})
    if len(value) > most:
        raise RefusedError(
            "too_many", _("“%(key)s” has more than %(n)d entries.") % {"key": key, "n": most}
        )
    return value
