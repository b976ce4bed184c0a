import json
import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from notifications.incoming import receive
from notifications.reading import LARGEST


class Command(BaseCommand):
    help = (
        "Takes one mail (RFC 5322) from standard input, or from FILE, as a mail server's pipe "
        "gives it. A mail is taken once. Exit 0: it was taken, whatever became of it; 2: FILE "
        "cannot be read."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", nargs="?", type=Path, metavar="FILE")
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *, file, as_json, **options):
        result = receive(self._content(file))
        told = result.as_told()
        if as_json:
            self.stdout.write(json.dumps(told))
        else:
            self.stdout.write(f"{told['outcome']}  {told['url']}  {told['reason']}")

    def _content(self, file: Path | None) -> bytes:
        if file is None:
            return sys.stdin.buffer.read(LARGEST + 1)
        try:
            with file.open("rb") as content:
                return content.read(LARGEST + 1)
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.", returncode=2) from None
