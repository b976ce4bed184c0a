import json
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from people.models import RegistryImport
from people.registry.reading import UnreadableError
from people.registry.services import apply_file, judge


class Command(BaseCommand):
    help = (
        "Takes people or centres from a CSV or XLSX file. Every record is reported; refused ones "
        "are left out. Exit 0 done, 1 the file is no such table, 2 wrong usage."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--kind", choices=RegistryImport.Kind.values, required=True)
        parser.add_argument("--dry-run", action="store_true", help="report, and write nothing")
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *, file, kind, dry_run, as_json, **options):
        try:
            data = file.read_bytes()
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.", returncode=2) from None
        try:
            if dry_run:
                report = judge(data, kind=kind)
            else:
                report = apply_file(data, kind=kind, name=file.name, by=None)
        except UnreadableError as error:
            raise CommandError(f"{file.name}: {error}") from None
        if as_json:
            document = {
                "file": file.name,
                "kind": kind,
                "dry_run": dry_run,
                "rows": report.as_rows(),
                "counts": report.counts,
            }
            self.stdout.write(json.dumps(document, ensure_ascii=False))
        else:
            self.stdout.writelines(f"{line}\n" for line in report.lines())
