"""Texts that are not posted yet, as the server keeps them.

The browser keeps each keystroke first; what arrives here is a copy that other devices can read.
Nothing is ever written over unseen: who saves says which revision they knew.
"""

import uuid
from typing import Any, Protocol

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from forums import attaching
from forums.models import Draft, ExpertPool, Post, SentText, Topic
from people.files import drop
from people.models import User

LONGEST_DRAFT = 200_000  # letters; ten times what a post may have, so that cutting can wait


# A pool for a question, a topic for a reply, a post for an edit, or a form of another room.
Place = ExpertPool | Topic | Post | str


class Room(Protocol):
    """A room above whose forms keep their texts here; lms/wiring.py connects it.

    It names its forms with its own name first ("desk:12:deliver"), and calls `sent` in the
    transaction of what was written from one.
    """

    name: str

    def way_on(self, form: str, person: User) -> tuple[str, str] | None:
        """What the text of a form is for, in words, and the address of the form's page; None
        where `person` cannot go there now."""


rooms: list[Room] = []


def way_to_room(form: str, person: User) -> tuple[str, str] | None:
    name = form.partition(":")[0]
    for room in rooms:
        if room.name == name:
            return room.way_on(form, person)
    return None


class DraftConflictError(Exception):
    """Somebody (another tab, another device) kept a newer revision; `draft` is that one."""

    def __init__(self, draft: Draft):
        super().__init__(draft)
        self.draft = draft


class PostedError(Exception):
    """The text of this cid was posted already."""


@transaction.atomic
def keep(*, person: User, cid: uuid.UUID, place: Place, base: int, **said: Any) -> Draft:
    """Keep a text (`title`, `body`, `more`) for `place` under `cid`.

    `base` is the revision that the writer knew, 0 for none. Repeating it gives the same draft.
    DraftConflictError where a newer one says something else, PostedError once it was posted.
    """
    # Two tabs come one after the other; with them the posting that takes the draft away.
    User.objects.lock(person.pk)
    if is_posted(person, cid):
        raise PostedError
    draft = Draft.objects.filter(person=person, cid=cid).first()
    if draft is None:
        return Draft.objects.create(person=person, cid=cid, **_to(place), **said)
    if all(getattr(draft, name) == value for name, value in said.items()):
        return draft
    if draft.revision != base:
        raise DraftConflictError(draft)
    for name, value in said.items():
        setattr(draft, name, value)
    draft.revision += 1
    draft.updated = timezone.now()
    draft.save(update_fields=[*said, "revision", "updated"])
    return draft


def keep_beside(*, person: User, cid: uuid.UUID, **said: Any) -> Draft:
    """As `keep`; a text that would write over a newer one is kept beside it, under a cid of its
    own."""
    try:
        return keep(person=person, cid=cid, **said)
    except DraftConflictError:
        return keep(person=person, cid=uuid.uuid4(), **said | {"base": 0})


def _to(place: Place) -> dict[str, Any]:
    names = {ExpertPool: "pool", Topic: "topic", Post: "post", str: "room"}
    return {names[type(place)]: place}


def of(person: User, cid: uuid.UUID | None) -> Draft | None:
    """The draft of `person` with that cid."""
    return Draft.objects.filter(person=person.pk, cid=cid).first() if cid else None


def posted_as(person: User, cid: uuid.UUID) -> Post | None:
    """What the text of this cid became: posts take the cid of their draft."""
    return Post.objects.filter(author=person, cid=cid).select_related("topic").first()


def is_posted(person: User, cid: uuid.UUID) -> bool:
    sent_before = SentText.objects.filter(person=person, cid=cid).exists()
    return sent_before or posted_as(person, cid) is not None


def sent(person: User, cid: uuid.UUID | None) -> None:
    """A room wrote what its form said, in the caller's transaction: the draft is gone. None: the
    form kept no text."""
    if cid is None:
        return
    SentText.objects.bulk_create([SentText(person=person, cid=cid)], ignore_conflicts=True)
    draft = Draft.objects.filter(person=person, cid=cid).exclude(room="").first()
    if draft:
        drop(draft.attachments.all())  # what the room did not take over
        draft.delete()


def settle(person: User, cid: uuid.UUID, post: Post) -> None:
    """The text was posted, in the caller's transaction: its files follow, the draft is gone."""
    draft = of(person, cid)
    if draft:
        attaching.hand_over(draft, post)
        draft.delete()


@transaction.atomic
def discard(person: User, cid: uuid.UUID) -> None:
    """Throw a draft and its files away; repeating changes nothing."""
    draft = of(person, cid)
    if draft:
        drop(draft.attachments.all())
        draft.delete()


def drafts_of(person: User) -> QuerySet[Draft]:
    """All texts of `person` that are not posted, the newest first, with where they go."""
    return Draft.objects.filter(person=person).select_related("pool", "topic", "post__topic")
