"""The product's application with two paths for the bench: a naive socket, and a driver.

The naive socket does what tutorials do: each event goes through the channel layer to each
socket with `group_send`. It is here to be measured against, and nowhere else.
"""

import json
import time
import uuid

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.layers import get_channel_layer
from channels.routing import ProtocolTypeRouter, URLRouter
from django.urls import re_path

from lms.asgi import application as product

GROUP = "bench.naive"


class NaiveConsumer(AsyncWebsocketConsumer):
    async def connect(self):
        await self.channel_layer.group_add(GROUP, self.channel_name)
        await self.accept()

    async def bench_event(self, message):
        await self.send(json.dumps({"committed": message["committed"], "body": message["body"]}))


def commit(session_id):
    """One question, committed; when that was, and its number."""
    from live import services  # noqa: PLC0415 (apps are ready only now)
    from live.commands import parse  # noqa: PLC0415
    from live.models import Session  # noqa: PLC0415

    host = Session.objects.select_related("host").get(pk=session_id).host
    body = "What does the bench ask, and when does everybody know of it? " * 4
    command = parse({"t": "q.ask", "cid": str(uuid.uuid4()), "body": body})
    ack = services.perform(host, session_id, command, limited=False)
    return {"seq": ack.seq, "committed": time.time(), "body": body}


async def drive(scope, receive, send):
    """POST /bench/<naive|hub>/<session>: one event."""
    way = scope["url_route"]["kwargs"]["way"]
    told = await database_sync_to_async(commit)(int(scope["url_route"]["kwargs"]["pk"]))
    if way == "naive":
        message = {"type": "bench.event", "committed": told["committed"], "body": told["body"]}
        await get_channel_layer().group_send(GROUP, message)
    body = json.dumps({"seq": told["seq"], "committed": told["committed"]}).encode()
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


product_http = product.application_mapping["http"]
application = ProtocolTypeRouter(
    {
        "http": URLRouter(
            [
                re_path(r"^bench/(?P<way>naive|hub)/(?P<pk>[0-9]+)$", drive),
                re_path(r"", product_http),
            ]
        ),
        "websocket": URLRouter(
            [
                re_path(r"^bench/naive$", NaiveConsumer.as_asgi()),
                re_path(r"", product.application_mapping["websocket"]),
            ]
        ),
    }
)
