"""Conferences (editions, talks, slides) and the ICT Heads' meetings (minutes, actions)."""

from events.models.conferences import Edition, Talk, TalkUnit
from events.models.materials import (
    SLIDES_ON_A_PAGE,
    WIDTHS,
    Kind,
    Material,
    Resource,
    SlidePage,
)
from events.models.meetings import Action, Decision, Meeting, MinutesRevision, Paper
from events.models.programme import (
    Credit,
    Day,
    Pick,
    Release,
    Room,
    ScheduleImport,
    Speaker,
    Track,
)
from events.models.proposals import Proposal, ProposalStep, Review
from events.models.uploads import Upload, UploadLink

__all__ = [
    "SLIDES_ON_A_PAGE",
    "WIDTHS",
    "Action",
    "Credit",
    "Day",
    "Decision",
    "Edition",
    "Kind",
    "Material",
    "Meeting",
    "MinutesRevision",
    "Paper",
    "Pick",
    "Proposal",
    "ProposalStep",
    "Release",
    "Resource",
    "Review",
    "Room",
    "ScheduleImport",
    "SlidePage",
    "Speaker",
    "Talk",
    "TalkUnit",
    "Track",
    "Upload",
    "UploadLink",
]
