"""Who may do what in pools and topics."""

from forums.models import ExpertPool, PoolMembership, Post, Topic


def serves(person, pool) -> bool:
    """Whether `person` is an expert or lead of `pool` now."""
    return PoolMembership.objects.serving().filter(person=person, pool=pool).exists()


def may_accept(person, topic: Topic) -> bool:
    """Whoever asked, and the pool's experts and leads, decide which answer solved it."""
    return person.pk == topic.asker_id or serves(person, topic.pool_id)


def may_edit(person, post: Post) -> bool:
    """The author, and the pool's experts and leads; every edit is kept with its editor."""
    return person.pk == post.author_id or serves(person, post.topic.pool_id)


def may_manage(person, pool: ExpertPool) -> bool:
    """The pool's lead says who serves; an administrator names the first lead."""
    if person.is_superuser:
        return True
    rows = PoolMembership.objects.open().filter(person=person, pool=pool)
    return rows.filter(role=PoolMembership.Role.LEAD).exists()


def earns_evidence(post: Post, *, accepted_by) -> bool:
    """Whether an acceptance says something of the author that others may rely on.

    The author serves the pool, did not ask, and did not accept the own answer.
    """
    if post.author_id in (post.topic.asker_id, accepted_by.pk):
        return False
    return serves(post.author, post.topic.pool_id)
