from people.models.audience import Audience, AudienceQuerySet, AudienceToken
from people.models.person import User
from people.models.place import Centre, CentreService, Dzongkhag, Gewog, Organisation
from people.models.posting import CareerTrack, Posting, TrackLevel

__all__ = [
    "Audience",
    "AudienceQuerySet",
    "AudienceToken",
    "CareerTrack",
    "Centre",
    "CentreService",
    "Dzongkhag",
    "Gewog",
    "Organisation",
    "Posting",
    "TrackLevel",
    "User",
]
