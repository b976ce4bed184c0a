"""Who may do what in pools and topics."""

from forums.audiences import pool_roles, pools_served
from forums.models import ExpertPool, PoolMembership, Post, Topic
from moderation.rules import is_moderator


def sees_hidden(person, topic: Topic) -> bool:
    """Who reads what was hidden in a topic, beside its author."""
    return serves(person, topic.pool) or is_moderator(person)


def serves(person, pool: ExpertPool) -> bool:
    """Whether `person` is an expert or lead of `pool` now."""
    return pool.code in pools_served(person)


def may_accept(person, topic: Topic) -> bool:
    """Whoever asked, and the pool's experts and leads, decide which answer solved it."""
    return _is(person, topic.asker_id) or serves(person, topic.pool)


def may_edit(person, post: Post) -> bool:
    """The author, and the pool's experts and leads; every edit is kept with its editor.

    What was redacted has no text any more.
    """
    if post.redacted_at:
        return False
    return _is(person, post.author_id) or serves(person, post.topic.pool)


def _is(person, pk: int | None) -> bool:
    """Nobody signed in is not the author that nobody knows."""
    return pk is not None and person.pk == pk


def may_manage(person, pool: ExpertPool) -> bool:
    """The pool's lead says who serves; an administrator names the first lead."""
    if person.is_superuser:
        return True
    return pool_roles(person).get(pool.code) == PoolMembership.Role.LEAD


def earns_evidence(post: Post, *, accepted_by) -> bool:
    """Whether an acceptance says something of the author that others may rely on.

    The author is known here, serves the pool, did not ask, and did not accept the own answer.
    """
    if post.author is None or post.author_id in (post.topic.asker_id, accepted_by.pk):
        return False
    return serves(post.author, post.topic.pool)


def may_curate(person, topic: Topic) -> bool:
    """Experts and leads of the pool merge, split and move its topics, and say what is obsolete;
    administrators too, for a pool may be closed or have nobody left."""
    return serves(person, topic.pool) or person.is_superuser


def may_review(person, topic: Topic, accepted: Post | None) -> bool:
    """Whether an answer is still true is known by the pool, and by whoever gave the answer."""
    return may_curate(person, topic) or (accepted is not None and _is(person, accepted.author_id))


def may_redact_version(person, post: Post) -> bool:
    """Leads of the pool and moderators take a version out for good, of what others wrote."""
    lead = pool_roles(person).get(post.topic.pool.code) == PoolMembership.Role.LEAD
    return (lead or is_moderator(person)) and not _is(person, post.author_id)


def may_import(person, pool: ExpertPool) -> bool:
    """The pool's lead brings an older forum in, and an administrator."""
    return may_manage(person, pool)
