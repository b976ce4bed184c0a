from people.models.audience import Audience, AudienceQuerySet, AudienceToken
from people.models.code import SignInCode
from people.models.holiday import Holiday
from people.models.kept_file import KeptFile
from people.models.person import User
from people.models.place import Centre, CentreService, Dzongkhag, Gewog, Organisation
from people.models.posting import CareerTrack, Posting, TrackLevel
from people.models.registry import BroughtFile, RegistryImport

__all__ = [
    "Audience",
    "AudienceQuerySet",
    "AudienceToken",
    "BroughtFile",
    "CareerTrack",
    "Centre",
    "CentreService",
    "Dzongkhag",
    "Gewog",
    "Holiday",
    "KeptFile",
    "Organisation",
    "Posting",
    "RegistryImport",
    "SignInCode",
    "TrackLevel",
    "User",
]
