"""Certificates that a compromised key signed: proposed by one, confirmed by another, replaced.

What such a key signed from the moment on that it was not safe is believed no more. Each of
them is revoked with the reason and follows in a new one, which the old one names.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from certification import badge, keys
from certification.models import Credential, Proposal
from certification.rules import may_keep_certificates
from certification.services import ProposalError, propose
from certification.states import Standing
from people.models import User


class NotCompromisedError(Exception):
    """The key is unknown or is safe; str() is the sentence for the person."""


@dataclass(frozen=True)
class Outcome:
    """What became of a certificate: proposed, or left with the reason."""

    serial: str
    code: str
    message: str = ""


@transaction.atomic
def propose_reissue(kid: str, *, by: User, reason: str, dry_run: bool = False) -> list[Outcome]:
    """Propose to reissue all that the key signed when it was not safe any more. Safe to repeat.

    NotCompromisedError unless the key is marked so; PermissionDenied unless `by` keeps
    certificates. Nothing is written with `dry_run`.
    """
    if not may_keep_certificates(by):
        raise PermissionDenied(_("Only registrars and administrators propose this."))
    since = _compromised_from(kid)
    outcomes = [_propose(row, by=by, reason=reason) for row in _signed_by(kid, since)]
    transaction.set_rollback(dry_run)
    return outcomes


def _compromised_from(kid: str) -> int:
    key = keys.public_keys().get(kid)
    if key is None:
        raise NotCompromisedError(_("There is no key %(kid)s.") % {"kid": kid})
    if badge.COMPROMISED not in key:
        raise NotCompromisedError(_("This key is not marked as compromised (rotate_key)."))
    return badge.seconds(key[badge.COMPROMISED])


def _signed_by(kid: str, since: int) -> Iterator[Credential]:
    moment = datetime.fromtimestamp(since, tz=timezone.get_current_timezone())
    rows = Credential.objects.with_state().filter(issued_at__gte=moment).order_by("pk")
    return (row for row in rows.iterator(chunk_size=200) if badge.kid_of(row.shown_jwt) == kid)


def _propose(row: Credential, *, by: User, reason: str) -> Outcome:
    if hasattr(row, "reissued_as"):
        return Outcome(row.serial, "left", _("It was reissued already."))
    if row.standing != Standing.GOOD:
        return Outcome(row.serial, "left", _("It is suspended or revoked."))
    if row.valid_until and row.valid_until < timezone.localdate():
        return Outcome(row.serial, "left", _("It has ended."))
    if row.is_withheld:
        return Outcome(row.serial, "left", _("Its name is withheld: revoke it by hand."))
    try:
        propose(Proposal.Kind.REISSUE, by=by, reason=reason, credential=row)
    except ProposalError as error:
        return Outcome(row.serial, "left", str(error))
    return Outcome(row.serial, "proposed")
