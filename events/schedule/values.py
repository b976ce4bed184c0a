"""A schedule as plain values: what frab's `schedule.xml` says, without its XML.

The names are those of the format (github.com/voc/schedule, validator/xsd, and what frab, pretalx
and pentabarf write). A text that is missing and one that is empty are the same.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

# Elements of <conference> that are texts, and those of <event>. `title`, `room`, `date`, `start`
# and `duration` are read by themselves.
CONFERENCE_TEXTS = (
    "acronym", "subtitle", "description", "venue", "city", "day_change", "base_url", "url", "logo",
)  # fmt: skip
EVENT_TEXTS = (
    "slug", "url", "subtitle", "track", "type", "language", "abstract", "description", "logo",
    "video_download_url", "feedback_url", "origin_url",
)  # fmt: skip
RECORDING = ("license", "optout", "url", "link")
GENERATOR = ("name", "version", "url")
PERSON = ("id", "guid", "code", "url", "avatar", "name", "email")
LINK = ("href", "type")
TRACK = ("name", "slug", "color")
ADDRESSES = {"url", "base_url", "video_download_url", "feedback_url", "origin_url", "link"}


@dataclass(frozen=True)
class Marked:
    """A text with attributes: a person, a link, an attachment."""

    text: str
    marks: dict[str, str] = field(default_factory=dict)

    def __hash__(self) -> int:
        return hash((self.text, tuple(sorted(self.marks.items()))))


@dataclass
class Event:
    guid: UUID
    number: int | None
    day: int
    room: str
    title: str
    date: datetime
    minutes: int
    texts: dict[str, str] = field(default_factory=dict)  # EVENT_TEXTS that are not empty
    recording: dict[str, str] = field(default_factory=dict)
    persons: list[Marked] = field(default_factory=list)
    links: list[Marked] = field(default_factory=list)
    attachments: list[Marked] = field(default_factory=list)


@dataclass
class Day:
    number: int
    date: date
    starts: datetime | None = None
    ends: datetime | None = None
    rooms: list[str] = field(default_factory=list)


@dataclass
class Conference:
    title: str
    starts: date
    ends: date
    texts: dict[str, str] = field(default_factory=dict)  # CONFERENCE_TEXTS that are not empty
    timeslot_minutes: int | None = None
    zone_name: str = ""
    tracks: list[dict[str, str]] = field(default_factory=list)


@dataclass
class Schedule:
    conference: Conference
    version: str = ""
    url: str = ""
    generator: dict[str, str] = field(default_factory=dict)
    days: list[Day] = field(default_factory=list)
    rooms: dict[str, UUID | None] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
