"""The product's application with paths for the bench: two naive sockets, and a driver.

The naive sockets do what tutorials do: each event goes through the channel layer to each socket
with `group_send`. One is told the question in the message; the other, as most programs do, is
told its number and reads it. They are here to be measured against, and nowhere else.
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

GROUP = "bench."


class NaiveConsumer(AsyncWebsocketConsumer):
    way = "naive"

    async def connect(self):
        await self.channel_layer.group_add(GROUP + self.way, self.channel_name)
        await self.accept()

    async def disconnect(self, code):
        await self.channel_layer.group_discard(GROUP + self.way, self.channel_name)

    async def bench_event(self, message):
        await self.send(json.dumps({"seq": message["seq"], "body": message["body"]}))


class ReadingConsumer(NaiveConsumer):
    way = "reading"

    async def bench_event(self, message):
        body = await database_sync_to_async(read)(message["session"], message["seq"])
        await self.send(json.dumps({"seq": message["seq"], "body": body}))


def read(session_id, seq):
    from live.log import lines_after  # noqa: PLC0415 (apps are ready only now)

    return lines_after(session_id, seq - 1, 1)[0].payload


def commit(session_id):
    """One question, committed; its number, when that was, and what it asks."""
    from live import services  # noqa: PLC0415
    from live.commands import parse  # noqa: PLC0415
    from live.models import Session  # noqa: PLC0415

    host = Session.objects.select_related("host").get(pk=session_id).host
    body = "What does the bench ask, and when does everybody know of it? " * 4
    command = parse({"t": "q.ask", "cid": str(uuid.uuid4()), "body": body})
    ack = services.perform(host, session_id, command, limited=False)
    return {"seq": ack.seq, "committed": time.time(), "body": body}


async def drive(scope, receive, send):
    """POST /bench/<hub|naive|reading>/<session>: one event."""
    way, session = scope["url_route"]["kwargs"]["way"], int(scope["url_route"]["kwargs"]["pk"])
    told = await database_sync_to_async(commit)(session)
    if way != "hub":
        message = {"type": "bench.event", "session": session, **told}
        await get_channel_layer().group_send(GROUP + way, message)
    body = json.dumps({"seq": told["seq"], "committed": told["committed"]}).encode()
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


product_http = product.application_mapping["http"]
application = ProtocolTypeRouter(
    {
        "http": URLRouter(
            [
                re_path(r"^bench/(?P<way>hub|naive|reading)/(?P<pk>[0-9]+)$", drive),
                re_path(r"", product_http),
            ]
        ),
        "websocket": URLRouter(
            [
                re_path(r"^bench/naive$", NaiveConsumer.as_asgi()),
                re_path(r"^bench/reading$", ReadingConsumer.as_asgi()),
                re_path(r"", product.application_mapping["websocket"]),
            ]
        ),
    }
)
