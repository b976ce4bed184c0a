"""Dzongkhags, gewogs, tracks and services: what the registry stands on."""

from pathlib import Path

from django.db import transaction

from people.models import CareerTrack, CentreService, Dzongkhag, Gewog, TrackLevel
from people.registry.reading import UnreadableError
from people.tables import named_rows

GEOGRAPHY_COLUMNS = (
    "dzongkhag_iso", "dzongkhag", "dzongkhag_dz", "dzongkhag_aliases", "gewog", "gewog_aliases",
)  # fmt: skip
TRACK_COLUMNS = (
    "track_code", "track", "track_description", "level_order", "level", "post_title",
    "years_in_level_below",
)  # fmt: skip

# Service -> whether it needs a network line.
SERVICES = {
    "census registration": False,
    "forestry clearance": False,
    "security clearance": True,
    "banking": True,
    "printing": False,
    "photocopy": False,
    "internet access": True,
    "G2C form help": True,
}


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(";") if name.strip()]


@transaction.atomic
def import_geography(path: Path) -> str:
    """Bring in geography.csv and the services of centres; safe to repeat."""
    for _line, row in named_rows(path, GEOGRAPHY_COLUMNS):
        dzongkhag, _made = Dzongkhag.objects.update_or_create(
            iso=row["dzongkhag_iso"],
            defaults={
                "name": row["dzongkhag"],
                "name_dz": row["dzongkhag_dz"],
                "aliases": _names(row["dzongkhag_aliases"]),
            },
        )
        Gewog.objects.update_or_create(
            dzongkhag=dzongkhag,
            name=row["gewog"],
            defaults={"aliases": _names(row["gewog_aliases"])},
        )
    for name, needs_line in SERVICES.items():
        CentreService.objects.update_or_create(
            slug=name.lower().replace(" ", "-"), defaults={"name": name, "needs_line": needs_line}
        )
    return f"{Dzongkhag.objects.count()} dzongkhags, {Gewog.objects.count()} gewogs"


@transaction.atomic
def import_tracks(path: Path) -> str:
    """Bring in tracks.csv; safe to repeat."""
    for line, row in named_rows(path, TRACK_COLUMNS):
        for column in ("level_order", "years_in_level_below"):
            if not (row[column].isascii() and row[column].isdigit()):
                raise UnreadableError(f"{path.name}, row {line}: {column} is no number.")
        track, _made = CareerTrack.objects.update_or_create(
            code=row["track_code"],
            defaults={"name": row["track"], "description": row["track_description"]},
        )
        TrackLevel.objects.update_or_create(
            track=track,
            code=row["level"],
            defaults={
                "order": int(row["level_order"]),
                "post_title": row["post_title"],
                "years_in_level_below": int(row["years_in_level_below"]),
            },
        )
    return f"{CareerTrack.objects.count()} tracks, {TrackLevel.objects.count()} levels"
