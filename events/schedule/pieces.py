"""Pieces of a schedule: texts, addresses, moments. What is wrong is said to a judgement."""

import re
from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from events.schedule import values
from events.schedule.reading import text_of
from people.registry.judging import Judgement

LONGEST_TITLE, LONGEST_NAME, LONGEST_TEXT, LONGEST_ADDRESS = 300, 200, 50_000, 500
_DURATION = re.compile(r"(\d{1,3}):([0-5]\d)(?::(\d{1,2}))?")
_LENGTHS = {
    "acronym": 60,
    "subtitle": LONGEST_TITLE,
    "track": LONGEST_NAME,
    "type": 100,
    "language": 40,
}


def name_unknown(judged: Judgement, element) -> None:
    tag = str(element.tag)[:60]
    judged.warn("ELEMENT_UNKNOWN", tag, f"<{tag}> is not of the format: it stays in the file.")


def texts_of(judged: Judgement, parent, names: Iterable[str]) -> dict[str, str]:
    found = {}
    for name in names:
        element = parent.find(name)
        text = address_of(judged, element) if name in values.ADDRESSES else text_of(element)
        longest = _LENGTHS.get(name, LONGEST_ADDRESS if name in values.ADDRESSES else LONGEST_TEXT)
        if len(text) > longest:
            judged.refuse("TEXT_TOO_LONG", name, f"{len(text)} letters; {longest} at most.")
        elif text:
            found[name] = text
    return found


def address_of(judged: Judgement, element) -> str:
    text = text_of(element)
    if text and not re.fullmatch(r"https?://\S+", text):
        judged.warn("ADDRESS_INVALID", element.tag, f"“{text[:60]}” is no web address: left out.")
        return ""
    return text


def guid_of(text: str) -> UUID | None:
    pattern = r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
    return UUID(text) if re.fullmatch(pattern, text.strip()) else None


def minutes_of(text: str) -> tuple[int | None, int]:
    match = _DURATION.fullmatch(text)
    if not match or int(match[3] or 0) > 59:
        return None, 0
    minutes = int(match[1]) * 60 + int(match[2])
    return (minutes if minutes <= 32767 else None), int(match[3] or 0)


def moment_of(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
        return found if 1970 <= found.year <= 9000 and "T" in text else None
    except ValueError:
        return None


def day_of(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip()[:10])
    except ValueError:
        return None
