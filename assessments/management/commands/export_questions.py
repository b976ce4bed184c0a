import json
import sys
from pathlib import Path

from django.core.management.base import BaseCommand

from assessments.bank import items_of
from assessments.formats import Refusal
from assessments.formats.write import FORMATS, write
from assessments.queries import bank_questions


class Command(BaseCommand):
    help = "Writes questions of the bank; what the format cannot hold is named on standard error."

    def add_arguments(self, parser):
        parser.add_argument("--format", choices=FORMATS, required=True)
        parser.add_argument("--bank", default="", help="the shelf to write, with all under it")
        parser.add_argument("--output", type=Path, help="the file; standard output without it")
        parser.add_argument("--json", action="store_true", dest="as_json", help="report as JSON")

    def handle(self, *, bank, output, as_json, **options):
        refused: list[Refusal] = []
        questions = bank_questions(bank=bank).iterator(chunk_size=500)
        pieces = write(items_of(questions), options["format"], refuse=refused.append)
        if output:
            with output.open("w", encoding="utf-8", newline="") as file:
                file.writelines(pieces)
        else:
            for piece in pieces:
                self.stdout.write(piece, ending="")
        if as_json:
            sys.stderr.write(json.dumps([row.__dict__ for row in refused]) + "\n")
            return
        for row in refused:
            self.stderr.write(f"left out: {row.code} {row.message}")
