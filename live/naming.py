"""Showing hosts a name that its owner hid: two who run the session decide, and it is logged.

One asks and gives a reason, another agrees. Only hosts see the name then, never the audience;
the asker is told, with the reason.
"""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from live.commands import AskName, OnQuestion
from live.handling import handles
from live.log import Draft
from live.models import Event, Question, Session
from live.protocol import Nack
from notifications.services import notify


def _draft(kind: str, question: Question, **payload: Any) -> Draft:
    return Draft(kind, {"q": question.pk, **payload}, Event.Audience.HOSTS)


@handles("name.ask")
def ask(
    session: Session, question: Question, command: AskName, person: Any, at: datetime
) -> list[Draft]:
    if question.name_mode == Session.Names.NAMED:
        raise Nack("conflict", _("This name is shown to everybody already."))
    if question.revealed_by_id or question.reveal_by_id == person.pk:
        return []
    if question.reveal_by_id:
        raise Nack("conflict", _("Somebody else has asked for this name; agree or leave it."))
    question.reveal_by, question.reveal_reason = person, command.reason
    question.rev += 1
    question.save(update_fields=["reveal_by", "reveal_reason", "rev"])
    return [_draft("name.asked", question, by=person.name, reason=command.reason)]


@handles("name.show")
def show(
    session: Session, question: Question, command: OnQuestion, person: Any, at: datetime
) -> list[Draft]:
    if question.revealed_by_id:
        return []
    if question.reveal_by_id is None:
        raise Nack("conflict", _("Nobody has asked for this name."))
    if person.pk in (question.reveal_by_id, question.asker_id):
        raise Nack("forbidden", _("A second host or moderator must agree."))
    question.revealed_by = person
    question.rev += 1
    question.save(update_fields=["revealed_by", "rev"])
    notify(
        [question.asker],
        event=f"live:{question.pk}:name",
        title=_("The hosts of “%(session)s” now see your name") % {"session": session.title},
        reason=_("You asked there. Two of them agreed: %(reason)s")
        % {"reason": question.reveal_reason[:120]},
        url=question.get_absolute_url(),
    )
    return [_draft("name.shown", question, by=person.name)]


@handles("name.leave")
def leave(
    session: Session, question: Question, command: OnQuestion, person: Any, at: datetime
) -> list[Draft]:
    """The name stays hidden: who asked for it, or another, takes the wish back."""
    if question.revealed_by_id:
        raise Nack("conflict", _("The hosts see this name already."))
    if question.reveal_by_id is None:
        return []
    question.reveal_by, question.reveal_reason = None, ""
    question.rev += 1
    question.save(update_fields=["reveal_by", "reveal_reason", "rev"])
    return [_draft("name.left", question, by=person.name)]
