"""Answering a query: plan it, ask an engine, and fall back to the embedded one."""

import time
from dataclasses import dataclass, field

from django.conf import settings

from search.engines.base import Engine, EngineDownError, Filters, Hit, Page, Results
from search.engines.elasticsearch import ElasticsearchEngine
from search.engines.embedded import EmbeddedEngine
from search.models import SearchTermKey
from search.planner import make_plan, typo_keys, within_one_edit

LONGEST_QUERY = 300
PAUSE = 20.0  # seconds in which an engine that did not answer is not asked again


@dataclass(frozen=True)
class Answer:
    results: Results
    engine: str
    did_you_mean: str = ""
    fallback: bool = False  # the engine that should have answered was down


@dataclass
class Breaker:
    """Leaves an engine alone for a while after it did not answer."""

    closed_until: float = field(default=0.0)

    def is_open(self) -> bool:
        return time.monotonic() < self.closed_until

    def trip(self) -> None:
        self.closed_until = time.monotonic() + PAUSE


breaker = Breaker()


def engines() -> dict[str, Engine]:
    """The engines that can answer here, the preferred one first."""
    found: list[Engine] = [EmbeddedEngine()]
    if settings.ELASTICSEARCH_URL:
        found.insert(0, ElasticsearchEngine(settings.ELASTICSEARCH_URL))
    return {engine.name: engine for engine in found}


def search(
    text: str,
    *,
    tokens: frozenset[str],
    filters: Filters = Filters(),  # noqa: B008 (frozen)
    page: Page = Page(),  # noqa: B008 (frozen)
    engine: str = "",
) -> Answer:
    """What a person with these audience tokens finds for `text` (at most 300 letters count).

    `engine` names one engine and turns the fallback off: EngineDownError if it does not answer,
    KeyError if there is none of that name.
    """
    plan = make_plan(text[:LONGEST_QUERY], close_words=close_words)
    available = engines()
    if engine:
        asked = available[engine].search(plan, tokens=tokens, filters=filters, page=page)
        return Answer(asked, engine)
    preferred, *others = available.values()
    name = preferred.name
    results: Results | None = None
    if not others or not breaker.is_open():
        try:
            results = preferred.search(plan, tokens=tokens, filters=filters, page=page)
        except EngineDownError:
            breaker.trip()
    if results is None:
        name = others[0].name
        results = others[0].search(plan, tokens=tokens, filters=filters, page=page)
    return Answer(results, name, _suggestion(plan, tokens), fallback=name != preferred.name)


def _suggestion(plan, tokens: frozenset[str]) -> str:
    """The corrected words, only where this person may see something that has all of them."""
    if not plan.did_you_mean:
        return ""
    corrected = make_plan(plan.did_you_mean + " ")
    exact = type(corrected)(words=corrected.words, stages=corrected.stages[:1])
    found = EmbeddedEngine().search(exact, tokens=tokens, filters=Filters(), page=Page(1, 1))
    return plan.did_you_mean if found.total else ""


def similar(text: str, *, tokens: frozenset[str], kinds: tuple[str, ...]) -> list[Hit]:
    """Up to five documents of `kinds` that are about what `text` is about."""
    return EmbeddedEngine().similar(text[:2000], tokens=tokens, kinds=kinds)


def similar_for(person, text: str) -> list[Hit]:
    """What `person` may read that was asked, taught or told before about this."""
    if not text.strip():
        return []
    kinds = ("topic", "unit", "slide", "talk")
    return similar(text, tokens=person.audience_tokens, kinds=kinds)


def close_words(word: str) -> list[str]:
    """Up to three known words one typo away, the same first letter preferred; none if known."""
    rows = (
        SearchTermKey.objects.filter(key__in=typo_keys(word))
        .values_list("term__term", "term__documents")
        .distinct()
    )
    candidates = {term: count for term, count in rows if within_one_edit(word, term)}
    if word in candidates or len(word) < 3:
        return []
    ranked = sorted(candidates, key=lambda term: (term[0] != word[0], -candidates[term], term))
    return ranked[:3]
