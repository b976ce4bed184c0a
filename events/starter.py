"""Brings a conference with its slides and the Heads' meetings in; safe to repeat."""

import uuid
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import yaml
from django.core.files import File
from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from competencies.models import Competency
from events import services, slides
from events.bringing import Bringer
from events.crediting import credit_all, marked
from events.handing_in import hand_in
from events.models import (
    Action,
    Decision,
    Edition,
    Kind,
    Material,
    Meeting,
    Proposal,
    SlidePage,
    Talk,
    Track,
)
from events.schedule.services import apply_file
from forums.models import ExpertPool
from people.models import Audience, User
from people.starter import cast, moment

CIDS = uuid.UUID("6f1c1f0e-6a0b-4d53-9a29-3f1d5c0d0e57")


def load(folder: Path) -> str:
    people = cast(folder)
    for file in sorted((folder / "conference").glob("*/edition.yaml")):
        _load_edition(file, people)
    for file in sorted((folder / "meetings").glob("*.yaml")):
        _load_meeting(_read(file), people)
    return (
        f"{Talk.objects.count()} talks with {SlidePage.objects.count()} slides, "
        f"{Meeting.objects.count()} meetings"
    )


def _read(file: Path) -> dict[str, Any]:
    return yaml.safe_load(file.read_text("utf-8"))


def _load_edition(file: Path, people: dict[str, User]) -> None:
    entry = _read(file)
    talks, proposals = entry.pop("talks", []), entry.pop("proposals", [])
    entry["audience"] = Audience.objects.of(*entry["audience"])
    for name in ("call_opens", "call_closes"):
        if name in entry:
            entry[name] = moment(entry[name])
    edition, _created = Edition.objects.update_or_create(slug=entry.pop("slug"), defaults=entry)
    for each in talks:
        talk = _load_talk(edition, each, people)
        if each.get("slides"):
            _load_slides(talk, file.parent / "slides" / each["slides"])
    for each in proposals:
        _load_proposal(edition, each, people)
    schedule = file.with_name("schedule.xml")
    if schedule.exists():
        apply_file(schedule.read_bytes(), edition, name=schedule.name, by=None)


@transaction.atomic
def _load_proposal(edition: Edition, entry: dict[str, Any], people: dict[str, User]) -> None:
    by = people.get(entry["by"])
    cid = uuid.uuid5(CIDS, entry["title"])
    if by is None or Proposal.objects.filter(by=by, cid=cid).exists():
        return
    proposal = Proposal.objects.create(
        edition=edition, by=by, cid=cid, title=entry["title"], abstract=entry["abstract"]
    )
    if entry.get("submitted"):
        proposal.state = Proposal.State.SUBMITTED
        proposal.save(update_fields=["state"])
        proposal.steps.create(state=proposal.state, by=by)


def _track(edition: Edition, name: str) -> Track:
    track, _created = Track.objects.get_or_create(
        edition=edition, name=name, defaults={"slug": slugify(name)}
    )
    return track


@transaction.atomic
def _load_talk(edition: Edition, entry: dict[str, Any], people: dict[str, User]) -> Talk:
    speakers = [people[key] for key in entry["speakers"] if key in people]
    talk, _created = Talk.objects.update_or_create(
        slug=entry["slug"],
        defaults={
            "edition": edition,
            "title": entry["title"],
            "speaker_names": ", ".join(person.name for person in speakers),
            "abstract": entry["abstract"],
            "starts": moment(entry["starts"]),
            "minutes": entry.get("minutes", 25),
            "room": entry["room"],
            "track": _track(edition, entry["track"]),
            "pool": ExpertPool.objects.filter(code=entry["pool"]).first(),
            "audience": Audience.objects.of(*entry["audience"]),
        },
    )
    credit_all(edition, [(talk, [marked(person) for person in speakers])])
    talk.competencies.set(Competency.objects.filter(code__in=entry["competencies"]))
    registrar = people.get("registrar")
    if registrar and talk.starts < timezone.now():
        services.mark_held(talk, by=registrar)
    return talk


def _load_slides(talk: Talk, path: Path) -> None:
    """Hand the slides in as their speaker, and cut them at once."""
    speaker = talk.speakers.first()
    if speaker is None or talk.slides.exists():
        return
    with path.open("rb") as opened:
        material = hand_in(
            talk,
            kind=Kind.SLIDES,
            file=File(opened, name=path.name),
            title=talk.title,
            bringer=Bringer(by=speaker),
            cid=uuid.uuid5(CIDS, talk.slug),
        )
    while material.state == Material.State.PENDING and not slides.cut(material):
        pass


@transaction.atomic
def _load_meeting(entry: dict[str, Any], people: dict[str, User]) -> None:
    there = [people[key] for key in entry.get("attendees", []) if key in people]
    away = [people[key] for key in entry.get("apologies", []) if key in people]
    starts = entry.get("starts")
    meeting, _created = Meeting.objects.update_or_create(
        slug=entry["slug"],
        defaults={
            "title": entry["title"],
            "date": date.fromisoformat(entry["date"]),
            "starts": time.fromisoformat(starts) if starts else None,
            "place": entry["place"],
            "agenda": entry["agenda"],
            "minutes": entry.get("minutes", ""),
            "audience": services.meeting_audience([*there, *away]),
        },
    )
    meeting.attendees.set(there)
    meeting.apologies.set(away)
    for number, each in enumerate(entry.get("decisions", []), start=1):
        Decision.objects.get_or_create(
            meeting=meeting, number=number, defaults={"text": each["text"]}
        )
    for number, each in enumerate(entry.get("actions", []), start=1):
        _load_action(meeting, number, each, people)
    services.refresh_audience(meeting)


def _load_action(meeting: Meeting, number: int, entry: dict, people: dict[str, User]) -> None:
    if entry["owner"] not in people:
        return
    due = date.fromisoformat(entry["due"])
    done = entry["state"] == "done"
    closed = timezone.make_aware(datetime.combine(due - timedelta(days=2), time(15)))
    Action.objects.get_or_create(
        meeting=meeting,
        number=number,
        defaults={
            "text": entry["text"],
            "owner": people[entry["owner"]],
            "due": due,
            "state": Action.State.DONE if done else Action.State.OPEN,
            "closed_at": closed if done else None,
        },
    )
