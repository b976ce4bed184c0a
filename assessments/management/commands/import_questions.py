import json
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from assessments.services import ImportReport, import_questions


class Command(BaseCommand):
    help = "Takes questions into the bank. Exit 1 where a file cannot be read as text."

    def add_arguments(self, parser):
        parser.add_argument("files", nargs="+", type=Path)
        parser.add_argument("--format", choices=["gift", "auto"], default="auto")
        parser.add_argument("--bank", default="", help="category of questions that name none")
        parser.add_argument("--dry-run", action="store_true")
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *, files, bank, dry_run, as_json, **options):
        for path in files:
            try:
                text = path.read_text("utf-8-sig")
            except FileNotFoundError:
                raise CommandError(f"There is no file {path}.", returncode=2) from None
            except UnicodeDecodeError as error:
                raise CommandError(f"{path.name} is not UTF-8 text: {error}.") from error
            report = import_questions(text, category=bank, dry_run=dry_run)
            self.stdout.write(_json(path, report) if as_json else _table(path, report))


def _json(path: Path, report: ImportReport) -> str:
    document = {
        "file": path.name,
        "taken": [_taken(item) for item in report.taken],
        "refused": [row.__dict__ for row in report.refused],
    }
    return json.dumps(document, ensure_ascii=False)


def _taken(item) -> dict:
    content = item.content
    answers = content.get("answers", [])
    if item.type == "true_false":
        answers = [
            {"text": "TRUE", "fraction": "100" if content["answer"] else "0", "feedback": ""},
            {"text": "FALSE", "fraction": "0" if content["answer"] else "100", "feedback": ""},
        ]
    return {
        "n": item.n,
        "line": item.line,
        "type": item.type,
        "title": item.title,
        "stem": item.stem,
        "answers": [
            {
                "text": answer.get("text", answer.get("low", "")),
                "fraction": float(answer["fraction"]),
                "feedback": answer["feedback"],
            }
            for answer in answers
        ],
        "pairs": content.get("pairs", []),
        "tolerance": _tolerance(answers),
        "feedback": item.feedback,
    }


def _tolerance(answers: list[dict]) -> float | None:
    if not answers or "low" not in answers[0]:
        return None
    return (float(answers[0]["high"]) - float(answers[0]["low"])) / 2


def _table(path: Path, report: ImportReport) -> str:
    lines = [
        f"{path.name}: {report.new} new, {report.changed} changed, "
        f"{report.unchanged} unchanged, {len(report.refused)} refused"
    ]
    lines += [f"  line {row.line}: {row.code} {row.message}" for row in report.refused]
    return "\n".join(lines)
