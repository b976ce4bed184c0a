"""Messages of requests as moderation sees them: who reads and judges them, what hiding is."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from desk.escalation import secretariat
from desk.models import Message
from forums.audiences import pool_roles
from forums.models import PoolMembership
from forums.moderating import REDACTED
from moderation.rules import is_moderator
from moderation.subjects import Item, Subject
from people.models import User

LEAD = PoolMembership.Role.LEAD


def visible(person) -> QuerySet:
    return Message.objects.visible_to(person).filter(redacted_at=None).values("pk")


def judged(person) -> QuerySet:
    """What `person` reads, in the pools that they lead; to moderators, in all.

    A moderator who may not read a confidential request hears nothing of it here either.
    """
    rows = Message.objects.visible_to(person)
    if not is_moderator(person):
        led = [code for code, role in pool_roles(person).items() if role == LEAD]
        rows = rows.filter(request__pool__code__in=led)
    return rows.values("pk")


def judges(message_id: int) -> QuerySet[User]:
    """The leads of the pool but the author; where there is none, the secretariat."""
    leads = User.objects.filter(
        pool_memberships__ends=None,
        pool_memberships__role=LEAD,
        pool_memberships__pool__requests__messages=message_id,
        is_active=True,
    )
    leads = leads.exclude(pk__in=Message.objects.filter(pk=message_id).values("author")).distinct()
    return leads if leads.exists() else secretariat()


def items(ids: Collection[int]) -> dict[int, Item]:
    rows = Message.objects.filter(pk__in=ids).select_related("request__pool", "author")
    return {
        message.pk: Item(
            author=message.author,
            author_name=message.author.name,
            title=_("Message about %(request)s") % {"request": message.request.label},
            html=message.html,
            url=message.get_absolute_url(),
            place=message.request.pool.title,
            editable=False,
        )
        for message in rows
    }


def hide(message_id: int, at: datetime | None) -> None:
    Message.objects.filter(pk=message_id).update(hidden_at=at)


def redact(message_id: int, by: User, at: datetime) -> None:
    """Remove the text for good; what is left says who did it when. It stands nowhere else."""
    Message.objects.filter(pk=message_id).update(
        body=REDACTED, html="", redacted_at=at, redacted_by=by
    )


MESSAGES = Subject(
    kind="message",
    visible=visible,
    judged=judged,
    judges=judges,
    items=items,
    hide=hide,
    redact=redact,
)
