import json
import sys
from pathlib import Path

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_slug

from events.schedule.applying import RESERVED_EDITIONS
from events.schedule.reading import UnreadableError
from events.schedule.services import apply_file, edition_for, judge
from people.registry.judging import REFUSED


class Command(BaseCommand):
    help = (
        "Takes a conference's schedule.xml (frab, pretalx, pentabarf) into an edition, which is "
        "made where there is none. Every talk is reported; refused ones are left out. "
        "Exit 0 done, 1 the file is no schedule or every talk was refused, 2 wrong usage."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--edition", required=True, metavar="SLUG")
        parser.add_argument("--dry-run", action="store_true", help="report, and write nothing")
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *, file, edition, dry_run, as_json, **options):
        try:
            validate_slug(edition)
            data = file.read_bytes()
        except ValidationError:
            raise CommandError(f"{edition!r} is no slug.", returncode=2) from None
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.", returncode=2) from None
        if edition in RESERVED_EDITIONS:
            raise CommandError(f"{edition!r} is a page beside the editions.", returncode=2)
        row = edition_for(edition)
        try:
            if dry_run:
                report = judge(data, row)
            else:
                report = apply_file(data, row, name=file.name, by=None, note=self._note)
        except UnreadableError as error:
            raise CommandError(f"{file.name}: {error}") from None
        if as_json:
            document = {
                "file": file.name,
                "edition": edition,
                "dry_run": dry_run,
                "rows": report.as_rows(),
                "counts": report.counts,
            }
            self.stdout.write(json.dumps(document, ensure_ascii=False))
        else:
            self.stdout.writelines(f"{line}\n" for line in report.lines())
        talks = [row for row in report.rows if row.record]
        if talks and all(row.outcome == REFUSED for row in talks):
            sys.exit(1)

    def _note(self, number: int) -> None:
        self.stderr.write(f"{number} talks")
