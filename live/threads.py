"""Database work of sockets beside each other.

Channels does all of it in one thread: where each query waits for a server, nobody's would begin
before the last one's answer. SQLite writes one at a time in any case, and stays with one thread.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from channels import auth
from channels.db import database_sync_to_async
from channels.sessions import CookieMiddleware, SessionMiddleware
from django.db import connection

_threads = ThreadPoolExecutor(8, "live")


def beside_others(function: Callable[..., Any]) -> Any:
    """`function` to be awaited; in a thread of its own where the database is a server."""
    if connection.vendor == "sqlite":
        return database_sync_to_async(function)
    return database_sync_to_async(function, thread_sensitive=False, executor=_threads)


class _AuthMiddleware(auth.AuthMiddleware):
    async def resolve_scope(self, scope: dict[str, Any]) -> None:
        scope["user"]._wrapped = await beside_others(auth.get_user.func)(scope)


def signed_in(application: Any) -> Any:
    """`application` with the person of the session cookie, as Channels' AuthMiddlewareStack."""
    return CookieMiddleware(SessionMiddleware(_AuthMiddleware(application)))
