import json
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from events.bundles import all_know_of
from events.models import Edition
from events.usb.contents import pieces
from events.usb.writing import write_folder, write_zip


class Command(BaseCommand):
    help = (
        "Writes a conference as plain pages that open from a stick, for an audience. A folder that "
        "has an earlier edition gets only what changed."
    )

    def add_arguments(self, parser):
        parser.add_argument("edition", metavar="SLUG")
        parser.add_argument("--audience", help='tokens such as "everyone"; else the edition\'s own')
        target = parser.add_mutually_exclusive_group(required=True)
        target.add_argument("--to", type=Path, metavar="FOLDER", help="of the stick")
        target.add_argument("--zip", type=Path, metavar="FILE")
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *, edition, audience, to, zip, as_json, **options):
        row = Edition.objects.select_related("audience").filter(slug=edition).first()
        if row is None:
            raise CommandError(f"There is no conference {edition!r}.", returncode=2)
        readers = set((audience or row.audience.key).split())
        if not all_know_of(row.audience, readers):
            raise CommandError(f"Not everybody of {audience!r} may know of it.", returncode=2)
        try:
            report = self._write(pieces(row, readers), to, zip)
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}") from None
        if as_json:
            self.stdout.write(json.dumps({"edition": edition, "for": sorted(readers)} | report))
        else:
            self.stdout.write("".join(f"{name}: {value}\n" for name, value in report.items()))

    def _write(self, found, to, target) -> dict:
        if to:
            return vars(write_folder(to, found))
        with target.open("wb") as file:
            write_zip(file, found)
        return {"bytes": target.stat().st_size}
