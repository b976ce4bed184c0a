import json
from dataclasses import asdict

from django.core.exceptions import PermissionDenied
from django.core.management.base import BaseCommand, CommandError

from certification.reissue import NotCompromisedError, propose_reissue
from people.models import User


class Command(BaseCommand):
    help = (
        "Proposes to reissue every certificate that a compromised key signed when it was not safe "
        "any more. Another registrar or administrator confirms each among the proposals; then the "
        "old one is revoked and the new one named. Safe to repeat. Exit 0 done, 1 refused."
    )

    def add_arguments(self, parser):
        parser.add_argument("--compromised", required=True, metavar="KID")
        parser.add_argument("--by", required=True, metavar="EMPLOYEE_ID", help="who proposes it")
        parser.add_argument("--reason", required=True, help="printed on the old certificate")
        parser.add_argument("--dry-run", action="store_true", help="report, and write nothing")
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *, compromised, by, reason, dry_run, as_json, **options):
        actor = User.objects.filter(employee_id=by, is_active=True).first()
        if actor is None:
            raise CommandError(f"There is no person {by}.", returncode=2)
        if not reason.strip() or len(reason) > 300:
            raise CommandError("The reason has 1 to 300 letters.", returncode=2)
        try:
            outcomes = propose_reissue(compromised, by=actor, reason=reason, dry_run=dry_run)
        except (NotCompromisedError, PermissionDenied) as error:
            raise CommandError(str(error)) from None
        rows = [asdict(outcome) for outcome in outcomes]
        self.stdout.write(
            json.dumps({"dry_run": dry_run, "certificates": rows}, indent=1, ensure_ascii=False)
            if as_json
            else "\n".join("  ".join(row.values()).rstrip() for row in rows)
        )
