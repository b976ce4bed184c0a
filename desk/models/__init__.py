from desk.models.advisory import (
    SETTLED,
    Addressee,
    AddresseeQuerySet,
    Advisory,
    AdvisoryAnswer,
    AdvisoryReminder,
)
from desk.models.escalation import Escalation
from desk.models.file import RequestFile, RequestFileQuerySet
from desk.models.request import (
    LONGEST_BODY,
    LONGEST_TITLE,
    ClockName,
    Request,
    RequestQuerySet,
    State,
    Transition,
)
from desk.models.service import SecondPool, Service
from desk.models.shared import SharedAnswer
from desk.models.talk import Message, Slot

__all__ = [
    "LONGEST_BODY",
    "LONGEST_TITLE",
    "SETTLED",
    "Addressee",
    "AddresseeQuerySet",
    "Advisory",
    "AdvisoryAnswer",
    "AdvisoryReminder",
    "ClockName",
    "Escalation",
    "Message",
    "Request",
    "RequestFile",
    "RequestFileQuerySet",
    "RequestQuerySet",
    "SecondPool",
    "Service",
    "SharedAnswer",
    "Slot",
    "State",
    "Transition",
]
