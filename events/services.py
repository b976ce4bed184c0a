"""Writes of conferences and meetings: each is one transaction and safe to repeat."""

from collections.abc import Iterable
from datetime import date

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from competencies.models import Evidence
from competencies.services import record_evidence
from events import rules
from events.audiences import KEEPERS_TOKEN
from events.models import Action, Meeting, Talk
from notifications.services import notify
from people.audiences import HEADS, person_token
from people.models import Audience, User


class TooEarlyError(Exception):
    """The talk has not begun yet."""


def meeting_audience(people: Iterable[User]) -> Audience:
    """Heads, who keeps the meetings, and those who were there, write, or took something on."""
    named = {person_token(person.pk) for person in people}
    return Audience.objects.of(HEADS, KEEPERS_TOKEN, *named)


@transaction.atomic
def mark_held(talk: Talk, *, by: User) -> Talk:
    """Note that the talk was given: evidence for each speaker in each of its competencies.

    At the level of an accepted answer: the speaker taught it to colleagues.
    Speakers who keep the programme cannot confirm their own talk. Safe to repeat.
    """
    talk = Talk.objects.select_for_update().get(pk=talk.pk)
    if not rules.may_keep(by) or talk.speakers.filter(pk=by.pk).exists():
        raise PermissionDenied(
            _("Only who keeps the programme, and is no speaker of it, can confirm a talk.")
        )
    if talk.cancelled_at:
        raise PermissionDenied(_("This talk was taken out of the programme."))
    if talk.starts > timezone.now():
        raise TooEarlyError
    if talk.held_at is None:
        talk.held_at = timezone.now()
        talk.save(update_fields=["held_at"])
    for competency in talk.competencies.select_related("framework"):
        level = competency.level_of_help()
        if level is None:
            continue
        for speaker in talk.speakers.all():
            record_evidence(
                person=speaker,
                competency=competency,
                level=level,
                kind=Evidence.Kind.TALK,
                source=talk,
                assessor=by,
                observed_on=timezone.localdate(talk.starts),
            )
    return talk


@transaction.atomic
def add_action(meeting: Meeting, *, text: str, owner: User, due: date, by: User) -> Action:
    """Put an action into the register; its owner is told, and may read the meeting.

    Safe to repeat: the same text for the same owner in a meeting is the same action.
    """
    if not rules.may_write(by, meeting):
        raise PermissionDenied(_("Only who writes the minutes can add an action."))
    meeting = Meeting.objects.select_for_update().get(pk=meeting.pk)
    known = meeting.actions.filter(text=text, owner=owner).first()
    if known:
        return known
    last = meeting.actions.aggregate(last=Max("number"))["last"] or 0
    action = Action.objects.create(
        meeting=meeting, number=last + 1, text=text, owner=owner, due=due
    )
    refresh_audience(meeting)
    notify(
        [owner],
        event=f"action:{action.pk}",
        title=text,
        reason=_("You took this on in %(meeting)s.") % {"meeting": meeting.title},
        url=action.get_absolute_url(),
    )
    return action


def refresh_audience(meeting: Meeting) -> None:
    """The audience again, after who was there or who took something on has changed."""
    owners = User.objects.filter(meeting_actions__meeting=meeting)
    named = {*meeting.attendees.all(), *meeting.apologies.all(), *meeting.writers.all()}
    audience = meeting_audience({*named, *owners})
    if meeting.audience_id != audience.pk:
        meeting.audience = audience
        meeting.save(update_fields=["audience"])


@transaction.atomic
def set_action(action: Action, *, by: User, done: bool, note: str = "") -> Action:
    """Close an action, or open it again; repeating changes nothing."""
    action = Action.objects.select_for_update().get(pk=action.pk)
    if not rules.may_close(by, action):
        raise PermissionDenied(_("Only its owner, or who keeps the register, can close an action."))
    state = Action.State.DONE if done else Action.State.OPEN
    if action.state == state and not note:
        return action
    if action.state != state:
        action.closed_at = timezone.now() if done else None
    action.state, action.note = state, note or action.note
    action.save(update_fields=["state", "closed_at", "note"])
    return action
