import json
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from forums.importing import exported, left_out
from forums.queries import pool_by_slug


class Command(BaseCommand):
    help = (
        "Writes the topics of a pool as JSONL, as import_topics takes them. Exit 0 done, 2 wrong "
        "usage."
    )

    def add_arguments(self, parser):
        parser.add_argument("--pool", required=True, metavar="SLUG")
        parser.add_argument("--output", type=Path, help="the file; standard output without it")

    def handle(self, *, pool, output, **options):
        given = pool_by_slug(pool)
        if given is None:
            raise CommandError(f"There is no pool {pool!r}.", returncode=2)
        if output:
            with output.open("w", encoding="utf-8", newline="\n") as file:
                number = self._write(given, file.write)
        else:
            number = self._write(given, lambda text: self.stdout.write(text, ending=""))
        self.stderr.write(f"{number} topics")
        fewer = left_out(given)
        if fewer:
            self.stderr.write(f"{fewer} left out: fewer people may read them than the pool")

    def _write(self, pool, write) -> int:
        number = 0
        for line in exported(pool):
            write(json.dumps(line, ensure_ascii=False) + "\n")
            number += 1
        return number
