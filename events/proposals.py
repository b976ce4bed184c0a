"""Writes of the call for talks: proposing, reviewing, deciding. Each is one transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from events import rules
from events.crediting import credit_all, marked, printed
from events.models import Edition, Proposal, Review, Talk
from events.proposal_states import EDITABLE, KEEPER, SPEAKER, may_move
from events.schedule.applying import RESERVED
from forums.services import CidReuseError
from notifications.services import notify
from people.models import User
from people.slugs import free_slug

FIELDS = ("title", "abstract", "notes", "minutes", "track")


class RefusedMoveError(Exception):
    """The proposal does not go there from where it stands; the message says why."""


@transaction.atomic
def save_proposal(
    edition: Edition,
    *,
    by: User,
    cid: UUID,
    co_speakers: Sequence[User],
    proposal: Proposal | None = None,
    **fields: Any,
) -> Proposal:
    """Keep a draft, or change what was proposed while that is open.

    Safe to repeat: the same `cid` gives the first proposal again, with another text
    CidReuseError. RefusedMoveError once it is decided.
    """
    User.objects.lock(by.pk)  # sent twice at once, it is one proposal
    if proposal is None:
        known = Proposal.objects.filter(by=by, cid=cid).first()
        if known and (known.edition_id, known.title) != (edition.pk, fields["title"]):
            raise CidReuseError
        if known:
            return known
        proposal = Proposal(edition=edition, by=by, cid=cid)
    else:
        proposal = _locked(proposal)
        _need_speaker(by, proposal)
        if proposal.state not in EDITABLE:
            raise RefusedMoveError(_("It is decided: what you typed was not taken over."))
    for name in FIELDS:
        setattr(proposal, name, fields[name])
    proposal.updated = timezone.now()
    proposal.save()
    proposal.co_speakers.set(person for person in co_speakers if person != proposal.by)
    return proposal


@transaction.atomic
def submit(proposal: Proposal, *, by: User) -> Proposal:
    """Hand a draft to the reviewers while the call is open. Safe to repeat."""
    proposal = _locked(proposal)
    _need_speaker(by, proposal)
    if proposal.state == Proposal.State.SUBMITTED:
        return proposal
    if not proposal.edition.call_is_open:
        raise RefusedMoveError(_("The call for talks is closed. Your text is kept as a draft."))
    if not proposal.abstract.strip():
        raise RefusedMoveError(_("Reviewers need an abstract. Your text is kept as a draft."))
    return _move(proposal, Proposal.State.SUBMITTED, whose=SPEAKER, by=by)


@transaction.atomic
def take_back(proposal: Proposal, *, by: User, for_good: bool) -> Proposal:
    """Withdraw it, or make a submitted or withdrawn one a draft again. Safe to repeat.

    An accepted talk that is withdrawn leaves the programme, and its page says so.
    """
    proposal = _locked(proposal)
    _need_speaker(by, proposal)
    to = Proposal.State.WITHDRAWN if for_good else Proposal.State.DRAFT
    if proposal.state == to:
        return proposal
    proposal = _move(proposal, to, whose=SPEAKER, by=by)
    if proposal.talk and for_good:
        proposal.talk.cancelled_at = timezone.now()
        proposal.talk.save(update_fields=["cancelled_at"])
    return proposal


@transaction.atomic
def review(proposal: Proposal, *, by: User, score: int, comment: str) -> Review:
    """What a reviewer thinks, once for each; saying it again changes it."""
    if not rules.may_review_proposal(by, proposal):
        raise PermissionDenied(_("Reviewers of the conference do this, and nobody for the own."))
    values = {"score": score, "comment": comment, "updated": timezone.now()}
    row, _created = Review.objects.update_or_create(proposal=proposal, reviewer=by, defaults=values)
    return row


@transaction.atomic
def decide(
    proposal: Proposal,
    *,
    to: str,
    by: User,
    message: str,
    starts: datetime | None = None,
    minutes: int | None = None,
    room: str = "",
) -> Proposal:
    """Accept (it becomes a talk), put on the waiting list or reject, with a word to the speakers.

    Safe to repeat; RefusedMoveError where the table of states has no such way.
    """
    if not rules.may_keep(by) or rules.speaks_in(by, proposal):
        raise PermissionDenied(_("Who keeps the programme decides, and nobody on the own talk."))
    proposal = _locked(proposal)
    if proposal.state == to:
        return proposal
    proposal = _move(proposal, to, whose=KEEPER, by=by, message=message)
    if to == Proposal.State.ACCEPTED:
        _make_talk(proposal, starts=starts, minutes=minutes, room=room)
    _tell(proposal, message)
    return proposal


@transaction.atomic
def ask_to_review(edition: Edition, person: User, *, by: User) -> None:
    """Let somebody review the proposals of this conference; they are told. Safe to repeat."""
    if not rules.may_keep(by):
        raise PermissionDenied(_("Only who keeps the programme asks reviewers."))
    edition.reviewers.add(person)
    notify(
        [person],
        event=f"reviewer:{edition.pk}",
        title=_("You review proposals for %(edition)s") % {"edition": edition.title[:200]},
        reason=_("You were asked to."),
        url=reverse("events:proposals", args=[edition.slug]),
    )


def speakers_of(proposal: Proposal) -> list[User]:
    return [proposal.by, *proposal.co_speakers.order_by("pk")]


def _make_talk(proposal: Proposal, *, starts, minutes, room: str) -> Talk:
    edition = proposal.edition
    people = [marked(person) for person in speakers_of(proposal)]
    taken = set(Talk.objects.values_list("slug", flat=True)) | RESERVED
    talk = proposal.talk or Talk(
        edition=edition,
        audience_id=edition.audience_id,
        slug=free_slug(proposal.title, "talk", taken, longest=70),
    )
    talk.title, talk.abstract, talk.track = proposal.title, proposal.abstract, proposal.track
    talk.starts, talk.minutes, talk.room = starts, minutes or proposal.minutes, room
    talk.speaker_names = printed(person.text for person in people)
    talk.cancelled_at = None
    talk.save()
    credit_all(edition, [(talk, people)])
    proposal.talk = talk
    proposal.save(update_fields=["talk"])
    return talk


def _move(proposal: Proposal, to: str, *, whose: str, by: User, message: str = "") -> Proposal:
    if not may_move(proposal.state, to, whose):
        raise RefusedMoveError(
            _("It is %(state)s: this cannot be done now.") % {"state": proposal.get_state_display()}
        )
    proposal.state, proposal.updated = to, timezone.now()
    proposal.save(update_fields=["state", "updated"])
    proposal.steps.create(state=to, by=by, message=message)
    return proposal


def _tell(proposal: Proposal, message: str) -> None:
    step = proposal.steps.last()
    notify(
        speakers_of(proposal),
        event=f"proposal:{proposal.pk}:{step.pk if step else 0}",
        title=_("“%(talk)s”: %(state)s")
        % {"talk": proposal.title, "state": proposal.get_state_display()},
        reason=message[:200] or _("You proposed this talk."),
        url=proposal.get_absolute_url(),
    )


def _locked(proposal: Proposal) -> Proposal:
    rows = Proposal.objects.select_for_update(of=("self",)).select_related("edition", "talk", "by")
    return rows.get(pk=proposal.pk)


def _need_speaker(by: User, proposal: Proposal) -> None:
    if not rules.speaks_in(by, proposal):
        raise PermissionDenied(_("Only its speakers can change a proposal."))
