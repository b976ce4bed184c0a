"""Conferences (editions, talks, slides) and the ICT Heads' meetings (minutes, actions)."""

from events.models.conferences import Edition, Talk, TalkUnit
from events.models.materials import SLIDES_ON_A_PAGE, WIDTHS, Material, SlidePage
from events.models.meetings import Action, Decision, Meeting

__all__ = [
    "SLIDES_ON_A_PAGE",
    "WIDTHS",
    "Action",
    "Decision",
    "Edition",
    "Material",
    "Meeting",
    "SlidePage",
    "Talk",
    "TalkUnit",
]
