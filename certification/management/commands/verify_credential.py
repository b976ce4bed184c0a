import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from certification import keys as own_keys
from certification.checking import Verdict, check
from certification.moments import moment_of


class Command(BaseCommand):
    help = (
        "Checks the certificate in FILE (JWT, JSON or the text of a QR code) with no network and "
        "no database: valid, not_yet, expired, suspended, revoked or forged, as of a date. "
        "Keys and status lists come from --bundle, --keys and --status, else from the keys of "
        "this site and the bundle that its worker keeps. Exit 0 valid, 1 not, 2 wrong usage."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--at", metavar="DATE", help="a day (its end) or a moment; default now")
        parser.add_argument("--bundle", type=Path, help="a file of export_checker")
        parser.add_argument("--keys", type=Path, help="a JWK set")
        parser.add_argument("--status", type=Path, action="append", default=[], metavar="LIST")
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *, file, at, as_json, **options):
        moment = moment_of(at) if at else datetime.now(UTC)
        if moment is None:
            raise CommandError(f"--at {at} is no date: give it as 2026-11-25.", returncode=2)
        try:
            text = file.read_text("utf-8")
            known, lists = self._known(**options)
        except (OSError, ValueError, KeyError, TypeError, own_keys.KeyFileError) as error:
            raise CommandError(f"Cannot be read: {error}", returncode=2) from None
        finding = check(text, known, lists, at=moment)
        if as_json:
            self.stdout.write(json.dumps(finding.as_dict(), ensure_ascii=False))
            if finding.verdict != Verdict.VALID:
                sys.exit(1)
            return
        if finding.verdict != Verdict.VALID:
            raise CommandError(finding.why)
        self.stdout.write(f"{finding.why}: {finding.title}, {finding.name}")
        known_as_of = finding.status_as_of or "not known: no status list is at hand"
        self.stdout.write(f"Revoked or suspended, as of: {known_as_of}")

    def _known(self, *, bundle, keys, status, **options):
        """Public keys by kid, and the status lists as tokens."""
        cached = bundle or own_keys.bundle_file()
        content = json.loads(cached.read_text("utf-8")) if bundle or cached.exists() else {}
        lists = [path.read_text("utf-8") for path in status]
        if keys:
            return self._by_kid(json.loads(keys.read_text("utf-8"))), lists
        known = self._by_kid(content) if bundle else own_keys.public_keys()
        return known, lists or content.get("lists", [])

    def _by_kid(self, content):
        return {row["kid"]: row for row in content["keys"]}
