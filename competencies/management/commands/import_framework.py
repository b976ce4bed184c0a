import json
from collections import Counter
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from competencies.framework import UnreadableError, import_framework, import_profiles
from people.geography import import_tracks

FILES = ("tracks", "framework", "profiles")


class Command(BaseCommand):
    help = (
        "Takes tracks.csv, framework.csv and profiles.csv of a folder, those that are there. "
        "Exit 1 where a file is no such table."
    )

    def add_arguments(self, parser):
        parser.add_argument("folder", type=Path)
        parser.add_argument("--dry-run", action="store_true")
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *, folder, dry_run, as_json, **options):
        known = [name for name in FILES if (folder / f"{name}.csv").is_file()]
        if not known:
            raise CommandError(f"{folder} holds none of the three files.", returncode=2)
        if "tracks" in known and not dry_run:
            self.stderr.write(import_tracks(folder / "tracks.csv"))
        report = {}
        try:
            for name, take in (("framework", import_framework), ("profiles", import_profiles)):
                if name in known:
                    report[name] = take(folder / f"{name}.csv", dry_run=dry_run)
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
