"""Conferences (editions, talks, slides) and the ICT Heads' meetings (minutes, actions)."""

from events.models.bundles import Bundle
from events.models.conferences import Edition, Talk, TalkUnit
from events.models.discussions import SessionStart, TalkTopic
from events.models.materials import (
    ONE_OF_A_TALK,
    SLIDES_ON_A_PAGE,
    WIDTHS,
    Access,
    Kind,
    Licence,
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
from events.models.recordings import (
    CUES_ON_A_PAGE,
    Chapter,
    Correction,
    Cue,
    ListeningPlace,
    Tier,
    cue_address,
)
from events.models.reminders import SlidesReminder, SlidesRequest
from events.models.reviews import SlidesReview
from events.models.uploads import Upload, UploadLink

__all__ = [
    "CUES_ON_A_PAGE",
    "ONE_OF_A_TALK",
    "SLIDES_ON_A_PAGE",
    "WIDTHS",
    "Access",
    "Action",
    "Bundle",
    "Chapter",
    "Correction",
    "Credit",
    "Cue",
    "Day",
    "Decision",
    "Edition",
    "Kind",
    "Licence",
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
    "SessionStart",
    "ListeningPlace",
    "SlidesReminder",
    "SlidesRequest",
    "SlidesReview",
    "Speaker",
    "Talk",
    "TalkTopic",
    "TalkUnit",
    "Tier",
    "Track",
    "Upload",
    "UploadLink",
    "cue_address",
]
