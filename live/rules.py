"""Who may do what in a live session."""

from forums.models import PoolMembership
from live.models import Question, Session


def may_run(person, session: Session) -> bool:
    """The host and the moderators run a session."""
    return session.host_id == person.pk or session.moderators.filter(pk=person.pk).exists()


def may_answer(person, session: Session) -> bool:
    """Who runs the session, and the experts and leads of its pool, answer in writing."""
    return may_run(person, session) or serves(person, session.pool_id)


def may_vote(person, question: Question) -> bool:
    """The asker's own voice is in the question already."""
    return question.asker_id != person.pk


def may_plan(person) -> bool:
    """Experts and leads of a pool plan sessions of that pool."""
    return PoolMembership.objects.serving().filter(person=person).exists()


def serves(person, pool_id: int) -> bool:
    return PoolMembership.objects.serving().filter(pool=pool_id, person=person).exists()
