import json
import sys
from dataclasses import asdict
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from forums.importing import REFUSED, Row, bring_in
from forums.queries import pool_by_slug


class Command(BaseCommand):
    help = (
        "Brings the topics of an older forum or mailing list into a pool, one JSON object a line. "
        "Every line is reported; refused ones are left out. Exit 0 done, 1 every line was "
        "refused, 2 wrong usage."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, metavar="FILE.jsonl")
        parser.add_argument("--pool", required=True, metavar="SLUG")
        parser.add_argument("--dry-run", action="store_true", help="report, and write nothing")
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *, file, pool, dry_run, as_json, **options):
        into = pool_by_slug(pool)
        if into is None:
            raise CommandError(f"There is no pool {pool!r}.", returncode=2)
        rows: list[Row] = []

        def note(row: Row) -> None:
            rows.append(row)
            if len(rows) % 100 == 0:
                self.stderr.write(f"{len(rows)} lines")

        try:
            with file.open("rb") as lines:
                counts = bring_in(lines, into, dry_run=dry_run, note=note)
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.", returncode=2) from None
        if as_json:
            document = {
                "file": file.name,
                "pool": pool,
                "dry_run": dry_run,
                "rows": [asdict(row) for row in rows],
                "counts": dict(counts),
            }
            self.stdout.write(json.dumps(document))
        else:
            self._table(rows, counts)
        if rows and counts[REFUSED] == len(rows):
            sys.exit(1)

    def _table(self, rows, counts):
        for row in rows:
            if row.outcome == REFUSED or row.message:
                self.stdout.write(
                    f"line {row.line:>5}  {row.outcome:<9} {row.cid[:24]:<24} "
                    f"{row.reason} {row.message}".rstrip()
                )
        self.stdout.write("  ".join(f"{count} {name}" for name, count in counts.items()))
