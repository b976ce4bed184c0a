"""What is in a USB edition: its pages and files, each by its path."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders
from django.core.files.base import File
from django.template.loader import render_to_string

from events import discussing, webvtt
from events.bundles import all_know_of
from events.discussing import Passage, SessionOfTalk
from events.handing_in import newest_of
from events.models import (
    Chapter,
    Correction,
    Cue,
    Edition,
    Kind,
    Material,
    Resource,
    SessionStart,
    SlidePage,
    Talk,
    Tier,
)
from forums.models import Topic
from live.models import Question, Session

STYLES = ("css/tokens.css", "css/base.css", "css/components.css", "events/events.css")
ASSETS = (*STYLES, "events/usb/usb.css", "events/usb/search.js", "fonts/commons-dzongkha.woff2")
LOW = (Tier.Name.SMALL, Tier.Name.AUDIO)  # the first of them that there is


@dataclass(frozen=True)
class Piece:
    """A file of the edition: its bytes, or a file that has them."""

    path: str
    content: bytes | File


@dataclass
class TalkOfEdition:
    """A talk with what its readers may have of it."""

    talk: Talk
    slides: Material | None = None
    pages: list[SlidePage] = field(default_factory=list)
    recording: Tier | None = None
    cues: list[Cue] = field(default_factory=list)
    others: list[Material] = field(default_factory=list)
    sessions: list[SessionOfTalk] = field(default_factory=list)
    passages: list[Passage] = field(default_factory=list)

    @property
    def page(self) -> str:
        return f"talks/{self.talk.slug}.html"

    @property
    def folder(self) -> str:
        return f"files/{self.talk.slug}"

    @property
    def sound(self) -> str:
        """The path of the recording, from the top of the edition."""
        ending = "webm" if self.is_sound_only else "mp4"
        return f"{self.folder}/recording.{ending}"

    @property
    def is_sound_only(self) -> bool:
        return self.recording is not None and self.recording.name == Tier.Name.AUDIO


def talks_of(edition: Edition, readers: set[str]) -> list[Talk]:
    """Talks of the programme that all readers may know of; none where not all know the edition."""
    if not all_know_of(edition.audience, readers):
        return []
    rows = edition.talks.on().select_related("edition", "audience", "track", "pool")
    rows = rows.order_by("starts", "pk")
    return [talk for talk in rows if all_know_of(talk.audience, readers)]


def fingerprint_of(edition: Edition, readers: set[str]) -> str:
    """Changes with whatever changes the edition; a few queries for any number of talks."""
    rows = talks_of(edition, readers)
    talks = [talk.pk for talk in rows]
    abouts = [talk.get_absolute_url() for talk in rows]
    materials = _materials(talks).order_by("pk")
    facts: list[Any] = [
        sorted(readers),
        [edition.title, edition.intro, edition.starts, edition.ends, edition.place],
        Talk.objects.filter(pk__in=talks).order_by("pk").values_list(
            "pk", "slug", "title", "subtitle", "abstract", "description", "starts", "minutes",
            "room", "speaker_names", "track__name", "audience",
        ),
        materials.values_list("pk", "sha256", "title", "resource__title", "resource__kind",
                              "resource__licence"),
        Tier.objects.filter(material__in=materials).order_by("pk").values_list("pk", "size"),
        Correction.objects.filter(cue__material__in=materials, state=Correction.State.TAKEN)
        .order_by("pk").values_list("pk"),
        Chapter.objects.filter(talk__in=talks).order_by("pk").values_list("second", "title"),
        SessionStart.objects.filter(talk__in=talks).order_by("pk").values_list("pk", "second"),
        Question.objects.filter(session__about__in=abouts).order_by("pk").values_list("pk", "rev"),
        Session.objects.filter(about__in=abouts).order_by("pk")
        .values_list("pk", "state", "audience", "title"),
        [hashlib.sha256(_asset(name)).hexdigest() for name in ASSETS],
    ]  # fmt: skip
    lines = json.dumps([list(fact) for fact in facts], default=str)
    return hashlib.sha256(lines.encode()).hexdigest()


def _materials(talks: list[int]):
    return newest_of(Resource.objects.open().filter(talk__in=talks))


def pieces(edition: Edition, readers: set[str]) -> Iterator[Piece]:
    """Every file of the edition, in an order that stays."""
    rows = [_talk(talk, readers) for talk in talks_of(edition, readers)]
    days = [
        (day, list(found))
        for day, found in groupby(
            rows, key=lambda row: row.talk.starts.astimezone(edition.zone).date()
        )
    ]
    page = {"edition": edition, "zone": edition.zone}
    yield _html("index.html", "index", page | {"days": days, "count": len(rows), "top": ""})
    entries: list[list[str]] = []
    for row in rows:
        yield _html(row.page, "talk", page | {"row": row, "talk": row.talk, "top": "../"})
        yield from _files(row)
        entries += _entries(row)
    listed = json.dumps(entries, ensure_ascii=False, separators=(",", ":"))
    yield Piece("search-list.js", f"window.ENTRIES = {listed};\n".encode())
    for name in ASSETS:
        yield Piece(f"assets/{name}", _asset(name))


def _html(path: str, template: str, context: dict) -> Piece:
    styles = (*STYLES, "events/usb/usb.css")
    context |= {"styles": styles, "title": context.get("talk") or context["edition"].title}
    return Piece(path, render_to_string(f"events/usb/{template}.html", context).encode())


def _asset(name: str) -> bytes:
    return Path(str(finders.find(name))).read_bytes()


def _talk(talk: Talk, readers: set[str]) -> TalkOfEdition:
    row = TalkOfEdition(talk)
    for material in _materials([talk.pk]).order_by("resource"):
        kind = material.resource.kind
        if kind == Kind.SLIDES:
            row.slides, row.pages = material, list(material.pages.all())
        elif kind == Kind.TRANSCRIPT:
            row.cues = list(material.cues.all())
        elif kind == Kind.RECORDING:
            tiers = {tier.name: tier for tier in material.tiers.exclude(file="")}
            row.recording = next((tiers[name] for name in LOW if name in tiers), None)
        else:
            row.others.append(material)
    closed = Session.objects.filter(about=talk.get_absolute_url(), state=Session.State.CLOSED)
    known = [each for each in closed.select_related("audience").order_by("starts", "pk")
             if all_know_of(each.audience, readers)]  # fmt: skip
    row.sessions = discussing.asked_in(talk, known, Topic.objects.none())
    row.passages = discussing.passages_of(talk, row.sessions) if row.recording else []
    return row


def _files(row: TalkOfEdition) -> Iterator[Piece]:
    if row.slides:
        yield Piece(f"{row.folder}/slides.pdf", row.slides.file)
    for page in row.pages:
        yield Piece(f"{row.folder}/slide-{page.number:03}.webp", page.large)
    if row.recording:
        yield Piece(row.sound, row.recording.file)
    if row.cues:
        cues = [webvtt.Cue(cue.start, cue.end, cue.text) for cue in row.cues]
        yield Piece(f"{row.folder}/transcript.vtt", webvtt.write(cues).encode())
    for material in row.others:
        yield Piece(f"{row.folder}/{material.file_name}", material.file)


def _entries(row: TalkOfEdition) -> Iterator[list[str]]:
    """What the search finds of a talk: a title, where it leads, and the words there."""
    talk = row.talk
    about = f"{talk.speaker_names} {talk.abstract} {talk.description}"
    yield [talk.title, row.page, about]
    for page in row.pages:
        if page.text.strip():
            yield [f"{talk.title} · {page.number}", f"{row.page}#page-{page.number}", page.text]
    spoken = [webvtt.Cue(cue.start, cue.end, cue.text) for cue in row.cues]
    for passage in webvtt.passages(spoken):
        yield [talk.title, f"{row.page}#cue-{passage.start}", passage.text]
    for session in row.sessions:
        for asked in session.asked:
            question = asked.question
            address = f"{row.page}#question-{question.pk}"
            yield [talk.title, address, f"{question.body} {question.answer}"]
