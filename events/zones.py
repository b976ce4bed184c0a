"""Time zones of a programme: a name of the IANA database, or a fixed distance from UTC."""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_OFFSET = re.compile(r"([+-])(\d{2}):(\d{2})")


def zone_of(name: str) -> tzinfo:
    """ "Asia/Thimphu" or "+02:00" as a zone; UTC for what is neither."""
    if match := _OFFSET.fullmatch(name):
        minutes = int(match[2]) * 60 + int(match[3])
        offset = timedelta(minutes=-minutes if match[1] == "-" else minutes)
        return timezone(offset) if abs(offset) < timedelta(hours=24) else UTC
    return ZoneInfo(name) if is_named(name) else UTC


def is_named(name: str) -> bool:
    """Whether the IANA database has a zone of this name."""
    try:
        ZoneInfo(name)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        return False
    return True


def offset_name(moment: datetime) -> str:
    """The distance from UTC of an aware moment: "+06:00"."""
    text = moment.strftime("%z")
    return f"{text[:3]}:{text[3:5]}"
