import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from certification import queries
from certification.export import KINDS, exported


class Command(BaseCommand):
    help = "Writes one certificate as a file or to standard output. Exit 1 for an unknown number."

    def add_arguments(self, parser):
        parser.add_argument("serial")
        parser.add_argument("--format", choices=KINDS, default="jwt", dest="kind")
        parser.add_argument("--output", type=Path)

    def handle(self, *, serial, kind, output, **options):
        credential = queries.find(serial)
        if credential is None:
            raise CommandError(f"There is no certificate {serial}.")
        content = exported(credential, kind)
        if output:
            output.write_bytes(content)
            self.stderr.write(f"{output}: {len(content)} bytes")
        elif kind == "pdf":
            sys.stdout.buffer.write(content)
        else:
            self.stdout.write(content.decode())
