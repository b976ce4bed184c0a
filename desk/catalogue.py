"""Writes and reads of the catalogue of services."""

import re
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from desk import dues, questions
from desk.models import SecondPool, Service
from forums.models import ExpertPool
from forums.rules import may_manage
from people.markup import render_markdown
from people.models import User
from people.slugs import free_slug

SHORTEST_WORD = 4  # letters; shorter ones say nothing about the kind of work
# Words of nearly every request.
COMMON = frozenset(
    "about after again also been before could does each from have help into more need needs only"
    " other over please should some such than that their them then there they this under what when"
    " where which whole whoever with work would your".split()
)


@transaction.atomic
def save_service(service: Service, *, asks: Iterable[questions.Question], by: User) -> Service:
    """Write `service` as its pool's lead changed it; open requests get its new times at once.

    PermissionDenied unless `by` leads the pool or is an administrator.
    """
    if not may_manage(by, service.pool):
        raise PermissionDenied(_("The lead of the pool says what it offers."))
    # Two who save at once come one after the other, so that each finds a slug that is free.
    ExpertPool.objects.select_for_update(of=("self",)).get(pk=service.pool_id)
    if not service.slug:
        taken = set(Service.objects.values_list("slug", flat=True))
        named = f"{service.pool.code} {service.name}"
        service.slug = free_slug(named, "service", taken, longest=50)
    service.questions = questions.to_rows(list(asks))
    service.description_html = render_markdown(service.description)
    service.save()
    dues.renew_of(service)
    return service


@transaction.atomic
def name_second(pool: ExpertPool, second: ExpertPool | None, *, by: User) -> None:
    """Say which pool is asked too where `pool` does not move; None: no other. Safe to repeat.

    What it was asked already stays asked. PermissionDenied unless `by` leads the pool or is an
    administrator.
    """
    if not may_manage(by, pool):
        raise PermissionDenied(_("The lead of the pool says which pool is asked too."))
    if second is None:
        SecondPool.objects.filter(pool=pool).delete()
    else:
        SecondPool.objects.update_or_create(pool=pool, defaults={"second": second})


class Suggestion(NamedTuple):
    service: Service
    words: list[str]  # of the text, for which it was found


def suggestions(text: str, offered: Iterable[Service], most: int = 3) -> list[Suggestion]:
    """The services of `offered` that share the most telling words with `text`, the best first.

    A word tells the more the fewer services have it.
    """
    services = list(offered)
    words_of = {
        service.pk: words(f"{service.name} {service.description} {service.pool.title}")
        for service in services
    }
    spread = Counter(word for found in words_of.values() for word in found)
    asked = words(text)
    found = [
        Suggestion(
            service, sorted(asked & words_of[service.pk], key=lambda word: (spread[word], word))
        )
        for service in services
    ]
    found.sort(key=lambda one: -sum(1 / spread[word] for word in one.words))
    return [one for one in found if one.words][:most]


def words(text: str) -> set[str]:
    """The telling words of a text, in small letters and without a plural's "s"."""
    found = re.findall(rf"[^\W\d_]{{{SHORTEST_WORD},}}", text.lower())
    singular = (word if word.endswith("ss") else word.removesuffix("s") for word in found)
    return set(singular) - COMMON
