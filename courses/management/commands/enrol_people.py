import json
import sys

from django.core.exceptions import PermissionDenied
from django.core.management.base import BaseCommand, CommandError

from competencies.models import RoleProfile
from courses.forms import CRITERIA, ChosenPeopleForm
from courses.models import CoursePage
from courses.queries import chosen_people
from courses.rules import may_enrol_others
from courses.services import enrol_others
from people.models import Centre, Dzongkhag, Organisation, User

# What is named on the command line, and the field by which it is found.
NAMED = {
    "organisation": (Organisation, "name"),
    "dzongkhag": (Dzongkhag, "name"),
    "centre": (Centre, "code"),
    "profile": (RoleProfile, "code"),
}


class Command(BaseCommand):
    help = (
        "Brings into a course those who meet everything that is given, as the page of its people "
        "does, in one transaction; one row a person. Doing it again changes nothing. Exit 0 "
        "done, 1 somebody was not taken, 2 wrong usage."
    )

    def add_arguments(self, parser):
        parser.add_argument("course", metavar="SLUG")
        parser.add_argument("--by", required=True, metavar="EMPLOYEE_ID", help="who does it")
        parser.add_argument("--organisation", metavar="NAME", help="an agency")
        parser.add_argument("--dzongkhag", metavar="NAME")
        parser.add_argument("--centre", metavar="CODE")
        parser.add_argument("--profile", metavar="CODE", help="a role profile")
        parser.add_argument("--operators", action="store_true", help="who runs a centre")
        parser.add_argument(
            "--gap", action="store_true", help="whose profile asks for what the course gives"
        )
        parser.add_argument(
            "--ids", default="", metavar="IDS", help="employee IDs, or - for standard input"
        )
        parser.add_argument("--due", default="", metavar="DATE", help="to be finished by")
        parser.add_argument("--invite", action="store_true", help="each decides whether to start")
        parser.add_argument("--dry-run", action="store_true", help="report, and write nothing")
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *, course, by, dry_run, as_json, **options):
        page = _found(CoursePage, "slug", course)
        actor = _found(User, "employee_id", by)
        if not may_enrol_others(actor, page):
            raise CommandError(f"{actor} may not bring people into {page}.", returncode=2)
        form = ChosenPeopleForm(_sent(options))
        if not form.is_valid():
            faults = "; ".join(str(fault) for row in form.errors.values() for fault in row)
            raise CommandError(faults, returncode=2)
        try:
            outcomes = enrol_others(
                page,
                chosen_people(page, **form.criteria()),
                by=actor,
                invite=form.cleaned_data["invite"],
                due_on=form.cleaned_data["due_on"],
                dry_run=dry_run,
            )
        except PermissionDenied as refusal:
            raise CommandError(str(refusal)) from None
        rows = [
            {"employee_id": row.person.employee_id, "name": row.person.name, "outcome": row.code,
             "message": row.message}
            for row in outcomes
        ]  # fmt: skip
        self.stdout.write(
            json.dumps({"course": page.slug, "dry_run": dry_run, "people": rows}, indent=1)
            if as_json
            else "\n".join("\t".join(row.values()).rstrip() for row in rows)
        )
        if any(row["outcome"] == "refused" for row in rows):
            sys.exit(1)


def _sent(options) -> dict:
    """The options as the fields of the form."""
    ids = options["ids"]
    sent = {name: options[name] for name in CRITERIA if options.get(name)}
    for name, (model, field) in NAMED.items():
        if options[name]:
            sent[name] = _found(model, field, options[name]).pk
    return sent | {
        "employee_ids": sys.stdin.read() if ids == "-" else ids,
        "due_on": options["due"],
        "invite": options["invite"],
    }


def _found(model, field: str, value: str):
    row = model.objects.filter(**{field: value}).first()
    if row is None:
        raise CommandError(f"There is no {model._meta.verbose_name} {value}.", returncode=2)
    return row
