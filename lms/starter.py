"""Which room loads what of the starter content, in an order that stands."""

from collections.abc import Callable
from pathlib import Path

from django.conf import settings

import certification.starter
import competencies.starter
import courses.starter
import desk.starter
import events.starter
import forums.starter
import live.starter
import people.starter

FOLDER = settings.BASE_DIR / "starter"

Loader = Callable[[Path], str]


def parts() -> dict[str, list[Loader]]:
    """Part of the content -> its loaders. Each is safe to repeat and says what came in."""
    return {
        "geography": [people.starter.load_geography],
        "tracks": [people.starter.load_tracks],
        "framework": [competencies.starter.load],
        "people": [people.starter.load_people],
        "content": [
            courses.starter.load,
            certification.starter.load,
            forums.starter.load,
            desk.starter.load,
            live.starter.load,
            events.starter.load,
        ],
    }
