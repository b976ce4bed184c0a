"""Answering a query: plan it, ask an engine, and fall back to the embedded one."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from django.conf import settings

from search.analysis import words
from search.engines.base import Engine, EngineDownError, Filters, Hit, Page, Results
from search.engines.calls import Pause
from search.engines.elasticsearch import PAGE_TIMEOUT, ElasticsearchEngine
from search.engines.embedded import EmbeddedEngine
from search.likeness import clues
from search.models import SearchTerm, SearchTermKey
from search.planner import make_plan, typo_keys, within_one_edit

T = TypeVar("T")
logger = logging.getLogger(__name__)
LONGEST_QUERY = 300
PAUSE = 20.0  # seconds in which an engine that did not answer is not asked again


@dataclass(frozen=True)
class Answer:
    results: Results
    engine: str
    did_you_mean: str = ""
    fallback: bool = False  # the engine that should have answered was down


breaker = Pause(first=PAUSE, longest=PAUSE)


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
    if engine:
        asked = engines()[engine].search(plan, tokens=tokens, filters=filters, page=page)
        return Answer(asked, engine)
    results, name, fallback = _first_answer(
        lambda one: one.search(plan, tokens=tokens, filters=filters, page=page)
    )
    return Answer(results, name, _suggestion(plan, tokens), fallback=fallback)


def _first_answer(ask: Callable[[Engine], T]) -> tuple[T, str, bool]:
    """What the preferred engine says, or the embedded one while that is down: (answer, name, so).

    An engine that did not answer is left alone for 20 s; then one asker tries it again.
    """
    preferred, *others = engines().values()
    if not others:
        return ask(preferred), preferred.name, False
    if breaker.may_ask(patience=PAGE_TIMEOUT):
        try:
            answer = ask(preferred)
        except EngineDownError as error:
            breaker.begin(at_least=error.retry_after)
            logger.warning("%s does not answer, %s does: %s", preferred.name, others[0].name, error)
        else:
            breaker.end()
            return answer, preferred.name, False
    return ask(others[0]), others[0].name, True


def _suggestion(plan, tokens: frozenset[str]) -> str:
    """The corrected words, only where this person may see something that has all of them."""
    if not plan.did_you_mean:
        return ""
    corrected = make_plan(plan.did_you_mean + " ")
    exact = type(corrected)(words=corrected.words, stages=corrected.stages[:1])
    found = EmbeddedEngine().search(exact, tokens=tokens, filters=Filters(), page=Page(1, 1))
    return plan.did_you_mean if found.total else ""


SIMILAR_KINDS = ("topic", "unit", "slide", "talk")


def similar(
    text: str, *, tokens: frozenset[str], kinds: tuple[str, ...] = SIMILAR_KINDS, engine: str = ""
) -> list[Hit]:
    """Up to five documents of `kinds` that share the most with `text`; no obsolete ones.

    `engine` names one engine and turns the fallback off, as in `search`.
    """
    typed = words(text[:2000])[:200]
    documents = dict(
        SearchTerm.objects.filter(term__in=set(typed)).values_list("term", "documents")
    )
    found = clues(typed, documents)
    if not found:
        return []
    if engine:
        return engines()[engine].similar(found, tokens=tokens, kinds=kinds)
    return _first_answer(lambda one: one.similar(found, tokens=tokens, kinds=kinds))[0]


def similar_for(person, text: str) -> list[Hit]:
    """What `person` may read that was asked, taught or told before about this."""
    if not text.strip():
        return []
    return similar(text, tokens=person.audience_tokens)


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
