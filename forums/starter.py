"""Brings the expert pools in; safe to repeat."""

from pathlib import Path

import yaml
from django.db import transaction
from django.utils.html import escape
from wagtail.models import Page, Site

from forums.models import ExpertPool, PoolIndexPage, PoolMembership
from people.models import Audience, User


def load(folder: Path) -> str:
    for entry in yaml.safe_load((folder / "pools" / "pools.yaml").read_text("utf-8")):
        _load_pool(entry)
    return f"{ExpertPool.objects.count()} pools"


def index_page() -> PoolIndexPage:
    """The folder of all pools, made on first use under the site's root page."""
    index = PoolIndexPage.objects.first()
    if index is None:
        site = Site.objects.filter(is_default_site=True).first()
        root = site.root_page if site else Page.get_first_root_node()
        index = root.add_child(instance=PoolIndexPage(title="Pools", slug="pools"))
    return index


@transaction.atomic
def _load_pool(entry: dict) -> None:
    pool = ExpertPool.objects.filter(code=entry["code"]).first() or ExpertPool(code=entry["code"])
    pool.title, pool.slug = entry["title"], entry["slug"]
    pool.intro = f"<p>{escape(entry['intro'])}</p>"
    pool.audience = Audience.objects.of("everyone")
    if pool.pk:
        pool.save()
    else:
        index_page().add_child(instance=pool)
    roles = {entry["lead"]: "lead"} | dict.fromkeys(entry["experts"], "expert")
    for person in User.objects.filter(employee_id__in=roles):
        PoolMembership.objects.get_or_create(
            pool=pool, person=person, ends=None, defaults={"role": roles[person.employee_id]}
        )
