"""The doorbell: "the log of this session has grown", and nothing more.

Hubs of this process are woken directly; hubs of other processes through the channel layer.
A bell that nobody hears costs two seconds, never an event: each hub also looks by itself.
"""

from collections import defaultdict
from collections.abc import Callable

from asgiref.sync import async_to_sync
from channels.layers import InMemoryChannelLayer, get_channel_layer
from django.db import transaction

_listeners: dict[int, set[Callable[[], None]]] = defaultdict(set)


def group_of(session_id: int) -> str:
    return f"live.{session_id}"


def listen(session_id: int, wake: Callable[[], None]) -> None:
    _listeners[session_id].add(wake)


def leave(session_id: int, wake: Callable[[], None]) -> None:
    _listeners[session_id].discard(wake)
    if not _listeners[session_id]:
        del _listeners[session_id]


def ring_after_commit(session_id: int) -> None:
    """Ring when the transaction is through; a layer that is down is logged, and no more."""
    transaction.on_commit(lambda: ring(session_id), robust=True)


def ring(session_id: int) -> None:
    for wake in tuple(_listeners.get(session_id, ())):
        wake()
    layer = get_channel_layer()
    if layer is not None and not isinstance(layer, InMemoryChannelLayer):
        async_to_sync(layer.group_send)(group_of(session_id), {"type": "live.bell"})
