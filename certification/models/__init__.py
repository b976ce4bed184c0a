"""Schemes, the certificates that were signed by them, what two people do, and cycles of renewal."""

from certification.models.credentials import Credential, Reissue, StatusEvent, Withheld
from certification.models.cycles import Cycle, CycleStep, Refresher
from certification.models.proposals import Proposal
from certification.models.schemes import Scheme, SchemeCompetency, ServiceRequirement

__all__ = [
    "Credential",
    "Cycle",
    "CycleStep",
    "Proposal",
    "Refresher",
    "Reissue",
    "Scheme",
    "SchemeCompetency",
    "ServiceRequirement",
    "StatusEvent",
    "Withheld",
]
