"""A cache that pages may always ask: while Redis is away, each process remembers for itself."""

import logging
from collections.abc import Callable
from typing import Any

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from search.engines.calls import Pause

logger = logging.getLogger(__name__)
ANSWERS_WITHIN = 0.5  # seconds; a page waits for it
pause = Pause(first=1, longest=30)  # of this process, after Redis did not answer


def _either(name: str) -> Callable[..., Any]:
    """The method of Redis, or that of the memory while Redis does not answer."""
    in_redis, in_memory = getattr(RedisCache, name), getattr(LocMemCache, name)

    def method(self: "RedisOrMemoryCache", *args: Any, **kwargs: Any) -> Any:
        if pause.may_ask(patience=ANSWERS_WITHIN):
            try:
                answer = in_redis(self, *args, **kwargs)
            except RedisError as error:
                if not pause.length:
                    logger.warning("The cache is kept in memory, Redis does not answer: %s", error)
                pause.begin()
            else:
                pause.end()
                return answer
        return in_memory(self.memory, *args, **kwargs)

    return method


class RedisOrMemoryCache(RedisCache):
    """Redis for all processes; memory of the process when it fails (docs/decisions/0007)."""

    def __init__(self, server: str, params: dict[str, Any]):
        options = {
            "socket_connect_timeout": ANSWERS_WITHIN,
            "socket_timeout": ANSWERS_WITHIN,
            "retry": Retry(NoBackoff(), 1),  # a connection that Redis closed meanwhile
        }
        super().__init__(server, params | {"OPTIONS": options})
        self.memory = LocMemCache("while redis is away", params)

    add = _either("add")
    get = _either("get")
    set = _either("set")
    touch = _either("touch")
    delete = _either("delete")
    get_many = _either("get_many")
    has_key = _either("has_key")
    incr = _either("incr")
    set_many = _either("set_many")
    delete_many = _either("delete_many")
    clear = _either("clear")
