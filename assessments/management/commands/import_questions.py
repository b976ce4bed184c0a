import json
import tempfile
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from assessments.bank import ImportReport, import_file
from assessments.formats import FORMATS, Item, Read
from assessments.formats.report import taken


class Command(BaseCommand):
    help = "Takes questions into the bank. Each is taken, or refused by its line with a reason."

    def add_arguments(self, parser):
        parser.add_argument("files", nargs="+", type=Path)
        parser.add_argument("--format", choices=[*FORMATS, "auto"], default="auto")
        parser.add_argument("--bank", default="", help="the shelf under which all of it stands")
        parser.add_argument("--dry-run", action="store_true")
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *, files, bank, dry_run, as_json, **options):
        for path in files:
            if not path.is_file():
                raise CommandError(f"There is no file {path}.", returncode=2)
            with path.open("rb") as file:
                import_one = _json if as_json else _table
                import_one(
                    self.stdout,
                    path,
                    lambda note, file=file, path=path: import_file(
                        file, name=path.name, form=options["format"], bank=bank,
                        dry_run=dry_run, note=note,
                    ),
                )  # fmt: skip


def _json(out, path: Path, run) -> None:
    """One document to a file and line, written as the questions come: memory stays small."""
    out.write(f'{{"file": {_dump(path.name)}, "taken": [', ending="")
    with tempfile.SpooledTemporaryFile(max_size=2**20, mode="w+", encoding="utf-8") as refused:
        first = {"taken": True, "refused": True}

        def note(row: Read) -> None:
            kind = "taken" if isinstance(row, Item) else "refused"
            text = _dump(taken(row) if isinstance(row, Item) else row.__dict__)
            text = text if first[kind] else f", {text}"
            first[kind] = False
            if kind == "taken":
                out.write(text, ending="")
            else:
                refused.write(text)

        run(note)
        out.write('], "refused": [', ending="")
        refused.seek(0)
        while chunk := refused.read(2**16):
            out.write(chunk, ending="")
    out.write("]}")


def _dump(value) -> str:
    return json.dumps(value, ensure_ascii=False)


def _table(out, path: Path, run) -> None:
    def note(row: Read) -> None:
        if not isinstance(row, Item):
            out.write(f"  line {row.line}: {row.code} {row.message}")

    report: ImportReport = run(note)
    out.write(
        f"{path.name}: {report.new} new, {report.changed} changed, "
        f"{report.unchanged} unchanged, {report.refusals} refused"
    )
