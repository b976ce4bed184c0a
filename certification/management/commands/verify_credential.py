import json
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from certification import queries
from certification.badge import NotGenuineError, read
from certification.keys import public_keys


class Command(BaseCommand):
    help = (
        "Checks the signed text (JWT) in FILE, with no network. Exit 0 when it holds today; "
        "1 with the reason when it does not. --keys takes another site's JWK set."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--keys", type=Path)

    def handle(self, *, file, keys, **options):
        try:
            text = file.read_text("utf-8")
            known = self._keys(keys) if keys else public_keys()
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise CommandError(f"Cannot be read: {error}", returncode=2) from None
        try:
            payload = read(text, known)
        except NotGenuineError as error:
            raise CommandError(str(error)) from None
        now = timezone.now().timestamp()
        if payload["nbf"] > now:
            raise CommandError(f"It is genuine, but only valid from {payload['validFrom']}.")
        if payload.get("exp", now) < now:
            raise CommandError(f"It is genuine, but ended at {payload['validUntil']}.")
        row = queries.find(payload["id"].rstrip("/").rsplit("/", 1)[-1]) if not keys else None
        if row and row.revoked:
            raise CommandError(f"It was revoked: {row.revoked.reason}")
        name = payload["credentialSubject"]["identifier"][0]["identityHash"]
        self.stdout.write(f"Genuine and valid: {payload['name']}, {name}")

    def _keys(self, path):
        return {key["kid"]: key for key in json.loads(path.read_text("utf-8"))["keys"]}
