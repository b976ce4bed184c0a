"""Brings services and requests of the demonstration in, with the history that they have had.

Everything goes through the services, with the times of the file and without notices.
"""

import uuid
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction

from competencies.models import Competency
from desk import questions, services
from desk.advisories import starter as advisories
from desk.models import Request, SecondPool, Service, State
from forums.models import ExpertPool
from people.markup import render_markdown
from people.models import User
from people.starter import cast, moment

SPACE = uuid.UUID("6f1b2d0c-8f43-4a3e-9a55-2b6f0d1c7e10")  # cids of the starter's requests
# State in the file -> the step that leads there, where it is the same from every state.
STEPS = {
    State.TRIAGED: "triage",
    State.WAITING: "wait",
    State.REOPENED: "reopen",
    State.CLOSED: "close",
    State.DECLINED: "decline",
    State.WITHDRAWN: "withdraw",
}


def load(folder: Path) -> str:
    """Load starter/desk/*.yaml; what is there already is left as it is."""
    _load_services(folder / "desk" / "services.yaml")
    file = folder / "desk" / "requests.yaml"
    if not file.exists():
        return "no requests"
    people = cast(folder)
    for entry in yaml.safe_load(file.read_text("utf-8"))["requests"]:
        _load_request(entry, people)
    told = advisories.load(folder / "desk" / "advisories.yaml", people)
    return f"{Service.objects.count()} services, {Request.objects.count()} requests, {told}"


@transaction.atomic
def _load_services(file: Path) -> None:
    content = yaml.safe_load(file.read_text("utf-8")) if file.exists() else {}
    pools = {pool.code: pool for pool in ExpertPool.objects.all()}
    if not Service.objects.exists():  # later a lead may have named another, or none
        named = content.get("second_pools", {}).items()
        SecondPool.objects.bulk_create(
            [
                SecondPool(pool=pools[code], second=pools[second])
                for code, second in named
                if code in pools and second in pools
            ],
            ignore_conflicts=True,
        )
    for entry in content.get("services", []):
        pool = pools.get(entry["pool"])
        if pool is None or Service.objects.filter(slug=entry["slug"]).exists():
            continue
        response, update, delivery = entry["hours"]
        Service.objects.create(
            slug=entry["slug"],
            pool=pool,
            name=entry["name"],
            kind=entry["kind"],
            description=entry["description"].strip(),
            description_html=render_markdown(entry["description"]),
            questions=questions.to_rows(questions.parse(entry["questions"])),
            response_hours=response,
            update_hours=update,
            delivery_hours=delivery,
        )


@transaction.atomic
def _load_request(entry: dict[str, Any], people: dict[str, User]) -> None:
    cid = uuid.uuid5(SPACE, entry["key"])
    requester = people.get(entry["by"])
    pool = ExpertPool.objects.filter(code=entry["pool"]).first()
    if requester is None or pool is None:
        return
    if Request.objects.filter(requester=requester, cid=cid).exists():
        return
    request = services.file_request(
        requester=requester,
        pool=pool,
        title=entry["title"],
        body=entry["body"].strip(),
        urgency=entry["urgency"],
        on_site=entry["on_site"],
        service=Service.objects.filter(slug=entry.get("service")).first(),
        answers=entry.get("answers", []),
        cid=cid,
        at=moment(entry["filed"]),
        tell=False,
        limited=False,
    )
    for step in entry["history"]:
        if step["state"] != State.NEW:
            request = _take(request, step, people[step["by"]])


def _take(request: Request, step: dict[str, Any], by: User) -> Request:
    at, note = moment(step["at"]), step.get("note", "").strip()
    state = step["state"]
    if state == State.CLAIMED:
        return services.claim(request, by=by, note=note, at=at, tell=False)
    if state == State.IN_WORK:
        verb = "resume" if request.state == State.WAITING else "start"
        return services.move(request, verb, by=by, note=note, at=at, tell=False)
    if state == State.DELIVERED:
        return services.deliver(
            request,
            by=by,
            deliverable=step.get("deliverable", note).strip(),
            hours=Decimal(str(step["hours"])) if "hours" in step else None,
            competencies=Competency.objects.filter(code__in=step.get("competencies", [])),
            note=note,
            at=at,
            tell=False,
        )
    if state == State.ACCEPTED:
        return services.accept(
            request, by=by, rating=step.get("rating"), note=note, at=at, tell=False
        )
    return services.move(request, STEPS[state], by=by, note=note, at=at, tell=False)
