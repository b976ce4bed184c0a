"""The register of command handlers, and what most of them ask first."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from live.log import Draft
from live.models import Session
from live.protocol import Nack

Handler = Callable[[Session, Any, Any, Any, datetime], list[Draft]]
HANDLERS: dict[str, Handler] = {}


def handles(kind: str) -> Callable[[Handler], Handler]:
    def register(handler: Handler) -> Handler:
        HANDLERS[kind] = handler
        return handler

    return register


def must_run(session: Session) -> None:
    if session.state == Session.State.CLOSED:
        raise Nack("closed", _("This session is closed."))
