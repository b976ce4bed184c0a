"""Writes of certificates: the rule engine, and what two people do."""

from certification.services.earning import (
    consider,
    consider_everyone,
    follow_attempt,
    follow_completion,
    reconsider,
)
from certification.services.proposals import ACTIONS, ProposalError, confirm, decline, propose

__all__ = [
    "ACTIONS",
    "ProposalError",
    "confirm",
    "consider",
    "consider_everyone",
    "decline",
    "follow_attempt",
    "follow_completion",
    "propose",
    "reconsider",
]
