import json
from collections import Counter
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from competencies.framework import Row, import_framework, import_profiles
from people.geography import import_tracks
from people.registry.reading import UnreadableError

FILES = ("tracks", "framework", "profiles")


class Command(BaseCommand):
    help = (
        "Takes tracks.csv, framework.csv and profiles.csv of a folder, those that are there: all "
        "or none. Exit 1 where a file is no such table."
    )

    def add_arguments(self, parser):
        parser.add_argument("folder", type=Path)
        parser.add_argument("--dry-run", action="store_true")
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *, folder, dry_run, as_json, **options):
        known = [name for name in FILES if (folder / f"{name}.csv").is_file()]
        if not known:
            raise CommandError(f"{folder} holds none of the three files.", returncode=2)
        try:
            with transaction.atomic():
                report = self._take(folder, known)
                transaction.set_rollback(dry_run)
        except UnreadableError as error:
            raise CommandError(str(error)) from None
        if as_json:
            document = {name: [row.as_dict() for row in rows] for name, rows in report.items()}
            self.stdout.write(json.dumps(document, ensure_ascii=False))
            return
        for name, rows in report.items():
            for row in rows:
                if row.outcome == "refused":
                    self.stdout.write(f"{name} line {row.line}: {row.column}: {row.message}")
            counts = Counter(row.outcome for row in rows)
            self.stdout.write(f"{name}: " + ", ".join(f"{n} {o}" for o, n in counts.items()))

    def _take(self, folder: Path, known: list[str]) -> dict[str, list[Row]]:
        """All files or none: profiles name the levels of the tracks beside them."""
        if "tracks" in known:
            self.stderr.write(import_tracks(folder / "tracks.csv"))
        takers = {"framework": import_framework, "profiles": import_profiles}
        return {
            name: take(folder / f"{name}.csv") for name, take in takers.items() if name in known
        }
