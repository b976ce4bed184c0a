"""What courses ask about certificates; the room above answers (lms/wiring.py)."""

from collections.abc import Callable, Collection, Mapping

from people.models import User

title_sources: list[Callable[[], Mapping[str, str]]] = []
held_sources: list[Callable[[User], Collection[str]]] = []


def titles() -> dict[str, str]:
    """Code -> title of every certificate that can be asked for."""
    return {code: title for source in title_sources for code, title in source().items()}


def held_by(person: User) -> set[str]:
    """The codes of the certificates that `person` holds validly today."""
    return {code for source in held_sources for code in source(person)}
