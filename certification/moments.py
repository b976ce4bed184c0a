"""Days and moments as people type them."""

from datetime import date, datetime

from django.utils import timezone

from certification.badge import end_of


def moment_of(text: str) -> datetime | None:
    """A moment; of a day its last second in Thimphu. None for anything else."""
    try:
        return end_of(date.fromisoformat(text))
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)
