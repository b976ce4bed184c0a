"""Brings the expert pools in with what was asked in them; safe to repeat.

starter/pools/*.yaml, people by their keys in starter/cast.yaml. Everything goes through the
services, with the times of the file and without notices.
"""

import uuid
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction
from wagtail.models import Page, Site

from competencies.models import Competency
from forums import services
from forums.models import ExpertPool, PoolIndexPage, PoolMembership, Topic
from people.audiences import EVERYONE
from people.markup import render_markdown
from people.models import Audience, User
from people.starter import cast, moment

People = dict[str, User]  # by key of the cast
SPACE = uuid.UUID("2b1d9c0e-4c76-4f0e-9a3c-6f0f5f7a9e21")  # cids of the starter's posts


def load(folder: Path) -> str:
    """Bring in the pools and topics that are not there yet; the line counts them."""
    people = cast(folder)
    for file in sorted((folder / "pools").glob("*.yaml")):
        entry = yaml.safe_load(file.read_text("utf-8"))
        pool = _load_pool(entry, people)
        for topic in entry["topics"]:
            _load_topic(pool, topic, people)
    return f"{ExpertPool.objects.count()} pools, {Topic.objects.count()} topics"


def index_page() -> PoolIndexPage:
    """The folder of all pools, made on first use under the site's root page."""
    index = PoolIndexPage.objects.first()
    if index is None:
        site = Site.objects.filter(is_default_site=True).first()
        root = site.root_page if site else Page.get_first_root_node()
        index = root.add_child(instance=PoolIndexPage(title="Pools", slug="pools"))
    return index


@transaction.atomic
def _load_pool(entry: dict[str, Any], people: People) -> ExpertPool:
    pool = ExpertPool.objects.filter(code=entry["code"]).first()
    if pool:  # its lead may have changed it since
        return pool
    pool = index_page().add_child(
        instance=ExpertPool(
            code=entry["code"],
            title=entry["title"],
            slug=entry["slug"],
            intro=render_markdown(entry["intro"].replace("\n", "\n\n")),
            audience=Audience.objects.of(EVERYONE),
        )
    )
    keys = dict.fromkeys(entry["members"], PoolMembership.Role.MEMBER)
    keys |= dict.fromkeys(entry["experts"], PoolMembership.Role.EXPERT)
    keys[entry["lead"]] = PoolMembership.Role.LEAD
    PoolMembership.objects.bulk_create(
        PoolMembership(pool=pool, person=people[key], role=role)
        for key, role in keys.items()
        if key in people
    )
    return pool


@transaction.atomic
def _load_topic(pool: ExpertPool, entry: dict[str, Any], people: People) -> None:
    """One topic with its answers, all or nothing; not one whose people were not loaded."""
    cid = uuid.uuid5(SPACE, entry["key"])
    asker = people.get(entry["by"])
    if asker is None or Topic.objects.filter(asker=asker, cid=cid).exists():
        return
    topic = services.ask(
        pool=pool,
        author=asker,
        kind=entry["kind"],
        title=entry["title"],
        body=entry["body"].strip(),
        competencies=Competency.objects.filter(code__in=entry["competencies"]),
        tags=entry["tags"],
        cid=cid,
        at=moment(entry["asked"]),
        tell=False,
        limited=False,
    )
    for number, answer in enumerate(entry["answers"], start=1):
        _load_answer(topic, asker, answer, people, uuid.uuid5(cid, str(number)))
    for key in entry["same_problem"]:
        if key in people:
            services.set_same_problem(topic, person=people[key], value=True)


def _load_answer(
    topic: Topic, asker: User, entry: dict[str, Any], people: People, cid: uuid.UUID
) -> None:
    if entry["by"] not in people:
        return
    at = moment(entry["at"])
    post = services.reply(
        topic,
        author=people[entry["by"]],
        body=entry["body"].strip(),
        cid=cid,
        at=at,
        tell=False,
        limited=False,
    )
    if entry.get("accepted"):
        services.accept_answer(post, by=asker, at=at)
