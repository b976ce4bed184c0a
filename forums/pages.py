"""What the pages of the forum share: finding what somebody may see, and the way to a page."""

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from taggit.models import Tag

from forums import moving, tagging
from forums.models import ExpertPool, Post, Topic


def visible_topic(person, pk) -> Topic:
    """The topic, or the one that it was merged into; 404 where the person may not know of it."""
    rows = Topic.objects.visible_to(person).select_related("pool", "asker")
    topic = rows.filter(pk=pk).first()
    if topic is None:
        merged = get_object_or_404(Topic.objects.exclude(merged_into=None), pk=pk)
        topic = get_object_or_404(rows, pk=moving.last_of(merged).pk)
    return topic


def visible_post(person, pk) -> Post:
    rows = Post.objects.visible_to(person).select_related("topic__pool", "author")
    return get_object_or_404(rows, pk=pk)


def visible_tag(person, name: str) -> Tag:
    """The tag with this name or synonym; a tag of what only others may read is not there."""
    tag = tagging.find(name)
    visible = Topic.objects.visible_to(person)
    if tag is None or not visible.filter(tags=tag).exists():
        raise Http404
    return tag


def crumbs(pool: ExpertPool, *last) -> list:
    """The way to a page below a pool: pairs, and the page itself as a word."""
    *between, here = last
    return [
        (_("Pools and questions"), reverse("forums:pools")),
        (pool.title, pool.address),
        *between,
        (here, None),
    ]
