"""One certificate, signed and written. Only the rule engine and two people come here."""

import secrets
from collections.abc import Iterable
from datetime import date

from django.utils import timezone

from certification import badge, keys
from certification.cycles import open_cycle
from certification.models import (
    Credential,
    Scheme,
)
from certification.states import Standing
from certification.status_lists import FILLED, LENGTH
from competencies.standing import add_months
from people.letters import readable_code
from people.models import User


def last_day_of(scheme: Scheme, start: date, last: Credential | None) -> date | None:
    """The last day: months after the start, or after the end of the certificate that is renewed."""
    if not scheme.valid_months:
        return None
    if last is not None and last.standing == Standing.GOOD and last.valid_until is not None:
        start = max(start, last.valid_until)
    return add_months(start, scheme.valid_months)


def issue_credential(
    scheme: Scheme,
    *,
    holder: User,
    basis: str,
    valid_from: date,
    valid_until: date | None,
    completion: int | None = None,
    marks: Iterable = (),
) -> Credential:
    """Sign and write one certificate and open its cycle.

    The constraints of the table decide between two at once; the loser's transaction ends.
    """
    keys.require_first(Credential.objects.exists)
    number, index = _place_in_list()
    now = timezone.now()
    credential = Credential(
        serial=_new_serial(valid_from),
        scheme=scheme,
        holder=holder,
        name=holder.name,
        name_dz=holder.name_dz,
        title=scheme.title,
        completion_id=completion,
        basis=basis[:1000],
        valid_from=valid_from,
        valid_until=valid_until,
        status_list=number,
        status_index=index,
        issued_at=now,
    )
    named = scheme.competencies.select_related("competency__framework", "level")
    allowed = named.filter(competency__framework__may_certify=True).prefetch_related(
        "competency__framework__levels"
    )
    key = keys.signing_key()
    credential.claims = badge.claims(credential, list(allowed), marks)
    credential.jwt = badge.sign(credential.claims, key, at=now)
    credential.slip = badge.slip(credential, key, at=now)
    credential.save(force_insert=True)
    open_cycle(credential)
    return credential


def _place_in_list() -> tuple[int, int]:
    """A free place, drawn at random so that it tells nothing of the order of issue."""
    number = Credential.objects.order_by("-status_list").values_list("status_list", flat=True)
    current = number.filter(status_list__isnull=False).first() or 1
    taken = Credential.objects.filter(status_list=current)
    if taken.count() >= FILLED:
        current += 1
    while taken.filter(status_index=(index := secrets.randbelow(LENGTH))).exists():
        pass
    return current, index


def _new_serial(day: date) -> str:
    letters = readable_code(8)
    return f"CC-{day.year}-{letters[:4]}-{letters[4:]}"
