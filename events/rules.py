"""Who may do what with conferences and meetings."""

from events.audiences import ROLES
from events.models import Action, Edition, Material, Meeting, Proposal, Resource, Talk


def may_keep(person) -> bool:
    """Registrars and administrators keep programmes, meetings and their registers."""
    return bool(person.is_authenticated and person.roles & ROLES)


def may_add_slides(person, talk: Talk) -> bool:
    """A speaker hands in materials of the own talk; whoever keeps the programme, of every talk."""
    if not person.is_authenticated:
        return False
    return talk.speakers.filter(pk=person.pk).exists() or may_keep(person)


def may_fetch(person, material: Material) -> bool:
    """Readers fetch the newest version of what is open to them; who looks after it, every one."""
    if material.is_kept_away:
        return False
    if may_add_slides(person, material.talk):
        return True
    visible = Resource.objects.visible_to(person).filter(pk=material.resource_id)
    return visible.exists() and material == material.resource.shown()


def may_write(person, meeting: Meeting) -> bool:
    """Whoever keeps the meetings writes minutes, and those who were asked to for this one."""
    if not person.is_authenticated:
        return False
    return may_keep(person) or meeting.writers.filter(pk=person.pk).exists()


def may_hand_in(person, meeting: Meeting) -> bool:
    """Papers come from heads and from who writes; others of its audience only read."""
    return person.is_authenticated and ("head" in person.roles or may_write(person, meeting))


def may_close(person, action: Action) -> bool:
    """The owner says that an action is done; whoever keeps the register may, too."""
    return person.pk == action.owner_id or may_keep(person)


def may_review(person, edition: Edition) -> bool:
    """Whoever keeps the programme reviews, and those who were asked to for this conference."""
    if not person.is_authenticated:
        return False
    return may_keep(person) or edition.reviewers.filter(pk=person.pk).exists()


def speaks_in(person, proposal: Proposal) -> bool:
    own = person.pk == proposal.by_id
    return own or proposal.co_speakers.filter(pk=person.pk).exists()


def may_review_proposal(person, proposal: Proposal) -> bool:
    """A reviewer, but not of the own talk; and only what was handed in."""
    decided_or_open = proposal.state not in (Proposal.State.DRAFT, Proposal.State.WITHDRAWN)
    may = may_review(person, proposal.edition) and not speaks_in(person, proposal)
    return may and decided_or_open
