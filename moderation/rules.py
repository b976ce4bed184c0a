"""Who may do what in moderation."""

from datetime import datetime, timedelta

from moderation.models import Case
from people.models import User

MODERATORS = frozenset({"moderator", "administrator"})
UNDO_WITHIN = timedelta(minutes=10)


def is_moderator(person) -> bool:
    """Moderators and administrators look after the whole site."""
    return bool(person.is_authenticated and MODERATORS & person.roles)


def may_restrict(by: User, person: User) -> bool:
    """Moderators silence and suspend others; an administrator only another administrator."""
    if by.pk == person.pk or not is_moderator(by):
        return False
    return by.is_superuser or not person.is_superuser


def may_undo(by: User, case: Case, at: datetime) -> bool:
    """Whoever decided, and administrators, for ten minutes; what was redacted is gone."""
    if case.decided_at is None or case.state in (Case.State.OPEN, Case.State.REDACTED):
        return False
    mine = by.pk == case.decided_by_id or by.is_superuser
    return mine and at - case.decided_at <= UNDO_WITHIN


def may_decide(by: User, case: Case, author: User | None) -> bool:
    """Nobody decides on what they wrote, nor, but administrators, on an appeal against them."""
    if author is not None and author.pk == by.pk:
        return False
    if case.appealed_at and case.state == Case.State.OPEN:
        return case.decided_by_id != by.pk or by.is_superuser
    return True
