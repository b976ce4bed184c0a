import uuid
from datetime import timedelta

from django.utils import timezone

from desk.advisories import services
from desk.models import Addressee, Advisory, AdvisoryAnswer
from tests.factories.people import registrar


def advisory(*agencies, **fields) -> Advisory:
    """What the parent agency, or with `pool` its lead, asks of `agencies`."""
    values = {
        "title": "Close remote desktop to the internet",
        "body": "Look at the rules of the firewall.",
        "kind": "warning",
        "due": timezone.localdate() + timedelta(days=14),
        "cid": uuid.uuid4(),
    } | fields
    values.setdefault("by", registrar())
    return services.issue(agencies=agencies, **values)


def say(person, advisory: Advisory, state: str, reason: str = "", **fields) -> AdvisoryAnswer:
    """What somebody of an asked agency says for it."""
    posting = person.open_posting
    addressee = Addressee.objects.get(advisory=advisory, organisation=posting.organisation)
    fields.setdefault("cid", uuid.uuid4())
    return services.answer(addressee, by=person, state=state, reason=reason, **fields)
