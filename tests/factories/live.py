import uuid
from datetime import timedelta

from django.utils import timezone

from forums.models import ExpertPool
from live import services
from live.commands import parse
from live.models import Session
from people.models import Audience
from tests.factories.forums import pool, serving
from tests.factories.people import professional


def make_pool(code: str = "NET") -> ExpertPool:
    return ExpertPool.objects.filter(code=code).first() or pool(code)


def expert_of(in_pool: ExpertPool, role: str = "expert"):
    return serving(in_pool, role)


def make_session(*, state: str = "open", host=None, moderators=(), audience="everyone", **fields):
    """A session as its plan and its commands make it."""
    in_pool = fields.pop("pool", None) or make_pool()
    host = host or expert_of(in_pool)
    start = timezone.now()
    session = services.plan_session(
        by=host,
        cid=uuid.uuid4(),
        host=host,
        moderators=moderators,
        pool=in_pool,
        audience=Audience.objects.of(audience),
        **{
            "title": "Routing at the edge",
            "summary": "Bring your questions.",
            "starts": start,
            "ends": start + timedelta(hours=1),
            **fields,
        },
    )
    steps = {
        "scheduled": [],
        "open": ["open"],
        "paused": ["open", "pause"],
        "closed": ["open", "close"],
    }
    for step in steps[state]:
        do(session, host, f"sess.{step}")
    return Session.objects.select_related("host", "pool", "audience").get(pk=session.pk)


def do(session: Session, person, kind: str, /, *, at=None, limited: bool = False, **fields):
    """Perform one command, as a socket would."""
    command = parse({"t": kind, "cid": str(fields.pop("cid", uuid.uuid4())), **fields})
    return services.perform(person, session.pk, command, at=at, limited=limited)


def ask(session: Session, person=None, body: str = "How do we size an uplink?", **fields) -> int:
    """The id of a new question."""
    return do(session, person or professional(), "q.ask", body=body, **fields).obj
