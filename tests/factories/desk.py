import uuid

from desk import questions, services
from desk.models import Request, Service
from tests.factories.forums import pool as make_pool
from tests.factories.forums import serving
from tests.factories.people import professional


def service(in_pool=None, asks="", **fields) -> Service:
    """What a pool offers; `asks` as a lead writes it."""
    values = {
        "slug": "network-fault",
        "name": "Network fault",
        "description": "Wireless and cables that fail.",
        "kind": "trouble",
    } | fields
    rows = questions.to_rows(questions.parse(asks))
    return Service.objects.create(pool=in_pool or make_pool(), questions=rows, **values)


def filed(in_pool=None, **fields) -> Request:
    """A request that nobody has looked at."""
    values = {
        "requester": None,
        "title": "Measure the wireless",
        "body": "It drops when the waiting room is full.",
        "cid": uuid.uuid4(),
        "limited": False,
    } | fields
    values["requester"] = values["requester"] or professional()
    return services.file_request(pool=in_pool or make_pool(), **values)


def claimed(in_pool=None, by=None, **fields) -> Request:
    asked = filed(in_pool, **fields)
    return services.claim(asked, by=by or serving(asked.pool))


def in_work(in_pool=None, by=None, **fields) -> Request:
    asked = claimed(in_pool, by, **fields)
    return services.move(asked, "start", by=asked.claimed_by)


def delivered(in_pool=None, by=None, competencies=(), **fields) -> Request:
    asked = in_work(in_pool, by, **fields)
    return services.deliver(
        asked,
        by=asked.claimed_by,
        deliverable="A **drawing**.",
        hours=None,
        competencies=competencies,
    )
