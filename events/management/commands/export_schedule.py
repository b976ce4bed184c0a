from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from events.models import Edition
from events.schedule.services import export
from events.schedule.writing import faults_of


class Command(BaseCommand):
    help = (
        "Gives an edition's programme as schedule.xml (frab), checked against the schema. "
        "Exit 0 done, 1 the schema refuses it, 2 wrong usage."
    )

    def add_arguments(self, parser):
        parser.add_argument("edition", metavar="SLUG")
        parser.add_argument("--output", type=Path, help="a file; otherwise standard output")

    def handle(self, *, edition, output, **options):
        row = Edition.objects.filter(slug=edition).first()
        if row is None:
            raise CommandError(f"There is no edition {edition!r}.", returncode=2)
        data = export(row)
        if faults := faults_of(data):
            raise CommandError("\n".join(faults))
        if output is None:
            self.stdout.write(data.decode())
            return
        try:
            output.write_bytes(data)
        except OSError as error:
            raise CommandError(f"{output}: {error.strerror}.", returncode=2) from None
        self.stderr.write(f"{output}: {len(data)} bytes")
