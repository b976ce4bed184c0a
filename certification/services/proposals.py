"""What one keeper of certificates proposes and a second one confirms."""

from datetime import date

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from certification import badge, keys, states
from certification.cycles import move_cycle
from certification.models import (
    Credential,
    Cycle,
    Proposal,
    Reissue,
    Scheme,
    StatusEvent,
    Withheld,
)
from certification.queries import facts_of, latest_of
from certification.rules import may_decide, may_keep_certificates
from certification.services.issuing import issue_credential, last_day_of
from certification.states import Phase, Standing
from certification.tree import evaluate
from people.models import User

Kind = Proposal.Kind
ACTIONS = {
    Kind.REVOKE: states.Action.REVOKE,
    Kind.SUSPEND: states.Action.SUSPEND,
    Kind.RESTORE: states.Action.RESTORE,
}


class ProposalError(Exception):
    """What is proposed or confirmed does not fit; str() is the sentence for the person."""


@transaction.atomic
def propose(
    kind: str,
    *,
    by: User | None,
    reason: str,
    credential: Credential | None = None,
    scheme: Scheme | None = None,
    holder: User | None = None,
    valid_from: date | None = None,
) -> Proposal:
    """Put an act on a certificate before a second person. Safe to repeat: an open one stands.

    `by` is None only for the rule engine. ProposalError where the act does not fit the state
    of the certificate, PermissionDenied for anybody but registrars and administrators.
    """
    if by is not None and not may_keep_certificates(by):
        raise PermissionDenied(_("Only registrars and administrators propose this."))
    if credential is not None:
        credential = Credential.objects.select_for_update().get(pk=credential.pk)
        _refuse_misfit(kind, credential)
    of = {"credential": credential} if credential else {"scheme": scheme, "holder": holder}
    found = Proposal.objects.waiting().filter(kind=kind, **of).first()
    if found is not None:
        return found
    return Proposal.objects.create(
        kind=kind, proposed_by=by, reason=reason, valid_from=valid_from, **of
    )


@transaction.atomic
def confirm(proposal: Proposal, *, by: User) -> Proposal:
    """Do what was proposed, as the second person. Safe to repeat.

    The first who agrees with a proposal of the rule engine becomes its proposer.
    PermissionDenied for the proposer, ProposalError where it does not fit any more.
    """
    proposal = Proposal.objects.select_for_update().get(pk=proposal.pk)
    if proposal.state == Proposal.State.CONFIRMED:
        return proposal
    if not may_decide(by, proposal):
        raise PermissionDenied(_("A second registrar or administrator confirms this."))
    if proposal.state != Proposal.State.WAITING:
        raise ProposalError(_("This was declined."))
    first = proposal.proposed_by
    if first is None:
        proposal.proposed_by = by
        proposal.save(update_fields=["proposed_by"])
        return proposal
    _carry_out(proposal, first, by)
    proposal.state = Proposal.State.CONFIRMED
    proposal.decided_by, proposal.decided_at = by, timezone.now()
    proposal.save(update_fields=["state", "decided_by", "decided_at"])
    return proposal


@transaction.atomic
def decline(proposal: Proposal, *, by: User) -> Proposal:
    """Let a proposal drop: its proposer may too. Safe to repeat."""
    proposal = Proposal.objects.select_for_update().get(pk=proposal.pk)
    if not may_keep_certificates(by):
        raise PermissionDenied(_("Only registrars and administrators decline this."))
    if proposal.state == Proposal.State.CONFIRMED:
        raise ProposalError(_("This was confirmed already."))
    if proposal.state == Proposal.State.WAITING:
        proposal.state = Proposal.State.DECLINED
        proposal.decided_by, proposal.decided_at = by, timezone.now()
        proposal.save(update_fields=["state", "decided_by", "decided_at"])
    return proposal


def _refuse_misfit(kind: str, credential: Credential) -> None:
    if kind == Kind.WITHHOLD:
        if credential.is_withheld:
            raise ProposalError(_("The name is withheld already."))
        return
    if kind == Kind.REISSUE:
        if credential.standing != Standing.GOOD or credential.is_withheld:
            raise ProposalError(_("Only a certificate in good standing is reissued."))
        return
    if (credential.standing, ACTIONS[Kind(kind)]) not in states.STATUS_MOVES:
        raise ProposalError(
            _("A certificate that is “%(state)s” cannot be changed so.")
            % {"state": credential.state.label}
        )


def _carry_out(proposal: Proposal, first: User, second: User) -> None:
    if proposal.kind == Kind.ISSUE:
        proposal.credential = _issue_by_hand(proposal)
        proposal.save(update_fields=["credential"])
        return
    credential = Credential.objects.select_for_update().get(proposals=proposal)
    _refuse_misfit(proposal.kind, credential)
    if proposal.kind == Kind.WITHHOLD:
        _withhold(credential)
        return
    if proposal.kind == Kind.REISSUE:
        _reissue(credential, proposal, first, second)
        return
    _change_status(credential, ACTIONS[Kind(proposal.kind)], proposal.reason, first, second)


def _change_status(
    credential: Credential, action: states.Action, reason: str, first: User, second: User
) -> None:
    StatusEvent.objects.create(
        credential=credential,
        action=action,
        reason=reason,
        proposed_by=first,
        confirmed_by=second,
        at=timezone.now(),
    )
    if action == states.Action.REVOKE:
        move_cycle(Cycle.objects.filter(credential=credential).first(), Phase.ENDED)


def _reissue(credential: Credential, proposal: Proposal, first: User, second: User) -> None:
    """Revoke a certificate and sign another with the same end and results, from today on."""
    today = timezone.localdate()
    scheme, holder = credential.scheme, User.objects.get(pk=credential.holder_id)
    if Credential.objects.filter(scheme=scheme, holder=holder, valid_from=today).exists():
        raise ProposalError(_("This person has such a certificate from today: do it tomorrow."))
    _change_status(credential, states.Action.REVOKE, proposal.reason, first, second)
    facts = facts_of([holder.pk], day=timezone.localdate(credential.issued_at))[holder.pk]
    new = issue_credential(
        scheme,
        holder=holder,
        basis=_("%(basis)s Replaces %(serial)s.")
        % {"basis": credential.basis[:960], "serial": credential.serial},
        valid_from=max(today, credential.valid_from),
        valid_until=credential.valid_until,
        marks=evaluate(scheme.earned_by, facts, day=today).marks if scheme.rule else (),
    )
    Reissue.objects.create(old=credential, new=new)


def _issue_by_hand(proposal: Proposal) -> Credential:
    scheme = Scheme.objects.get(proposals=proposal)
    (holder,) = User.objects.lock(proposal.holder_id or 0)
    start = proposal.valid_from or timezone.localdate()
    if Credential.objects.filter(scheme=scheme, holder=holder, valid_from=start).exists():
        raise ProposalError(_("This person has such a certificate from that day already."))
    last = latest_of([holder.pk]).get((holder.pk, scheme.pk))
    return issue_credential(
        scheme,
        holder=holder,
        basis=proposal.reason,
        valid_from=start,
        valid_until=last_day_of(scheme, start, last),
    )


def _withhold(credential: Credential) -> None:
    """Sign the certificate again without its name, and erase the name from its row."""
    claims = badge.without_name(credential.claims)
    now = timezone.now()
    token = badge.sign(claims, keys.signing_key(), at=now)
    Withheld.objects.create(credential=credential, claims=claims, jwt=token, at=now)
    Credential.objects.filter(pk=credential.pk).update(
        name="", name_dz="", jwt="", slip="", claims={}
    )
