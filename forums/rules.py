"""Who may do what in a forum."""

from forums.models import PoolMembership, Post, Topic


def serves(person, pool) -> bool:
    """Whether `person` is an expert or lead of `pool` now."""
    return PoolMembership.objects.serving().filter(person=person, pool=pool).exists()


def may_accept(person, topic: Topic) -> bool:
    """Whoever asked, and the pool's experts and leads, decide which answer solved it."""
    return person.pk == topic.asker_id or serves(person, topic.pool_id)


def may_edit(person, post: Post) -> bool:
    """The author, and the pool's experts and leads; every edit is kept with its editor."""
    return person.pk == post.author_id or serves(person, post.topic.pool_id)
