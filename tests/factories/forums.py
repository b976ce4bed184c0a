import uuid

from forums import services
from forums.models import ExpertPool, PoolMembership, Topic
from forums.starter import index_page
from people.models import Audience
from tests.factories.people import professional


def pool(code="NET", *, audience=("everyone",), **fields) -> ExpertPool:
    page = ExpertPool(
        code=code,
        title=fields.pop("title", f"Pool {code}"),
        slug=code.lower(),
        intro="<p>Ask us.</p>",
        audience=Audience.objects.of(*audience),
    )
    index_page().add_child(instance=page)
    return page


def serving(in_pool, role="expert"):
    """Somebody who serves the pool."""
    person = professional()
    PoolMembership.objects.create(pool=in_pool, person=person, role=role)
    return person


def topic(in_pool=None, **fields) -> Topic:
    values = {
        "author": None,
        "title": "DHCP runs out at noon",
        "body": "The pool is empty every noon.",
        "cid": uuid.uuid4(),
        "limited": False,
    } | fields
    values["author"] = values["author"] or professional()
    return services.ask(pool=in_pool or pool(), **values)


def answer(to, author=None, body="Shorten the lease."):
    return services.reply(
        to, author=author or professional(), body=body, cid=uuid.uuid4(), limited=False
    )
