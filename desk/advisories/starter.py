"""Brings the advisories of the demonstration in, with what was answered; safe to repeat."""

import uuid
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction
from django.utils import timezone

from desk.advisories import queries, services
from desk.advisories.rules import answered_by
from desk.models import Advisory
from forums.models import ExpertPool
from people.models import User

SPACE = uuid.UUID("0c6d3c52-9d0f-4d3c-8a56-6f0f5f3f7a21")  # cids of the starter's advisories


def load(file: Path, people: dict[str, User]) -> str:
    """Load starter/desk/advisories.yaml for the `people` of the cast."""
    entries = yaml.safe_load(file.read_text("utf-8"))["advisories"] if file.exists() else []
    for entry in entries:
        _load_advisory(entry, people)
    return f"{Advisory.objects.count()} advisories"


@transaction.atomic
def _load_advisory(entry: dict[str, Any], people: dict[str, User]) -> None:
    cid, by = uuid.uuid5(SPACE, entry["key"]), people.get(entry["by"])
    pool = ExpertPool.objects.filter(code=entry["pool"]).first()
    if by is None or pool is None or Advisory.objects.filter(issued_by=by, cid=cid).exists():
        return
    advisory = services.issue(
        by=by,
        pool=pool,
        title=entry["title"],
        body=entry["body"].strip(),
        kind=entry["kind"],
        urgent=entry["urgent"],
        due=_day(entry["due"]).date(),
        agencies=queries.agencies(),
        centres=queries.centres() if entry["centres"] else [],
        cid=cid,
        at=_day(entry["issued"]),
        tell=False,
    )
    for said in entry["answers"]:
        person = people[said["by"]]
        services.answer(
            answered_by(person).get(advisory=advisory),
            by=person,
            state=said["state"],
            reason=said.get("reason", ""),
            cid=uuid.uuid5(SPACE, f"{entry['key']} {said['by']}"),
            at=_day(said["day"]),
        )


def _day(number: int) -> datetime:
    """Ten o'clock, `number` days from today."""
    day = timezone.localdate() + timedelta(days=number)
    return timezone.make_aware(datetime.combine(day, time(10)))
