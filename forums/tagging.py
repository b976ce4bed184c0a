"""The vocabulary of tags: one for the whole site, with synonyms, kept by those who lead pools."""

from collections.abc import Iterable
from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from taggit.models import Tag, TaggedItem

from forums.audiences import roles_of
from forums.models import (
    Absence,
    ExpertPool,
    PoolMembership,
    Post,
    TagSynonym,
    Topic,
    Watch,
)
from people.models import User

ACTIVE_WITHIN = timedelta(days=365)


class VocabularyError(Exception):
    """The change is not possible; the message says why."""


def find(name: str) -> Tag | None:
    """The tag that `name` is or means."""
    if "\x00" in name:
        return None
    wanted = name.strip().lower()[:100]
    synonym = TagSynonym.objects.filter(name=wanted).select_related("tag").first()
    return synonym.tag if synonym else Tag.objects.filter(name=wanted).first()


def meant(names: Iterable[str]) -> list[str]:
    """The names of the tags that these words mean, each once."""
    typed = list(names)
    means = dict(TagSynonym.objects.filter(name__in=typed).values_list("name", "tag__name"))
    return list(dict.fromkeys(means.get(name, name) for name in typed))


@transaction.atomic
def add_synonym(tag: Tag, name: str, *, by: User) -> TagSynonym:
    """Let `name` mean `tag` from now on; a tag of that name is merged. Safe to repeat."""
    _need_keeper(by)
    name = " ".join(name.split()).lower()
    known = TagSynonym.objects.filter(name=name).first()
    if known and known.tag_id == tag.pk:
        return known
    if known or name == tag.name:
        raise VocabularyError(_("“%(name)s” is taken already.") % {"name": name})
    other = Tag.objects.filter(name=name).first()
    if other:
        merge(other, into=tag, by=by)
        return TagSynonym.objects.get(name=name)
    return TagSynonym.objects.create(name=name, tag=tag, by=by)


@transaction.atomic
def merge(tag: Tag, *, into: Tag, by: User) -> None:
    """All that has `tag` has `into` instead; the old name and its synonyms mean `into` then.

    Who watches both keeps what was said of `into`.
    """
    _need_keeper(by)
    if tag.pk == into.pk:
        raise VocabularyError(_("A tag cannot be merged into itself."))
    locked = list(Tag.objects.select_for_update().filter(pk__in=[tag.pk, into.pk]).order_by("pk"))
    if len(locked) < 2:
        raise VocabularyError(_("One of the two was merged in the meantime."))
    has = TaggedItem.objects.filter(
        tag=into, content_type=OuterRef("content_type"), object_id=OuterRef("object_id")
    )
    TaggedItem.objects.filter(tag=tag).exclude(Exists(has)).update(tag=into)
    watching = Watch.objects.filter(tag=into).values("person")
    Watch.objects.filter(tag=tag).exclude(person__in=watching).update(tag=into)
    tag.synonyms.update(tag=into)
    name = tag.name
    tag.delete()
    TagSynonym.objects.create(name=name, tag=into, by=by)


def may_keep(person: User) -> bool:
    """Who leads a pool keeps the words of the site, and an administrator."""
    return person.is_superuser or "lead" in roles_of(person)


def _need_keeper(by: User) -> None:
    if not may_keep(by):
        raise PermissionDenied(_("Only leads of pools and administrators keep the tags."))


def vocabulary(person: User) -> QuerySet[Tag]:
    """Tags of topics that `person` may see: how many topics, and whether an expert is active."""
    return _with_topics(Topic.objects.visible_to(person)).order_by("name")


def tags_without_expert(person: User, pool: ExpertPool) -> QuerySet[Tag]:
    """Tags of the last year's topics of `pool`, as far as `person` may see them, without an
    active expert who serves it: the most asked first."""
    since = timezone.now() - ACTIVE_WITHIN
    asked = Topic.objects.visible_to(person).filter(pool=pool, created__gte=since, imported=None)
    return _with_topics(asked, pool).filter(has_expert=False).order_by("-topics", "name")


def _with_topics(topics: QuerySet[Topic], pool: ExpertPool | None = None) -> QuerySet[Tag]:
    """The tags of `topics`: how many they are, and whether an expert is active (of `pool`).

    An active expert of a tag serves a pool, is not away today, and watches the tag or answered
    in one of its topics within a year.
    """
    away = Absence.objects.on(timezone.localdate()).values("person")
    serving = PoolMembership.objects.serving().exclude(person__in=away).values("person")
    if pool is not None:
        serving = serving.filter(pool=pool)
    watched = Watch.objects.filter(
        tag=OuterRef("pk"), level__gte=Watch.Level.TRACKING, person__in=serving
    )
    answered = Post.objects.filter(
        topic__tags=OuterRef("pk"),
        number__gt=1,
        created__gte=timezone.now() - ACTIVE_WITHIN,
        author__in=serving,
    )
    rows: QuerySet[Tag] = Tag.objects.annotate(
        topics=Count("topic", filter=Q(topic__in=topics), distinct=True),
        has_expert=Exists(watched) | Exists(answered),
    )
    return rows.filter(topics__gt=0)
