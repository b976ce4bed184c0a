import json
from dataclasses import asdict
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from courses.folders import FolderError
from courses.models import CoursePage
from courses.services import FileReport, import_folder, import_zip


class Command(BaseCommand):
    help = (
        "Makes the .docx, .md, .html and .pdf files of a folder, zip or Common Cartridge units of "
        "a module. Every file is reported. Exit 0 done, 1 the zip cannot be opened, 2 wrong usage."
    )

    def add_arguments(self, parser):
        parser.add_argument("source", type=Path, metavar="FOLDER|ZIP|IMSCC")
        parser.add_argument("--course", required=True, metavar="SLUG")
        parser.add_argument("--module", required=True, metavar="TITLE")
        parser.add_argument("--publish", action="store_true", help="not as drafts")
        parser.add_argument("--dry-run", action="store_true", help="report, and write nothing")
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *, source, course, module, publish, dry_run, as_json, **options):
        page = CoursePage.objects.filter(slug=course).first()
        if page is None:
            raise CommandError(f"There is no course {course}.", returncode=2)
        if not source.exists():
            raise CommandError(f"There is no folder or file {source}.", returncode=2)
        bring = import_folder if source.is_dir() else import_zip
        try:
            reports = bring(source, page, module=module, publish=publish, dry_run=dry_run)
        except FolderError as error:
            raise CommandError(f"{source.name}: {error}") from None
        if as_json:
            document = {
                "source": source.name,
                "course": course,
                "module": module,
                "dry_run": dry_run,
                "files": [asdict(report) for report in reports],
            }
            self.stdout.write(json.dumps(document, ensure_ascii=False))
        else:
            self.stdout.write("\n".join(map(_line, reports)))


def _line(report: FileReport) -> str:
    messages = "; ".join(f"{row['code']} {row['message']}" for row in report.messages)
    return f"{report.outcome:<8} {report.change:<9} {report.file}  {messages}".rstrip()
