"""Where somebody stopped a recording, so that any computer of theirs goes on there."""

from events.models import ListeningPlace, Talk
from people.models import User

WORTH_KEEPING = 10  # seconds: who heard less begins at the beginning


def keep_place(talk: Talk, *, second: int, by: User) -> None:
    """A set value: repeating changes nothing. Near the beginning there is nothing to keep."""
    if second < WORTH_KEEPING:
        ListeningPlace.objects.filter(person=by, talk=talk).delete()
    else:
        ListeningPlace.objects.update_or_create(person=by, talk=talk, defaults={"second": second})


def place_of(talk: Talk, person: User) -> int | None:
    if not person.is_authenticated:
        return None
    places = ListeningPlace.objects.filter(person=person, talk=talk)
    return places.values_list("second", flat=True).first()
